// SPDX-License-Identifier: Apache-2.0
#pragma once
// What contexts of both sides have in common: versions, ciphers, commands, certificates. Each function reports what is
// wrong with the file or the directive it came from.

#include <span>
#include <string>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/tls/openssl.h"

namespace weir::openssl {

// For SSL_CTX_new(); records are read and kept as TlsStream needs it. Null: the library has no memory.
SSL_CTX* newContext(const SSL_METHOD* method);

void setVersions(SSL_CTX* context, const TlsVersions& versions, Origin origin, Diagnostics& diagnostics);
void setCiphers(SSL_CTX* context, const std::string& ciphers, Origin origin, Diagnostics& diagnostics);
void setCurves(SSL_CTX* context, const std::string& curves, Origin origin, Diagnostics& diagnostics);
void applyCommands(SSL_CTX* context, std::span<const NamedValue> commands, Diagnostics& diagnostics);

// The chain of the first file with the key of the second, which must fit.
void useCertificate(SSL_CTX* context, const FileText& chain, const FileText& key, const FileText& passwords,
                    Diagnostics& diagnostics);
// Whom the other side's certificates are checked against.
void trust(SSL_CTX* context, const FileText& authorities, Diagnostics& diagnostics);
void useRevocations(SSL_CTX* context, const FileText& file, Diagnostics& diagnostics);

}  // namespace weir::openssl
