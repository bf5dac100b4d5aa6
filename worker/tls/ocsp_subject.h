// SPDX-License-Identifier: Apache-2.0
#pragma once
// OcspSubject: a certificate whose state is asked of its authority (RFC 6960): the request, whom to ask, and what an
// answer is worth. Const once made; the monitor has one for each certificate of servers with ssl_stapling.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/clock.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/tls/ocsp_fault.h"
#include "worker/tls/stapled_responses.h"

struct stack_st_X509;
struct x509_st;
struct x509_store_st;

namespace weir {

class OcspSubject {
 public:
  using Key = StapledResponses::Key;

  struct Verdict {
    OcspFault fault = OcspFault::None;
    WallTime next_update{};  // without a fault: until when it may be used
    std::string text;        // what is wrong, for the log
  };

  // One for each certificate that can be asked about; why another cannot is a warning.
  static std::vector<std::unique_ptr<OcspSubject>> of(const TlsSettings& settings, Diagnostics& diagnostics);
  ~OcspSubject();
  OcspSubject(const OcspSubject&) = delete;
  OcspSubject& operator=(const OcspSubject&) = delete;

  // Under which the response is kept.
  static Key keyOf(const x509_st* certificate);
  const Key& key() const { return key_; }
  const std::string& name() const { return name_; }        // the certificate's subject, for the log
  const std::string& url() const { return url_; }          // http://...
  const std::string& request() const { return request_; }  // DER
  // Equal where nothing about the question or the judgement differs.
  const std::string& identity() const { return identity_; }

  Verdict judge(std::string_view response, WallTime now) const;

 private:
  OcspSubject() = default;
  bool prepare(const FileText& chain, const TlsSettings& settings, Diagnostics& diagnostics);
  bool findIssuer(const FileText& chain, const TlsSettings& settings, Diagnostics& diagnostics);
  bool makeRequest();
  void trustAuthorities(const TlsSettings& settings);

  x509_st* certificate_ = nullptr;
  x509_st* issuer_ = nullptr;
  stack_st_X509* chain_ = nullptr;  // who may have signed
  x509_store_st* store_ = nullptr;  // whom the signer is checked against
  bool verify_ = false;             // and whether it is
  Key key_{};
  std::string name_, url_, request_, identity_;
};

}  // namespace weir
