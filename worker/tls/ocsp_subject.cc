// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/ocsp_subject.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include <utility>

#include "worker/tls/certificate_facts.h"
#include "worker/tls/openssl.h"
#include "worker/tls/pem.h"

namespace weir {
namespace {

using namespace openssl;

using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>>;
using RequestPtr = std::unique_ptr<OCSP_REQUEST, Freer<OCSP_REQUEST_free>>;
using IdPtr = std::unique_ptr<OCSP_CERTID, Freer<OCSP_CERTID_free>>;

constexpr long kClockSkew = 300;  // seconds that the responder's clock may be ahead
// Of a response that does not say when the next one comes.
constexpr std::chrono::hours kUsualLife{1};

// RFC 5280 4.2.2.1, the first one; empty: the certificate names none.
std::string responderOf(X509* certificate) {
  STACK_OF(OPENSSL_STRING)* urls = X509_get1_ocsp(certificate);
  std::string url = urls != nullptr && sk_OPENSSL_STRING_num(urls) > 0 ? sk_OPENSSL_STRING_value(urls, 0) : "";
  X509_email_free(urls);
  return url;
}

WallTime timeOf(const ASN1_GENERALIZEDTIME* time) {
  tm when{};
  if (ASN1_TIME_to_tm(time, &when) != 1) return {};
  return WallTime(std::chrono::seconds(::timegm(&when)));
}

void warn(const FileText& file, const std::string& why, Diagnostics& diagnostics) {
  diagnostics.warning(file.origin, "ssl_stapling does nothing for " + file.path + ": " + why);
}

}  // namespace

std::vector<std::unique_ptr<OcspSubject>> OcspSubject::of(const TlsSettings& settings, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<OcspSubject>> subjects;
  // A file is what it is told to send.
  if (!settings.stapling || settings.stapling_file) return subjects;
  for (const FileText& chain : settings.certificate) {
    std::unique_ptr<OcspSubject> subject(new OcspSubject);
    if (subject->prepare(chain, settings, diagnostics)) subjects.push_back(std::move(subject));
  }
  return subjects;
}

OcspSubject::~OcspSubject() {
  X509_STORE_free(store_);
  sk_X509_pop_free(chain_, X509_free);
  X509_free(issuer_);
  X509_free(certificate_);
}

OcspSubject::Key OcspSubject::keyOf(const X509* certificate) {
  Key key{};
  X509_digest(certificate, EVP_sha256(), key.data(), nullptr);
  return key;
}

bool OcspSubject::prepare(const FileText& chain, const TlsSettings& settings, Diagnostics& diagnostics) {
  Diagnostics said_already;  // by whoever loads them for handshakes
  auto certificates = readCertificates(chain, said_already);
  if (certificates.empty()) return false;
  certificate_ = certificates[0].release();
  key_ = keyOf(certificate_);
  name_ = nameText(X509_get_subject_name(certificate_));
  verify_ = settings.stapling_verify;
  url_ = settings.stapling_responder.empty() ? responderOf(certificate_) : settings.stapling_responder;
  if (url_.empty()) return warn(chain, "the certificate names no responder", diagnostics), false;
  if (!url_.starts_with("http://")) return warn(chain, "its responder is not http:// but " + url_, diagnostics), false;
  if (!findIssuer(chain, settings, diagnostics)) return false;
  trustAuthorities(settings);
  identity_ = std::string(key_.begin(), key_.end()) + url_ + (verify_ ? "+" : "-");
  if (settings.trusted_certificate) identity_ += *settings.trusted_certificate.text;
  return makeRequest();
}

// In the chain, else among those that are trusted.
bool OcspSubject::findIssuer(const FileText& chain, const TlsSettings& settings, Diagnostics& diagnostics) {
  Diagnostics said_already;
  chain_ = sk_X509_new_null();
  auto add = [this](std::vector<CertificatePtr> certificates) {
    for (auto& certificate : certificates) {
      X509* candidate = certificate.get();
      if (issuer_ == nullptr && X509_check_issued(candidate, certificate_) == X509_V_OK) {
        X509_up_ref(candidate);
        issuer_ = candidate;
      }
      sk_X509_push(chain_, certificate.release());
    }
  };
  auto own = readCertificates(chain, said_already);
  own.erase(own.begin());
  add(std::move(own));
  if (settings.trusted_certificate) add(readCertificates(settings.trusted_certificate, said_already));
  if (issuer_ == nullptr) warn(chain, "its issuer is neither in it nor in \"ssl_trusted_certificate\"", diagnostics);
  return issuer_ != nullptr;
}

void OcspSubject::trustAuthorities(const TlsSettings& settings) {
  store_ = X509_STORE_new();
  if (!settings.trusted_certificate) {
    if (verify_) X509_STORE_set_default_paths(store_);
  } else {
    Diagnostics said_already;
    for (const auto& authority : readCertificates(settings.trusted_certificate, said_already))
      X509_STORE_add_cert(store_, authority.get());
    // An authority that is named is enough: its own issuer need not be known.
    X509_STORE_set_flags(store_, X509_V_FLAG_PARTIAL_CHAIN);
  }
  ERR_clear_error();
}

bool OcspSubject::makeRequest() {
  RequestPtr request(OCSP_REQUEST_new());
  OCSP_CERTID* id = OCSP_cert_to_id(nullptr, certificate_, issuer_);
  if (request == nullptr || id == nullptr || OCSP_request_add0_id(request.get(), id) == nullptr) {
    OCSP_CERTID_free(id);
    return false;
  }
  unsigned char* bytes = nullptr;
  int size = i2d_OCSP_REQUEST(request.get(), &bytes);
  if (size > 0) request_.assign(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return size > 0;
}

OcspSubject::Verdict OcspSubject::judge(std::string_view bytes, WallTime now) const {
  ERR_clear_error();
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(bytes.size())));
  if (response == nullptr) return {OcspFault::Malformed, {}, takeError()};
  int status = OCSP_response_status(response.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return {OcspFault::Refused, {}, std::string("it answers ") + OCSP_response_status_str(status)};
  BasicPtr basic(OCSP_response_get1_basic(response.get()));
  if (basic == nullptr) return {OcspFault::Malformed, {}, takeError()};
  // Whose signature it is stands in the response; whether that one may sign is checked where it is asked for.
  unsigned long flags = verify_ ? OCSP_TRUSTOTHER : OCSP_NOVERIFY;
  if (OCSP_basic_verify(basic.get(), chain_, store_, flags) != 1) return {OcspFault::Unverified, {}, takeError()};
  IdPtr id(OCSP_cert_to_id(nullptr, certificate_, issuer_));
  int state = V_OCSP_CERTSTATUS_UNKNOWN;
  ASN1_GENERALIZEDTIME* this_update = nullptr;
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  if (OCSP_resp_find_status(basic.get(), id.get(), &state, nullptr, nullptr, &this_update, &next_update) != 1)
    return {OcspFault::Mismatch, {}, "it says nothing of this certificate"};
  if (state != V_OCSP_CERTSTATUS_GOOD)
    return {OcspFault::NotGood, {}, std::string("the certificate is ") + OCSP_cert_status_str(state)};
  WallTime until = next_update == nullptr ? now + kUsualLife : timeOf(next_update);
  bool begun = timeOf(this_update) <= now + std::chrono::seconds(kClockSkew);
  if (!begun || until <= now) return {OcspFault::Stale, {}, begun ? "it has expired" : "it is not valid yet"};
  return {OcspFault::None, until, {}};
}

}  // namespace weir
