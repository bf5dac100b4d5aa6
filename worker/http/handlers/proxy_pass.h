// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProxyPass: a compiled proxy_pass: which upstream, what Host it is called by, and nginx's URI rule (S-30): without a
// URI part the request's target goes on byte for byte; with one, it takes the place of the location's prefix.

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/ref.h"
#include "shared/config/settings.h"
#include "worker/http/template.h"
#include "worker/upstream/upstream.h"

namespace weir {

class CompileContext;
class Exchange;
class UpstreamDirectory;

class ProxyPass {
 public:
  // nullopt when the setting is wrong; the diagnostics say why.
  static std::optional<ProxyPass> compile(const LocationSettings& location, CompileContext& context);

  // To be called before what takes an exchange: the variables get their values, for all tries.
  void evaluate(Exchange& exchange) const;
  // The upstream for this exchange; null when variables name none that is known.
  Ref<Upstream> upstream(const Exchange& exchange) const;
  // What the upstream's policy hashes; may lie in scratch. Empty: nothing.
  std::string_view hashKey(const Exchange& exchange, std::string& scratch) const {
    hash_.append(exchange, scratch);
    return scratch;
  }
  // Whether the peer is spoken to with TLS, and whether any exchange's may be.
  bool usesTls(const Exchange& exchange) const;
  bool mayUseTls() const { return may_use_tls_; }
  // What $proxy_host is: the address as written, its port only where it is not the scheme's; empty with variables.
  std::string_view host() const { return host_; }
  // The same for this exchange, with variables too.
  std::string_view host(const Exchange& exchange) const;
  // "http://app/base/" as the peer would know itself, for proxy_redirect's default; empty with variables.
  const std::string& url() const { return url_; }
  // The target of the request line.
  void appendTarget(const Exchange& exchange, std::string& to) const;
  // No URI part: the target goes on as it came.
  bool passesTarget() const { return !has_uri_ && template_.isEmpty(); }
  // Then this is it, without a copy; empty where appendTarget() has to add to it.
  static std::string_view unchangedTarget(const Exchange& exchange);

 private:
  Ref<Upstream> upstream_;
  std::string host_;
  std::string url_;
  std::string uri_;
  bool has_uri_ = false;
  bool may_use_tls_ = false;
  size_t replaced_ = 0;                     // length of the location's prefix
  Template template_;                       // with variables
  Template hash_;                           // of the upstream's policy
  UpstreamDirectory* directory_ = nullptr;  // with variables: to find the upstream by name
};

}  // namespace weir
