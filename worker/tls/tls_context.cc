// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_context.h"

#include <openssl/ocsp.h>

#include <algorithm>
#include <utility>

#include "worker/tls/context_setup.h"
#include "worker/tls/ocsp_subject.h"
#include "worker/tls/openssl.h"
#include "worker/tls/pem.h"
#include "worker/tls/record_bio.h"
#include "worker/tls/tickets.h"
#include "worker/tls/tls_environment.h"
#include "worker/tls/tls_stream.h"

namespace weir {
namespace {

using namespace openssl;

constexpr uint64_t kServersOrder = SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
constexpr uint64_t kSwitchedOptions = SSL_OP_NO_TICKET | kServersOrder | SSL_OP_NO_ANTI_REPLAY | SSL_OP_ENABLE_KTLS;
constexpr uint32_t kMostEarlyData = 16384;  // bytes of one client

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
      early_data_(settings.early_data),
      curves_(settings.ecdh_curve) {
  if (context_ == nullptr)
    diagnostics.error(origin, "TLS: " + takeError());
  else
    load(settings, server, origin, environment, diagnostics);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

void TlsContext::load(const TlsSettings& settings, std::string_view server, Origin origin, TlsEnvironment* environment,
                      Diagnostics& diagnostics) {
  setVersions(context_, settings.protocols, origin, diagnostics);
  setCiphers(context_, settings.ciphers, origin, diagnostics);
  setCurves(context_, settings.ecdh_curve, origin, diagnostics);
  applyCommands(context_, settings.conf_command, diagnostics);
  useKernel(settings, environment);
  if (settings.prefer_server_ciphers) SSL_CTX_set_options(context_, kServersOrder);
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
  useSessionCache(settings.session_cache, environment);
  if (early_data_) useEarlyData();
  useClientVerification(settings, origin, diagnostics);
  if (settings.stapling_file) useStapling(settings.stapling_file, diagnostics);
  if (settings.stapling && !settings.stapling_file) {
    OcspSubject::of(settings, diagnostics);  // says what cannot be asked about
    useFetchedResponses(environment);
  }
  useProtocols(settings.alpn);
  SSL_CTX_set_client_hello_cb(context_, onClientHello, nullptr);
}

// OpenSSL then shows its keys to RecordBio. The kernel knows only full records.
void TlsContext::useKernel(const TlsSettings& settings, TlsEnvironment* environment) {
  bool wanted = settings.ktls && settings.buffer_size.bytes == SSL3_RT_MAX_PLAIN_LENGTH && environment != nullptr;
  if (wanted && environment->kernelTls().any())
    SSL_CTX_set_options(context_, SSL_OP_ENABLE_KTLS);
  else
    SSL_CTX_clear_options(context_, SSL_OP_ENABLE_KTLS);  // which ssl_conf_command may have set
}

void TlsContext::useTickets(const TlsSettings& settings, Diagnostics& diagnostics) {
  SSL_CTX_set_timeout(context_, static_cast<long>(settings.session_timeout.count() / 1000));
  ticket_keys_ = readTicketKeys(settings.session_ticket_key, diagnostics);
  if (!settings.session_tickets) {
    SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
    // TLS 1.3 calls ids tickets, too: what is in no cache is not promised to clients.
    bool kept = settings.session_cache.builtin > 0 || !settings.session_cache.shared.empty();
    if (!kept) SSL_CTX_set_num_tickets(context_, 0);
  }
  if (!ticket_keys_.empty() || shared_keys_ != nullptr)
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context_, (onTicket<EVP_CIPHER_CTX, EVP_MAC_CTX>));
  SSL_CTX_set_app_data(context_, this);
}

// OpenSSL asks the context that the connection began with, that of the address' default server, and not the one of the
// server that the client named: so each has these functions, and they look for the latter.
void TlsContext::useSessionCache(const SessionCacheSetting& setting, TlsEnvironment* environment) {
  if (setting.off) return void(SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF));
  long mode = SSL_SESS_CACHE_SERVER;
  if (setting.builtin == 0) mode |= SSL_SESS_CACHE_NO_INTERNAL;
  SSL_CTX_set_session_cache_mode(context_, mode);
  if (setting.builtin > 0) SSL_CTX_sess_set_cache_size(context_, static_cast<long>(setting.builtin));
  if (environment == nullptr) return;
  if (!setting.shared.empty()) sessions_ = environment->sessionCaches().find(setting.shared);
  SSL_CTX_sess_set_new_cb(context_, onNewSession);
  SSL_CTX_sess_set_get_cb(context_, onWantedSession);
  if (sessions_) SSL_CTX_sess_set_remove_cb(context_, onBadSession);
}

int TlsContext::onNewSession(SSL* ssl, SSL_SESSION* session) {
  SessionCache* sessions = RecordBio::user().context_->sessions_.get();
  bool in_ticket = SSL_version(ssl) == TLS1_3_VERSION && (SSL_get_options(ssl) & SSL_OP_NO_TICKET) == 0;
  if (sessions == nullptr || in_ticket) return 0;
  unsigned size = 0;
  const unsigned char* id = SSL_SESSION_get_id(session, &size);
  unsigned char* bytes = nullptr;
  int length = i2d_SSL_SESSION(session, &bytes);
  if (length <= 0) return 0;
  WallTime now = wallNow();
  WallTime expires = now + std::chrono::seconds(SSL_SESSION_get_timeout(session));
  sessions->store({id, size}, {reinterpret_cast<char*>(bytes), static_cast<size_t>(length)}, expires, now);
  OPENSSL_clear_free(bytes, static_cast<size_t>(length));
  return 0;  // it stays OpenSSL's
}

SSL_SESSION* TlsContext::onWantedSession(SSL*, const unsigned char* id, int size, int* copies) {
  *copies = 0;
  SessionCache* sessions = RecordBio::user().context_->sessions_.get();
  if (sessions == nullptr || size <= 0) return nullptr;
  std::string session = sessions->find({id, static_cast<size_t>(size)}, wallNow());
  if (session.empty()) return nullptr;
  const auto* bytes = reinterpret_cast<const unsigned char*>(session.data());
  return d2i_SSL_SESSION(nullptr, &bytes, static_cast<long>(session.size()));
}

// RFC 5246 7.2.2: after a fatal alert it is not resumed again.
void TlsContext::onBadSession(SSL_CTX* context, SSL_SESSION* session) {
  const auto& self = *static_cast<const TlsContext*>(SSL_CTX_get_app_data(context));
  unsigned size = 0;
  const unsigned char* id = SSL_SESSION_get_id(session, &size);
  self.sessions_->erase({id, size});
}

// OpenSSL's way to know a repetition is to take each ticket once, in one process' memory. Instead only requests that
// may be repeated are served (RFC 8470).
void TlsContext::useEarlyData() {
  SSL_CTX_set_max_early_data(context_, kMostEarlyData);
  SSL_CTX_set_recv_max_early_data(context_, kMostEarlyData);
  SSL_CTX_set_options(context_, SSL_OP_NO_ANTI_REPLAY);
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

void TlsContext::useFetchedResponses(const TlsEnvironment* environment) {
  if (environment == nullptr || !environment->stapledResponses()) return;
  responses_ = environment->stapledResponses();
  for (long more = SSL_CTX_set_current_cert(context_, SSL_CERT_SET_FIRST); more == 1;
       more = SSL_CTX_set_current_cert(context_, SSL_CERT_SET_NEXT))
    if (X509* own = SSL_CTX_get0_certificate(context_)) fetched_.push_back({own, OcspSubject::keyOf(own), {}, {}});
  SSL_CTX_set_tlsext_status_cb(context_, onStatusRequest);
  SSL_CTX_set_tlsext_status_arg(context_, this);
}

std::string_view TlsContext::fetchedResponse(const X509* certificate) const {
  constexpr std::chrono::seconds kLook{1};
  auto own =
      std::find_if(fetched_.begin(), fetched_.end(), [&](const auto& each) { return each.certificate == certificate; });
  if (own == fetched_.end()) return {};
  WallTime now = wallNow();
  if (now - own->looked < kLook && now >= own->looked) return own->response;
  own->response = responses_->find(own->key, now);
  own->looked = now;
  return own->response;
}

int TlsContext::onStatusRequest(SSL* ssl, void* self) {
  const auto& context = *static_cast<const TlsContext*>(self);
  std::string_view response = context.stapled_;
  if (response.empty()) response = context.fetchedResponse(SSL_get_certificate(ssl));
  if (response.empty()) return SSL_TLSEXT_ERR_NOACK;
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(response.data(), response.size()));
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));
  return SSL_TLSEXT_ERR_OK;
}

void TlsContext::useProtocols(const std::vector<std::string>& protocols) {
  if (protocols.empty()) return;
  for (const std::string& protocol : protocols)
    protocols_.append(1, static_cast<char>(protocol.size())).append(protocol);
  SSL_CTX_set_alpn_select_cb(context_, onProtocols, this);
}

// RFC 7301 3.2: who offers protocols and none of ours is refused, lest it speaks to another than it thinks (ALPACA).
int TlsContext::onProtocols(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                            unsigned offered_size, void* self) {
  const std::string& ours = static_cast<TlsContext*>(self)->protocols_;
  unsigned char* match = nullptr;
  int found = SSL_select_next_proto(&match, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                    static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = match;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int TlsContext::onClientHello(SSL* ssl, int* alert, void*) {
  TlsStream& stream = RecordBio::user();
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
  SSL_set_max_early_data(ssl, SSL_CTX_get_max_early_data(context_));
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
