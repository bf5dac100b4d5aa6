// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the table of directives: TLS, as a server speaks it and as it is spoken to servers. The files are read by the
// master; workers have their content and need no right to them.

#include <array>

#include "shared/config/field.h"

namespace weir::config {

inline constexpr std::string_view kDefaultCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

inline constexpr ContextSet kTlsServers = kReading | Context::Stream;
inline constexpr ContextSet kTlsClients = kEverywhere | Context::Stream;

inline constexpr std::array kTlsDirectives{
    row<&TlsSettings::certificate>({.name = "ssl_certificate",
                                    .contexts = kTlsServers,
                                    .repeat = Repeat::Replace,
                                    .syntax = "file",
                                    .doc = "The server's certificate with its intermediates, PEM. May repeat, for "
                                           "keys of several kinds (ECDSA and RSA).",
                                    .nginx = "variables too"}),
    row<&TlsSettings::certificate_key>({.name = "ssl_certificate_key",
                                        .contexts = kTlsServers,
                                        .repeat = Repeat::Replace,
                                        .syntax = "file",
                                        .doc = "Its private key, PEM. As often as `ssl_certificate`, in that order."}),
    row<&TlsSettings::password_file>({.name = "ssl_password_file",
                                      .contexts = kTlsServers,
                                      .doc = "Passphrases of private keys, one a line; each is tried."}),
    row<&TlsSettings::protocols>({.name = "ssl_protocols",
                                  .contexts = kTlsServers,
                                  .initial = "TLSv1.2 TLSv1.3",
                                  .doc = "The versions that are spoken.",
                                  .nginx = "broken ones too"}),
    row<&TlsSettings::ciphers>({.name = "ssl_ciphers",
                                .contexts = kTlsServers,
                                .syntax = "ciphers",
                                .initial = kDefaultCiphers,
                                .doc = "OpenSSL's list of ciphers for TLS 1.2; by default those with forward secrecy "
                                       "and authenticated encryption. Those of TLS 1.3: `ssl_conf_command = "
                                       "Ciphersuites ...`.",
                                .nginx = "`HIGH:!aNULL:!MD5`"}),
    row<&TlsSettings::prefer_server_ciphers>(
        {.name = "ssl_prefer_server_ciphers",
         .contexts = kTlsServers,
         .initial = "on",
         .doc = "The server's order of ciphers counts, not the client's; a client that likes ChaCha20 best, having no "
                "AES of its hardware's, gets that.",
         .nginx = "`off`"}),
    row<&TlsSettings::conf_command>({.name = "ssl_conf_command",
                                     .contexts = kTlsServers,
                                     .repeat = Repeat::Replace,
                                     .syntax = "name value",
                                     .doc = "A command for OpenSSL's configuration (SSL_CONF_cmd). May repeat."}),
    row<&TlsSettings::ecdh_curve>(
        {.name = "ssl_ecdh_curve",
         .contexts = kTlsServers,
         .syntax = "curve",
         .initial = "auto",
         .doc = "Curves for the key exchange, separated by colons; `auto`: X25519, P-256, X448, P-521, P-384."}),
    row<&TlsSettings::dhparam>({.name = "ssl_dhparam",
                                .contexts = kTlsServers,
                                .doc = "Parameters for DHE ciphers, PEM; without it they are not used."}),
    row<&TlsSettings::reject_handshake>({.name = "ssl_reject_handshake",
                                         .contexts = kTlsServers,
                                         .initial = "off",
                                         .doc = "Refuse handshakes for this server's names; in a default server: for "
                                                "every name that no other has."}),
    row<&TlsSettings::alpn>({.name = "ssl_alpn",
                             .contexts = Context::Stream,
                             .repeat = Repeat::Replace,
                             .syntax = "protocol ...",
                             .rule = TextRule::Protocols,
                             .doc = "Protocols that are spoken behind this listener, the best first: the first that a "
                                    "client offers (ALPN) is agreed on, and one that offers only others is refused. "
                                    "HTTP listeners have theirs by themselves."}),
    row<&TlsSettings::handshake_timeout>({.name = "ssl_handshake_timeout",
                                          .contexts = kTlsServers,
                                          .initial = "60s",
                                          .range = kTimeout,
                                          .doc = "For a whole handshake. That of the address' default server counts.",
                                          .nginx = "`client_header_timeout` in HTTP"}),
    row<&TlsSettings::buffer_size>({.name = "ssl_buffer_size",
                                    .contexts = kTlsServers,
                                    .initial = "16k",
                                    .range = {1024, 16384},
                                    .doc = "Records are at most as large. The first of a response are smaller, so "
                                           "that a client can begin to read early."}),
    row<&TlsSettings::session_cache>(
        {.name = "ssl_session_cache",
         .contexts = kTlsServers,
         .syntax = "off \\| none \\| [builtin[:sessions]] [shared[:name:size]]",
         .initial = "shared",
         .doc = "Where sessions are kept that clients know by an id: those of TLS 1.2 that take no tickets, and "
                "everybody where `ssl_session_tickets` is off. `shared`: in memory that all workers use, about 1,500 "
                "sessions for each megabyte; servers that name one cache share it. `builtin`: in each worker's own "
                "memory, where other workers do not find them. `none`: nowhere; `off`: nowhere, and clients are told. "
                "That of the address' default server says whether there are ids at all.",
         .nginx = "`none`"}),
    row<&TlsSettings::session_timeout>({.name = "ssl_session_timeout",
                                        .contexts = kTlsServers,
                                        .initial = "5m",
                                        .range = {1000, 7ull * 24 * 3'600'000},
                                        .doc = "How long a session can be resumed."}),
    row<&TlsSettings::session_tickets>({.name = "ssl_session_tickets",
                                        .contexts = kTlsServers,
                                        .initial = "on",
                                        .doc = "Give clients tickets to resume their sessions with."}),
    row<&TlsSettings::session_ticket_key>(
        {.name = "ssl_session_ticket_key",
         .contexts = kTlsServers,
         .repeat = Repeat::Replace,
         .syntax = "file",
         .doc = "48 or 80 random bytes that tickets are encrypted with, to be shared with other machines. The first "
                "encrypts, all decrypt. Without it the master makes keys and rotates them. May repeat."}),
    row<&TlsSettings::early_data>(
        {.name = "ssl_early_data",
         .contexts = kReading,
         .initial = "off",
         .doc = "Serve requests that clients of TLS 1.3 send before the handshake is done (0-RTT). Somebody may repeat "
                "them: only GET, HEAD and OPTIONS without a body are served, others are answered 425, and servers are "
                "told by `Early-Data: 1`. Must be on in the address' default server too.",
         .nginx = "serves any"}),
    row<&TlsSettings::ktls>(
        {.name = "ssl_ktls",
         .contexts = kReading,
         .initial = "off",
         .doc =
             "Have the kernel encrypt (kTLS), where it can, from a connection's first file of 256 KiB on: files then "
             "go to clients without passing through the process. Needs `ssl_buffer_size = 16k`; without kTLS in the "
             "kernel nothing changes. `weir_tls_ktls_connections_total` counts.",
         .nginx = "`ssl_conf_command = Options KTLS`"}),
    row<&TlsSettings::verify_client>({.name = "ssl_verify_client",
                                      .contexts = kTlsServers,
                                      .syntax = "on \\| off \\| optional \\| optional_no_ca",
                                      .initial = "off",
                                      .doc = "Ask clients for a certificate: and refuse requests without a good one, "
                                             "or take none, or take any. See `$ssl_client_verify`."}),
    row<&TlsSettings::client_certificate>({.name = "ssl_client_certificate",
                                           .contexts = kTlsServers,
                                           .doc = "Authorities of client certificates, PEM; their names are sent to "
                                                  "clients."}),
    row<&TlsSettings::trusted_certificate>(
        {.name = "ssl_trusted_certificate", .contexts = kTlsServers, .doc = "Authorities whose names are not sent."}),
    row<&TlsSettings::verify_depth>({.name = "ssl_verify_depth",
                                     .contexts = kTlsServers,
                                     .initial = "1",
                                     .range = {0, 100},
                                     .doc = "Length of the chain of a client's certificate at most."}),
    row<&TlsSettings::crl>({.name = "ssl_crl",
                            .contexts = kTlsServers,
                            .doc = "Revoked client certificates, PEM, of every authority in the chain."}),
    row<&TlsSettings::stapling_file>({.name = "ssl_stapling_file",
                                      .contexts = kTlsServers,
                                      .doc = "An OCSP response (DER) that is sent to clients that ask for one."}),
    row<&TlsSettings::stapling>(
        {.name = "ssl_stapling",
         .contexts = kTlsServers,
         .initial = "off",
         .doc = "Have OCSP responses fetched from the certificates' authority, in the background, and sent to clients "
                "that ask for one. The issuer must be in the certificate's file or in `ssl_trusted_certificate`."}),
    row<&TlsSettings::stapling_responder>({.name = "ssl_stapling_responder",
                                           .contexts = kTlsServers,
                                           .syntax = "url",
                                           .rule = TextRule::HttpUrl,
                                           .doc = "Whom to ask, `http://...`, in the place of the responder that the "
                                                  "certificate names."}),
    row<&TlsSettings::stapling_verify>({.name = "ssl_stapling_verify",
                                        .contexts = kTlsServers,
                                        .initial = "off",
                                        .doc = "Check who has signed a response, against `ssl_trusted_certificate` or "
                                               "else the system's authorities, before it is sent."}),

    row<&ProxyTlsSettings::certificate>({.name = "proxy_ssl_certificate",
                                         .contexts = kTlsClients,
                                         .doc = "The certificate to show to servers, with its intermediates, PEM."}),
    row<&ProxyTlsSettings::certificate_key>(
        {.name = "proxy_ssl_certificate_key", .contexts = kTlsClients, .doc = "Its private key, PEM."}),
    row<&ProxyTlsSettings::password_file>({.name = "proxy_ssl_password_file",
                                           .contexts = kTlsClients,
                                           .doc = "Passphrases of that key, one a line; each is tried."}),
    row<&ProxyTlsSettings::protocols>({.name = "proxy_ssl_protocols",
                                       .contexts = kTlsClients,
                                       .initial = "TLSv1.2 TLSv1.3",
                                       .doc = "The versions that are spoken to servers.",
                                       .nginx = "broken ones too"}),
    row<&ProxyTlsSettings::ciphers>({.name = "proxy_ssl_ciphers",
                                     .contexts = kTlsClients,
                                     .syntax = "ciphers",
                                     .initial = "DEFAULT",
                                     .doc = "OpenSSL's list of ciphers for TLS 1.2."}),
    row<&ProxyTlsSettings::conf_command>({.name = "proxy_ssl_conf_command",
                                          .contexts = kTlsClients,
                                          .repeat = Repeat::Replace,
                                          .syntax = "name value",
                                          .doc = "A command for OpenSSL's configuration (SSL_CONF_cmd). May repeat."}),
    row<&ProxyTlsSettings::name>({.name = "proxy_ssl_name",
                                  .contexts = kTlsClients,
                                  .syntax = "name",
                                  .doc = "The name that a server's certificate must have, and that is sent to it. By "
                                         "default the host of `proxy_pass`.",
                                  .nginx = "variables too"}),
    row<&ProxyTlsSettings::server_name>({.name = "proxy_ssl_server_name",
                                         .contexts = kTlsClients,
                                         .initial = "on",
                                         .doc = "Send that name in the handshake (SNI).",
                                         .nginx = "`off`, which many servers refuse"}),
    row<&ProxyTlsSettings::session_reuse>({.name = "proxy_ssl_session_reuse",
                                           .contexts = kTlsClients,
                                           .initial = "on",
                                           .doc = "Resume sessions with servers."}),
    row<&ProxyTlsSettings::verify>({.name = "proxy_ssl_verify",
                                    .contexts = kTlsClients,
                                    .initial = "on",
                                    .doc = "Check servers' certificates.",
                                    .nginx = "`off`, which lets anybody stand for them"}),
    row<&ProxyTlsSettings::verify_depth>({.name = "proxy_ssl_verify_depth",
                                          .contexts = kTlsClients,
                                          .initial = "4",
                                          .range = {0, 100},
                                          .doc = "Length of the chain of a server's certificate at most.",
                                          .nginx = "`1`, too short for many public servers"}),
    row<&ProxyTlsSettings::trusted_certificate>({.name = "proxy_ssl_trusted_certificate",
                                                 .contexts = kTlsClients,
                                                 .doc = "Authorities of servers' certificates, PEM. By default the "
                                                        "system's.",
                                                 .nginx = "must be set"}),
    row<&ProxyTlsSettings::crl>(
        {.name = "proxy_ssl_crl", .contexts = kTlsClients, .doc = "Revoked certificates of servers, PEM."}),
};

}  // namespace weir::config
