// SPDX-License-Identifier: Apache-2.0
#include "worker/http/proxy_url.h"

namespace weir {

std::optional<ProxyUrl> ProxyUrl::parse(std::string_view text) {
  bool tls = text.starts_with(kTls);
  if (!tls && !text.starts_with(kPlain)) return std::nullopt;
  std::string_view rest = text.substr(tls ? kTls.size() : kPlain.size());
  size_t end = rest.find('/');
  if (rest.starts_with("unix:")) {
    end = rest.find(':', 5);
    std::string_view uri = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return ProxyUrl{tls, rest.substr(0, end), uri};
  }
  if (rest.empty() || end == 0) return std::nullopt;
  return ProxyUrl{tls, rest.substr(0, end), end == std::string_view::npos ? std::string_view() : rest.substr(end)};
}

bool ProxyUrl::hasPort() const {
  size_t colon = host.rfind(':');
  return !isUnix() && colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
}

std::string_view ProxyUrl::authority() const {
  if (isUnix()) return "localhost";
  std::string_view port = tls ? ":443" : ":80";
  return host.ends_with(port) ? host.substr(0, host.size() - port.size()) : host;
}

std::string_view ProxyUrl::port() const {
  if (isUnix()) return {};
  if (hasPort()) return host.substr(host.rfind(':') + 1);
  return tls ? "443" : "80";
}

}  // namespace weir
