// SPDX-License-Identifier: Apache-2.0
// Variables of the connection's TLS; nothing at all where it has none.
#include <array>

#include "worker/http/exchange.h"
#include "worker/http/uri.h"
#include "worker/http/variable_tables.h"
#include "worker/tls/client_certificate.h"

namespace weir {
namespace {

using Argument = VariableArgument;

template <auto View>
void view(const Exchange& exchange, const Argument&, std::string& to) {
  if (const TlsStream* tls = exchange.downstream().tls()) to.append((tls->*View)());
}

template <auto Append>
void with(const Exchange& exchange, const Argument&, std::string& to) {
  if (const TlsStream* tls = exchange.downstream().tls()) Append(*tls, to);
}

void https(const Exchange& exchange, const Argument&, std::string& to) {
  if (exchange.downstream().tls() != nullptr) to.append("on");
}

void reused(const TlsStream& tls, std::string& to) { to.push_back(tls.resumed() ? 'r' : '.'); }

void remaining(const Exchange& exchange, const Argument&, std::string& to) {
  if (const TlsStream* tls = exchange.downstream().tls()) appendClientRemaining(*tls, exchange.loop().wallNow(), to);
}

// Fit for a header: escaped as in a URI.
void escapedPem(const TlsStream& tls, std::string& to) {
  std::string pem;
  appendClientPem(tls, pem);
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (char c : pem) {
    bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    if (plain)
      to.push_back(c);
    else
      to.append({'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]});
  }
}

constexpr std::array kRows{
    VariableRow{"https", https, "on where the connection is TLS, else nothing"},
    VariableRow{"ssl_protocol", view<&TlsStream::protocol>, "TLSv1.2 or TLSv1.3"},
    VariableRow{"ssl_cipher", view<&TlsStream::cipher>, "the cipher in use"},
    VariableRow{"ssl_curve", view<&TlsStream::curve>, "the curve of the key exchange"},
    VariableRow{"ssl_server_name", view<&TlsStream::serverName>, "the name that the client asked for (SNI)"},
    VariableRow{"ssl_session_id", with<appendSessionId>, "the session's id"},
    VariableRow{"ssl_session_reused", with<reused>, "r when the session was resumed, else a dot"},
    VariableRow{"ssl_client_verify", with<appendClientVerify>,
                "SUCCESS, FAILED: with a reason, or NONE where the client sent no certificate"},
    VariableRow{"ssl_client_s_dn", with<appendClientSubject>, "the subject of the client's certificate (RFC 2253)"},
    VariableRow{"ssl_client_i_dn", with<appendClientIssuer>, "its issuer"},
    VariableRow{"ssl_client_serial", with<appendClientSerial>, "its serial number"},
    VariableRow{"ssl_client_fingerprint", with<appendClientFingerprint>, "its SHA-1 fingerprint"},
    VariableRow{"ssl_client_v_start", with<appendClientStart>, "when it begins to be valid"},
    VariableRow{"ssl_client_v_end", with<appendClientEnd>, "when it expires"},
    VariableRow{"ssl_client_v_remain", remaining, "days until it expires"},
    VariableRow{"ssl_client_escaped_cert", with<escapedPem>, "the certificate itself, PEM, escaped as in a URI"},
};

}  // namespace

std::span<const VariableRow> tlsVariables() { return kRows; }

}  // namespace weir
