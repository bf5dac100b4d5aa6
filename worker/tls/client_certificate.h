// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a client proved of itself in the handshake, for admission and for variables.

#include <string>

#include "worker/tls/tls_stream.h"

namespace weir {

enum class ClientProof : uint8_t { None, Good, Bad };

// As the context of the stream asks for it: with optional_no_ca any authority will do.
ClientProof clientProof(const TlsStream& stream);

// Parts of the client's certificate; each appends nothing where there is none.
void appendClientVerify(const TlsStream& stream, std::string& to);  // SUCCESS, FAILED:reason, NONE
void appendClientSubject(const TlsStream& stream, std::string& to);
void appendClientIssuer(const TlsStream& stream, std::string& to);
void appendClientSerial(const TlsStream& stream, std::string& to);
void appendClientFingerprint(const TlsStream& stream, std::string& to);
void appendClientStart(const TlsStream& stream, std::string& to);
void appendClientEnd(const TlsStream& stream, std::string& to);
void appendClientRemaining(const TlsStream& stream, WallTime now, std::string& to);  // days
void appendClientPem(const TlsStream& stream, std::string& to);
void appendSessionId(const TlsStream& stream, std::string& to);

}  // namespace weir
