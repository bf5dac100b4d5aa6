// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/client_certificate.h"

#include <algorithm>
#include <array>

#include "worker/tls/certificate_facts.h"
#include "worker/tls/openssl.h"

namespace weir {
namespace {

using namespace openssl;

// What is wrong with a chain when its authority is not known.
constexpr std::array<long, 5> kUnknownAuthority{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
                                                X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
                                                X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_CERT_UNTRUSTED,
                                                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE};

X509* certificateOf(const TlsStream& stream) { return SSL_get0_peer_certificate(stream.native()); }

template <class Text>
void appendIfThere(const TlsStream& stream, std::string& to, Text text) {
  if (X509* certificate = certificateOf(stream)) to.append(text(certificate));
}

}  // namespace

Cause whyNotAdmitted(const TlsStream& stream) {
  VerifyClient asked = stream.context()->verifyClient();
  if (asked == VerifyClient::Off) return Cause::None;
  if (certificateOf(stream) == nullptr)
    return asked == VerifyClient::On ? Cause::ClientCertificateMissing : Cause::None;
  long verdict = SSL_get_verify_result(stream.native());
  if (verdict == X509_V_OK) return Cause::None;
  bool unknown = std::find(kUnknownAuthority.begin(), kUnknownAuthority.end(), verdict) != kUnknownAuthority.end();
  return asked == VerifyClient::OptionalNoCa && unknown ? Cause::None : Cause::ClientCertificateBad;
}

void appendClientVerify(const TlsStream& stream, std::string& to) {
  if (certificateOf(stream) == nullptr) return void(to.append("NONE"));
  long verdict = SSL_get_verify_result(stream.native());
  if (verdict == X509_V_OK) return void(to.append("SUCCESS"));
  to.append("FAILED:").append(X509_verify_cert_error_string(verdict));
}

void appendClientSubject(const TlsStream& stream, std::string& to) {
  appendIfThere(stream, to, [](X509* certificate) { return nameText(X509_get_subject_name(certificate)); });
}

void appendClientIssuer(const TlsStream& stream, std::string& to) {
  appendIfThere(stream, to, [](X509* certificate) { return nameText(X509_get_issuer_name(certificate)); });
}

void appendClientSerial(const TlsStream& stream, std::string& to) { appendIfThere(stream, to, serialOf); }

void appendClientFingerprint(const TlsStream& stream, std::string& to) { appendIfThere(stream, to, fingerprintOf); }

void appendClientStart(const TlsStream& stream, std::string& to) {
  appendIfThere(stream, to, [](X509* certificate) { return timeText(X509_get0_notBefore(certificate)); });
}

void appendClientEnd(const TlsStream& stream, std::string& to) {
  appendIfThere(stream, to, [](X509* certificate) { return timeText(X509_get0_notAfter(certificate)); });
}

void appendClientRemaining(const TlsStream& stream, WallTime now, std::string& to) {
  appendIfThere(stream, to, [now](X509* certificate) {
    auto left = std::chrono::duration_cast<std::chrono::hours>(notAfter(certificate) - now).count() / 24;
    return std::to_string(std::max<int64_t>(0, left));
  });
}

void appendClientPem(const TlsStream& stream, std::string& to) { appendIfThere(stream, to, pemOf); }

void appendClientEscapedPem(const TlsStream& stream, std::string& to) {
  std::string pem;
  appendClientPem(stream, pem);
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (char c : pem) {
    bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    if (plain)
      to.push_back(c);
    else
      to.append({'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]});
  }
}

void appendSessionId(const TlsStream& stream, std::string& to) {
  SSL_SESSION* session = SSL_get0_session(stream.native());
  if (session == nullptr) return;
  unsigned size = 0;
  const unsigned char* bytes = SSL_SESSION_get_id(session, &size);
  constexpr char kDigits[] = "0123456789abcdef";
  for (unsigned i = 0; i < size; ++i) to.append({kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]});
}

}  // namespace weir
