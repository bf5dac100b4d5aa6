// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_context.h"

#include <openssl/ocsp.h>

#include <algorithm>
#include <utility>

#include "worker/tls/context_setup.h"
#include "worker/tls/openssl.h"
#include "worker/tls/pem.h"
#include "worker/tls/tickets.h"
#include "worker/tls/tls_environment.h"
#include "worker/tls/tls_stream.h"

namespace weir {
namespace {

using namespace openssl;

constexpr long kSwitchedOptions = SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE;

// The host name of a client's first message (RFC 6066 3), in lower case; empty when there is none that can be one.
std::string nameIn(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) != 1 || size < 5) return {};
  size_t length = size_t{bytes[3]} << 8 | bytes[4];
  bool is_host = bytes[2] == TLSEXT_NAMETYPE_host_name && length > 0 && length <= size - 5 && length < 256;
  if (!is_host) return {};
  std::string name(reinterpret_cast<const char*>(bytes + 5), length);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  if (name.ends_with('.')) name.pop_back();
  return name;
}

// Sessions of one server are not resumed by another, nor by the same one when it asks something else of clients.
std::array<uint8_t, 32> sessionScope(const TlsSettings& settings, std::string_view server) {
  std::string text(server);
  text += '\n' + std::to_string(static_cast<int>(settings.verify_client)) + '\n';
  for (const FileText* file : {&settings.client_certificate, &settings.trusted_certificate, &settings.crl})
    text += (*file ? *file->text : std::string()) + '\n';
  std::array<uint8_t, 32> digest;
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

// What is wrong with a client's certificate is answered after the handshake, with a page.
int acceptAny(int, X509_STORE_CTX*) { return 1; }

void useDhParameters(SSL_CTX* context, const FileText& file, Diagnostics& diagnostics) {
  KeyPtr parameters = readParameters(file, diagnostics);
  if (parameters == nullptr) return;
  if (SSL_CTX_set0_tmp_dh_pkey(context, parameters.get()) == 1)
    parameters.release();
  else
    diagnostics.error(file.origin, file.path + ": " + takeError());
}

}  // namespace

TlsContext::TlsContext(const TlsSettings& settings, std::string_view server, Origin origin, TlsEnvironment* environment,
                       Diagnostics& diagnostics)
    : context_(newContext(TLS_server_method())),
      shared_keys_(environment == nullptr ? nullptr : environment->tickets()),
      verify_client_(settings.verify_client),
      verify_depth_(settings.verify_depth),
      record_size_(static_cast<uint32_t>(settings.buffer_size.bytes)),
      handshake_timeout_(settings.handshake_timeout),
      rejects_(settings.reject_handshake),
      curves_(settings.ecdh_curve) {
  if (context_ == nullptr)
    diagnostics.error(origin, "TLS: " + takeError());
  else
    load(settings, server, origin, diagnostics);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

void TlsContext::load(const TlsSettings& settings, std::string_view server, Origin origin, Diagnostics& diagnostics) {
  setVersions(context_, settings.protocols, origin, diagnostics);
  setCiphers(context_, settings.ciphers, origin, diagnostics);
  setCurves(context_, settings.ecdh_curve, origin, diagnostics);
  applyCommands(context_, settings.conf_command, diagnostics);
  if (settings.prefer_server_ciphers) SSL_CTX_set_options(context_, SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (settings.dhparam) useDhParameters(context_, settings.dhparam, diagnostics);
  size_t count = settings.certificate.size();
  if (count != settings.certificate_key.size())
    return diagnostics.error(origin, std::to_string(count) + " \"ssl_certificate\", but " +
                                         std::to_string(settings.certificate_key.size()) + " \"ssl_certificate_key\"");
  if (count == 0 && !rejects_)
    diagnostics.error(origin, "a server that listens with ssl needs \"ssl_certificate\", or \"ssl_reject_handshake\"");
  for (size_t i = 0; i < count; ++i)
    useCertificate(context_, settings.certificate[i], settings.certificate_key[i], settings.password_file, diagnostics);
  session_scope_ = sessionScope(settings, server);
  SSL_CTX_set_session_id_context(context_, session_scope_.data(), session_scope_.size());
  useTickets(settings, diagnostics);
  useClientVerification(settings, origin, diagnostics);
  if (settings.stapling_file) useStapling(settings.stapling_file, diagnostics);
  SSL_CTX_set_client_hello_cb(context_, onClientHello, nullptr);
}

void TlsContext::useTickets(const TlsSettings& settings, Diagnostics& diagnostics) {
  // Workers share no cache of sessions: what would need one is not promised to clients.
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context_, static_cast<long>(settings.session_timeout.count() / 1000));
  ticket_keys_ = readTicketKeys(settings.session_ticket_key, diagnostics);
  if (!settings.session_tickets) {
    SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context_, 0);
  }
  if (!ticket_keys_.empty() || shared_keys_ != nullptr)
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context_, (onTicket<EVP_CIPHER_CTX, EVP_MAC_CTX>));
  SSL_CTX_set_app_data(context_, this);
}

void TlsContext::useClientVerification(const TlsSettings& settings, Origin origin, Diagnostics& diagnostics) {
  if (verify_client_ == VerifyClient::Off) return;
  if (!settings.client_certificate && !settings.trusted_certificate && verify_client_ != VerifyClient::OptionalNoCa)
    return diagnostics.error(origin, "\"ssl_verify_client\" needs \"ssl_client_certificate\"");
  if (settings.client_certificate) {
    trust(context_, settings.client_certificate, diagnostics);
    for (const auto& authority : readCertificates(settings.client_certificate, diagnostics))
      SSL_CTX_add_client_CA(context_, authority.get());
  }
  if (settings.trusted_certificate) trust(context_, settings.trusted_certificate, diagnostics);
  if (settings.crl) useRevocations(context_, settings.crl, diagnostics);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, acceptAny);
  SSL_CTX_set_verify_depth(context_, static_cast<int>(verify_depth_));
}

void TlsContext::useStapling(const FileText& file, Diagnostics& diagnostics) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(file.text->data());
  OCSP_RESPONSE* response = d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(file.text->size()));
  bool good = response != nullptr && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
  OCSP_RESPONSE_free(response);
  ERR_clear_error();
  if (!good) return diagnostics.error(file.origin, file.path + ": it holds no OCSP response (DER) that can be sent");
  stapled_ = *file.text;
  SSL_CTX_set_tlsext_status_cb(context_, onStatusRequest);
  SSL_CTX_set_tlsext_status_arg(context_, this);
}

int TlsContext::onStatusRequest(SSL* ssl, void* self) {
  const std::string& response = static_cast<TlsContext*>(self)->stapled_;
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(response.data(), response.size()));
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));
  return SSL_TLSEXT_ERR_OK;
}

int TlsContext::onClientHello(SSL* ssl, int* alert, void*) {
  auto& stream = *static_cast<TlsStream*>(SSL_get_app_data(ssl));
  if (stream.choice_ == nullptr) return SSL_CLIENT_HELLO_SUCCESS;  // the second, after a HelloRetryRequest
  const TlsContext* chosen = std::exchange(stream.choice_, nullptr)->forName(nameIn(ssl));
  if (chosen->rejects()) {
    stream.fault_ = HandshakeFault::Rejected;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
  }
  if (chosen != stream.context_.get()) {
    stream.context_ = Ref<const TlsContext>(chosen);
    chosen->adopt(ssl);
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

// SSL_set_SSL_CTX() takes over certificates and little else: what SSL_new() copied is put right here.
void TlsContext::adopt(SSL* ssl) const {
  SSL_set_SSL_CTX(ssl, context_);
  SSL_clear_options(ssl, kSwitchedOptions);
  SSL_set_options(ssl, SSL_CTX_get_options(context_));
  SSL_set_min_proto_version(ssl, static_cast<int>(SSL_CTX_get_min_proto_version(context_)));
  SSL_set_max_proto_version(ssl, static_cast<int>(SSL_CTX_get_max_proto_version(context_)));
  SSL_set_num_tickets(ssl, SSL_CTX_get_num_tickets(context_));
  SSL_set_verify(ssl, SSL_CTX_get_verify_mode(context_), SSL_CTX_get_verify_callback(context_));
  SSL_set_verify_depth(ssl, SSL_CTX_get_verify_depth(context_));
  SSL_set_session_id_context(ssl, session_scope_.data(), session_scope_.size());
  if (curves_ != "auto") SSL_set1_groups_list(ssl, curves_.c_str());
}

template <class Cipher, class Mac>
int TlsContext::onTicket(SSL* ssl, unsigned char* name, unsigned char* iv, Cipher* cipher, Mac* mac, int encrypts) {
  const auto& self = *static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  TicketKeys::Ring ring;
  std::span<const TicketKey> keys = self.ticket_keys_;
  if (keys.empty()) keys = ring = self.shared_keys_->read();
  if (encrypts == 1) return beginTicket(keys, name, iv, cipher, mac);
  return openTicket(keys, SSL_version(ssl) == TLS1_3_VERSION, name, iv, cipher, mac);
}

}  // namespace weir
