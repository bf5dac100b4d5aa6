// SPDX-License-Identifier: Apache-2.0
#pragma once
// What processes without TLS streams ask of the library: its version, and when certificates end.

#include <optional>
#include <string>

#include "shared/base/clock.h"
#include "shared/config/settings.h"

namespace weir {

const char* tlsLibraryVersion();  // "OpenSSL 3.0.15"

struct CertificateExpiry {
  std::string serial;
  WallTime not_after;
};
// Of the first certificate in the file; nullopt when it holds none.
std::optional<CertificateExpiry> expiryOf(const FileText& file);

}  // namespace weir
