// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/context_setup.h"

#include "shared/base/clock.h"
#include "worker/tls/certificate_facts.h"
#include "worker/tls/pem.h"

namespace weir::openssl {
namespace {

using Stack = std::unique_ptr<STACK_OF(X509), Freer<[](STACK_OF(X509) * chain) { sk_X509_free(chain); }>>;

// OpenSSL's own list but for the finite fields (RFC 7919): any client could choose ffdhe8192, which costs a hundred
// times what a curve does, and nobody needs them.
constexpr const char* kUsualCurves = "X25519:P-256:X448:P-521:P-384";

// Another certificate for this kind of key would take this one's place without a word.
bool hasCertificateFor(SSL_CTX* context, EVP_PKEY* key) {
  for (long more = SSL_CTX_set_current_cert(context, SSL_CERT_SET_FIRST); more == 1;
       more = SSL_CTX_set_current_cert(context, SSL_CERT_SET_NEXT)) {
    EVP_PKEY* other = SSL_CTX_get0_privatekey(context);
    if (other != nullptr && EVP_PKEY_get_base_id(other) == EVP_PKEY_get_base_id(key)) return true;
  }
  return false;
}

void warnOfExpiry(const FileText& file, X509* certificate, Diagnostics& diagnostics) {
  auto warning = expiryWarning(certificate, wallNow());
  if (!warning.empty()) diagnostics.warning(file.origin, file.path + ": " + warning);
}

}  // namespace

SSL_CTX* newContext(const SSL_METHOD* method) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(method);
  if (context == nullptr) return nullptr;
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_SINGLE_DH_USE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One call to the system for all records that are there, instead of two for each.
  SSL_CTX_set_read_ahead(context, 1);
  return context;
}

void setVersions(SSL_CTX* context, const TlsVersions& versions, Origin origin, Diagnostics& diagnostics) {
  if (!versions.tls12 && !versions.tls13) return diagnostics.error(origin, "ssl_protocols: no version is left");
  SSL_CTX_set_min_proto_version(context, versions.tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context, versions.tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
}

void setCiphers(SSL_CTX* context, const std::string& ciphers, Origin origin, Diagnostics& diagnostics) {
  if (ciphers.empty() || SSL_CTX_set_cipher_list(context, ciphers.c_str()) == 1) return;
  diagnostics.error(origin, "ssl_ciphers \"" + ciphers + "\": " + takeError());
}

void setCurves(SSL_CTX* context, const std::string& curves, Origin origin, Diagnostics& diagnostics) {
  const bool automatic = curves.empty() || curves == "auto";
  bool known = SSL_CTX_set1_groups_list(context, automatic ? kUsualCurves : curves.c_str()) == 1;
  ERR_clear_error();
  if (known || automatic) return;
  diagnostics.error(origin, "ssl_ecdh_curve: \"" + curves + "\" names a curve that is not known");
}

void applyCommands(SSL_CTX* context, std::span<const NamedValue> commands, Diagnostics& diagnostics) {
  if (commands.empty()) return;
  ConfPtr conf(SSL_CONF_CTX_new());
  SSL_CONF_CTX_set_flags(conf.get(), SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER |
                                         SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_SHOW_ERRORS);
  SSL_CONF_CTX_set_ssl_ctx(conf.get(), context);
  for (const NamedValue& command : commands)
    if (SSL_CONF_cmd(conf.get(), command.name.c_str(), command.value.c_str()) <= 0)
      diagnostics.error(command.origin, "conf_command \"" + command.name + " " + command.value + "\": " + takeError());
  if (SSL_CONF_CTX_finish(conf.get()) != 1) diagnostics.error(commands[0].origin, "conf_command: " + takeError());
}

void useCertificate(SSL_CTX* context, const FileText& chain, const FileText& key, const FileText& passwords,
                    Diagnostics& diagnostics) {
  auto certificates = readCertificates(chain, diagnostics);
  auto private_key = readKey(key, passwords, diagnostics);
  if (certificates.empty() || private_key == nullptr) return;
  if (hasCertificateFor(context, private_key.get()))
    return diagnostics.error(chain.origin, chain.path + ": another certificate has the same kind of key");
  Stack rest(certificates.size() > 1 ? sk_X509_new_null() : nullptr);  // an empty one would be copied to each SSL
  for (size_t i = 1; i < certificates.size(); ++i) sk_X509_push(rest.get(), certificates[i].get());
  X509* own = certificates[0].get();
  if (X509_check_private_key(own, private_key.get()) != 1) {
    ERR_clear_error();
    return diagnostics.error(key.origin, key.path + ": the key does not match the certificate " + chain.path);
  }
  if (SSL_CTX_use_cert_and_key(context, own, private_key.get(), rest.get(), 1) != 1)
    return diagnostics.error(chain.origin, chain.path + ": " + takeError());
  for (const auto& certificate : certificates) warnOfExpiry(chain, certificate.get(), diagnostics);
}

void trust(SSL_CTX* context, const FileText& authorities, Diagnostics& diagnostics) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const auto& certificate : readCertificates(authorities, diagnostics))
    X509_STORE_add_cert(store, certificate.get());
  ERR_clear_error();
}

void useRevocations(SSL_CTX* context, const FileText& file, Diagnostics& diagnostics) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const auto& list : readRevocations(file, diagnostics)) X509_STORE_add_crl(store, list.get());
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  ERR_clear_error();
}

}  // namespace weir::openssl
