// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a client proved of itself in the handshake, for admission and for variables.

#include <string>

#include "shared/base/clock.h"
#include "shared/base/failure.h"
#include "worker/tls/tls_stream.h"

namespace weir {

// Why a client is not let in: ClientCertificateMissing or ...Bad, as its server asks for one (ssl_verify_client); with
// optional_no_ca any authority will do.
Cause whyNotAdmitted(const TlsStream& stream);

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
void appendClientEscapedPem(const TlsStream& stream, std::string& to);  // as in a URI
void appendSessionId(const TlsStream& stream, std::string& to);

}  // namespace weir
