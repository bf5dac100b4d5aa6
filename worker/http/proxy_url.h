// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProxyUrl: the URL of a proxy_pass taken apart: "http://HOST[:PORT][URI]", "https://unix:/path[:URI]". Views of the
// text it was made of.

#include <optional>
#include <string_view>

namespace weir {

struct ProxyUrl {
  static constexpr std::string_view kPlain = "http://", kTls = "https://";

  bool tls = false;
  std::string_view host;  // "app", "127.0.0.1:8081", "unix:/path"
  std::string_view uri;   // empty when there is none

  // nullopt when it is no such URL.
  static std::optional<ProxyUrl> parse(std::string_view text);

  bool isUnix() const { return host.starts_with("unix:"); }
  bool hasPort() const;
  // What the peer is called, nginx's $proxy_host: the port is there only where it is not the scheme's.
  std::string_view authority() const;
  // That of the scheme where none is written; a unix socket has none.
  std::string_view port() const;
};

}  // namespace weir
