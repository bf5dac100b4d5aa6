// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_client_context.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <utility>

#include "worker/tls/client_contexts.h"
#include "worker/tls/context_setup.h"
#include "worker/tls/openssl.h"
#include "worker/tls/record_bio.h"
#include "worker/tls/tls_stream.h"

namespace weir {
namespace {

using namespace openssl;

bool isIp(const std::string& name) {
  in6_addr ignored;
  return ::inet_pton(AF_INET, name.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

}  // namespace

TlsClientContext::TlsClientContext(const ProxyTlsSettings& settings, std::string identity, Origin origin,
                                   Diagnostics& diagnostics)
    : identity_(std::move(identity)),
      context_(newContext(TLS_client_method())),
      server_name_(settings.server_name),
      verify_(settings.verify),
      session_reuse_(settings.session_reuse) {
  if (context_ == nullptr)
    diagnostics.error(origin, "TLS: " + takeError());
  else
    load(settings, origin, diagnostics);
}

TlsClientContext::~TlsClientContext() {
  if (directory_ != nullptr) directory_->forget(*this);
  SSL_CTX_free(context_);
}

void TlsClientContext::load(const ProxyTlsSettings& settings, Origin origin, Diagnostics& diagnostics) {
  setVersions(context_, settings.protocols, origin, diagnostics);
  setCiphers(context_, settings.ciphers, origin, diagnostics);
  applyCommands(context_, settings.conf_command, diagnostics);
  if (bool(settings.certificate) != bool(settings.certificate_key))
    diagnostics.error(origin, "\"proxy_ssl_certificate\" and \"proxy_ssl_certificate_key\" need each other");
  else if (settings.certificate)
    useCertificate(context_, settings.certificate, settings.certificate_key, settings.password_file, diagnostics);
  useAuthorities(settings, origin, diagnostics);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  if (session_reuse_) SSL_CTX_sess_set_new_cb(context_, onSession);
}

void TlsClientContext::useAuthorities(const ProxyTlsSettings& settings, Origin origin, Diagnostics& diagnostics) {
  if (!verify_) return;
  if (settings.trusted_certificate)
    trust(context_, settings.trusted_certificate, diagnostics);
  else if (SSL_CTX_set_default_verify_paths(context_) != 1)
    diagnostics.error(origin, "the system's authorities cannot be read: " + takeError());
  if (settings.crl) useRevocations(context_, settings.crl, diagnostics);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_verify_depth(context_, static_cast<int>(settings.verify_depth));
}

void TlsClientContext::prepare(SSL* ssl, std::string_view name, const std::string& session_key) {
  std::string host(name);
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  if (isIp(host)) {
    if (verify_) X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str());
  } else if (!host.empty()) {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (verify_) X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size());
    if (server_name_) SSL_set_tlsext_host_name(ssl, host.c_str());
  }
  SSL_SESSION* session = session_reuse_ ? sessions_.take(session_key) : nullptr;
  if (session == nullptr) return;
  SSL_set_session(ssl, session);
  SSL_SESSION_free(session);
}

int TlsClientContext::onSession(SSL*, SSL_SESSION* session) {
  TlsStream& stream = RecordBio::user();
  stream.client_->sessions_.keep(*stream.session_key_, session);
  return 1;  // it is ours now
}

}  // namespace weir
