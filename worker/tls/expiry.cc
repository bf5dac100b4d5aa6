// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/expiry.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <string_view>

#include "worker/tls/certificate_facts.h"
#include "worker/tls/pem.h"

namespace weir {

const char* tlsLibraryVersion() {
  // "OpenSSL 3.0.15 3 Sep 2024": without the date.
  static const std::string version = [] {
    std::string_view text = OpenSSL_version(OPENSSL_VERSION);
    return std::string(text.substr(0, text.find(' ', text.find(' ') + 1)));
  }();
  return version.c_str();
}

std::optional<CertificateExpiry> expiryOf(const FileText& file) {
  Diagnostics unheard;  // what is wrong with it was said when it was loaded
  auto certificates = openssl::readCertificates(file, unheard);
  if (certificates.empty()) return std::nullopt;
  return CertificateExpiry{openssl::serialOf(certificates[0].get()), openssl::notAfter(certificates[0].get())};
}

}  // namespace weir
