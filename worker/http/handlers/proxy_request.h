// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProxyRequest: how a request is passed on: which fields go, which are weir's own (Host, X-Forwarded-*, Connection) and
// which proxy_set_header sets. Compiled per location, const after.

#include <string>
#include <string_view>
#include <vector>

#include "shared/config/settings.h"
#include "worker/codec/header_id.h"
#include "worker/codec/http1_writer.h"
#include "worker/http/template.h"

namespace weir {

class CompileContext;
class Exchange;
class ProxyPass;

// The client asks for another protocol, and one that may be passed on.
bool asksUpgrade(const Exchange& exchange);

class ProxyRequest {
 public:
  ProxyRequest(const HttpSettings& http, const ProxyPass& pass, CompileContext& context);

  // The request head for a peer as HTTP/1.1, ready to be sent. A view into the exchange's memory, good until the next
  // call for that exchange; empty when it could not be written.
  std::string_view write(Exchange& exchange, const ProxyPass& pass) const;

  // The client may be sent trailers (TE, RFC 9110 10.1.4), and the location passes them on.
  bool wantsTrailers(const Exchange& exchange) const;

 private:
  struct SetHeader {
    std::string name;
    HeaderId id;
    Template value;
  };
  bool sets(std::string_view name) const;
  size_t boundOf(const Exchange& exchange, const ProxyPass& pass, std::string_view made) const;
  void writeForwarded(const Exchange& exchange, bool trusted, HeadWriter& writer) const;
  void writeXForwarded(const Exchange& exchange, bool trusted, HeadWriter& writer) const;
  void appendSetHeaders(const Exchange& exchange, std::string& to) const;
  bool trusts(const Exchange& exchange) const;

  const HttpSettings& http_;
  std::vector<SetHeader> set_;
  HeaderSet replaced_ = 0;  // known names that are not passed on as they came
  bool replaces_other_ = false;
  bool own_host_ = true, own_for_ = true, own_proto_ = true, own_host_forward_ = true, own_te_ = true;
};

}  // namespace weir
