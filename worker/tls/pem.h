// SPDX-License-Identifier: Apache-2.0
#pragma once
// What PEM files of a configuration hold, as OpenSSL's objects. A file that holds no such thing, or something broken,
// is reported with its path and reason, and gives an empty result.

#include <string>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/tls/openssl.h"

namespace weir::openssl {

// In their order: for a chain, the server's own first.
std::vector<CertificatePtr> readCertificates(const FileText& file, Diagnostics& diagnostics);
// Each line of passwords is tried.
KeyPtr readKey(const FileText& file, const FileText& passwords, Diagnostics& diagnostics);
std::vector<RevocationsPtr> readRevocations(const FileText& file, Diagnostics& diagnostics);
KeyPtr readParameters(const FileText& file, Diagnostics& diagnostics);

}  // namespace weir::openssl
