// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is told of certificates: when they end, whose they are. For checks, variables and metrics.

#include <openssl/x509.h>

#include <string>

#include "shared/base/clock.h"

namespace weir::openssl {

// A certificate that ends within this time is said to.
inline constexpr std::chrono::hours kExpiryNotice{14 * 24};

// "" when it is valid now and for long enough.
std::string expiryWarning(X509* certificate, WallTime now);
WallTime notAfter(X509* certificate);

std::string serialOf(X509* certificate);       // "0A1B"
std::string fingerprintOf(X509* certificate);  // SHA-1, in lower case
std::string nameText(const X509_NAME* name);   // RFC 2253
std::string timeText(const ASN1_TIME* time);   // "Nov 25 09:00:00 2026 GMT"
std::string pemOf(X509* certificate);

}  // namespace weir::openssl
