// SPDX-License-Identifier: Apache-2.0
#pragma once
// The variables of a client's TLS, one row each, for HTTP and for streams. Their names are nginx's.

#include <array>
#include <string>
#include <string_view>

#include "shared/base/clock.h"
#include "worker/tls/client_certificate.h"
#include "worker/tls/tls_stream.h"

namespace weir {

struct TlsVariableRow {
  std::string_view name;
  // Appends the value, nothing where there is none. now: for what counts days.
  void (*append)(const TlsStream& tls, WallTime now, std::string& to);
  std::string_view text;  // for the docs
};

namespace tls_variables {

template <auto View>
void view(const TlsStream& tls, WallTime, std::string& to) {
  to.append((tls.*View)());
}

template <auto Append>
void with(const TlsStream& tls, WallTime, std::string& to) {
  Append(tls, to);
}

inline void reused(const TlsStream& tls, WallTime, std::string& to) { to.push_back(tls.resumed() ? 'r' : '.'); }

inline void early(const TlsStream& tls, WallTime, std::string& to) {
  if (tls.early()) to.push_back('1');
}

}  // namespace tls_variables

inline constexpr std::array kTlsVariables{
    TlsVariableRow{"ssl_protocol", tls_variables::view<&TlsStream::protocol>, "TLSv1.2 or TLSv1.3"},
    TlsVariableRow{"ssl_cipher", tls_variables::view<&TlsStream::cipher>, "the cipher in use"},
    TlsVariableRow{"ssl_curve", tls_variables::view<&TlsStream::curve>, "the curve of the key exchange"},
    TlsVariableRow{"ssl_alpn_protocol", tls_variables::view<&TlsStream::alpn>,
                   "the protocol that was agreed on (ALPN)"},
    TlsVariableRow{"ssl_server_name", tls_variables::view<&TlsStream::serverName>,
                   "the name that the client asked for (SNI)"},
    TlsVariableRow{"ssl_session_id", tls_variables::with<appendSessionId>, "the session's id"},
    TlsVariableRow{"ssl_session_reused", tls_variables::reused, "r when the session was resumed, else a dot"},
    TlsVariableRow{"ssl_early_data", tls_variables::early,
                   "1 while the handshake is not done: what came may be a repetition, else nothing"},
    TlsVariableRow{"ssl_client_verify", tls_variables::with<appendClientVerify>,
                   "SUCCESS, FAILED: with a reason, or NONE where the client sent no certificate"},
    TlsVariableRow{"ssl_client_s_dn", tls_variables::with<appendClientSubject>,
                   "the subject of the client's certificate (RFC 2253)"},
    TlsVariableRow{"ssl_client_i_dn", tls_variables::with<appendClientIssuer>, "its issuer"},
    TlsVariableRow{"ssl_client_serial", tls_variables::with<appendClientSerial>, "its serial number"},
    TlsVariableRow{"ssl_client_fingerprint", tls_variables::with<appendClientFingerprint>, "its SHA-1 fingerprint"},
    TlsVariableRow{"ssl_client_v_start", tls_variables::with<appendClientStart>, "when it begins to be valid"},
    TlsVariableRow{"ssl_client_v_end", tls_variables::with<appendClientEnd>, "when it expires"},
    TlsVariableRow{"ssl_client_v_remain", appendClientRemaining, "days until it expires"},
    TlsVariableRow{"ssl_client_raw_cert", tls_variables::with<appendClientPem>, "the certificate itself, PEM"},
    TlsVariableRow{"ssl_client_escaped_cert", tls_variables::with<appendClientEscapedPem>,
                   "the same, escaped as in a URI: fit for a header"},
};

}  // namespace weir
