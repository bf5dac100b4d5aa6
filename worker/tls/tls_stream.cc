// SPDX-License-Identifier: Apache-2.0
// The stream's life, its handshake and what it receives; what it sends is in tls_send.cc.
#include "worker/tls/tls_stream.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "worker/tls/kernel_keys.h"
#include "worker/tls/kernel_sending.h"
#include "worker/tls/openssl.h"
#include "worker/tls/record_bio.h"
#include "worker/tls/tls_client_context.h"
#include "worker/tls/tls_environment.h"

namespace weir {
namespace {

constexpr uint32_t kFirstGather = 32768;

struct FaultReason {
  int reason;
  HandshakeFault fault;
};

constexpr FaultReason kReasons[]{
    {SSL_R_UNSUPPORTED_PROTOCOL, HandshakeFault::Version},
    {SSL_R_VERSION_TOO_LOW, HandshakeFault::Version},
    {SSL_R_VERSION_TOO_HIGH, HandshakeFault::Version},
    {SSL_R_UNKNOWN_PROTOCOL, HandshakeFault::Version},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, HandshakeFault::Version},
    {SSL_R_NO_SHARED_CIPHER, HandshakeFault::Cipher},
    {SSL_R_NO_SHARED_GROUPS, HandshakeFault::Cipher},
    {SSL_R_NO_SUITABLE_GROUPS, HandshakeFault::Cipher},
    {SSL_R_NO_SUITABLE_KEY_SHARE, HandshakeFault::Cipher},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, HandshakeFault::Cipher},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, HandshakeFault::Cipher},
    {SSL_R_NO_APPLICATION_PROTOCOL, HandshakeFault::Cipher},
    {SSL_R_CERTIFICATE_VERIFY_FAILED, HandshakeFault::Certificate},
    {ERR_R_MALLOC_FAILURE, HandshakeFault::Memory},
};

HandshakeFault faultOfReason(int reason) {
  for (const FaultReason& row : kReasons)
    if (row.reason == reason) return row.fault;
  return reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256 ? HandshakeFault::Alert
                                                                               : HandshakeFault::Protocol;
}

std::string_view viewOf(const char* text) { return text == nullptr ? std::string_view() : text; }

}  // namespace

TlsStream::TlsStream(TlsEnvironment& environment, std::unique_ptr<TcpStream> tcp, const TlsServerChoice& choice)
    : environment_(environment),
      tcp_(std::move(tcp)),
      context_(choice.forName({})),
      choice_(&choice),
      gather_(kFirstGather) {
  ssl_ = SSL_new(context_->native());
  if (begin()) SSL_set_accept_state(ssl_);
  if (context_->takesEarlyData()) early_ = Early::Sought;
}

TlsStream::TlsStream(TlsEnvironment& environment, std::unique_ptr<TcpStream> tcp, const Ref<TlsClientContext>& context,
                     std::string_view name, std::string session_key)
    : environment_(environment),
      tcp_(std::move(tcp)),
      client_(context),
      session_key_(std::make_unique<std::string>(std::move(session_key))),
      gather_(kFirstGather) {
  ssl_ = SSL_new(client_->native());
  if (!begin()) return;
  SSL_set_connect_state(ssl_);
  client_->prepare(ssl_, name, *session_key_);
}

TlsStream::~TlsStream() {
  if (ssl_ == nullptr) return;
  if (established_ && !broken_ && tcp_ != nullptr && sayEnd()) transmit();
  environment_.outbox().clear();
  ERR_clear_error();
  // However it ended, the session is as good as before.
  SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
}

bool TlsStream::begin() {
  if (ssl_ != nullptr && RecordBio::attach(ssl_)) return true;
  SSL_free(std::exchange(ssl_, nullptr));
  return false;
}

// ---- the handshake

TlsStream::Handshake TlsStream::shakeHands() {
  if (ssl_ == nullptr) return fault_ = HandshakeFault::Memory, Handshake::Failed;
  ERR_clear_error();
  dry_ = false;
  int error = stepHandshake();
  if (fault_ == HandshakeFault::PlainHttp) return environment_.outbox().clear(), Handshake::Failed;
  bool sent = transmit() != IoStatus::Failed;
  if (error == SSL_ERROR_NONE && sent) {
    established_ = true;
    choice_ = nullptr;
    more_ = SSL_has_pending(ssl_) != 0;
    if (!early()) openssl::forgetKeyShares(ssl_);
    return Handshake::Done;
  }
  if ((error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) && sent) return Handshake::Blocked;
  if (fault_ == HandshakeFault::None) fault_ = faultOf(error);
  broken_ = true;
  return Handshake::Failed;
}

int TlsStream::stepHandshake() {
  RecordBio::Turn turn(*this);
  int done = early_ == Early::Sought ? seekEarly() : SSL_do_handshake(ssl_);
  return done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, done);
}

// As SSL_do_handshake(): 1 when there is something to serve, be it that early data has come.
int TlsStream::seekEarly() {
  std::span<char> room = environment_.staging();
  size_t bytes = 0;
  int got = readEarly(room, bytes);
  if (early_ == Early::Finishing) {
    early_ = Early::None;
    return SSL_do_handshake(ssl_);
  }
  if (got != 1) return got;
  early_bytes_ = environment_.buffers().take(bytes);
  if (!early_bytes_) return fault_ = HandshakeFault::Memory, -1;
  early_bytes_.append({room.data(), bytes});
  return 1;
}

// As SSL_read_ex(). Early data has ended when Early::Finishing is the state.
int TlsStream::readEarly(std::span<char> to, size_t& bytes) {
  switch (SSL_read_early_data(ssl_, to.data(), to.size(), &bytes)) {
    case SSL_READ_EARLY_DATA_SUCCESS:
      early_ = Early::Reading;
      return 1;
    case SSL_READ_EARLY_DATA_FINISH:
      early_ = Early::Finishing;
      return 0;
    default:
      return 0;
  }
}

HandshakeFault TlsStream::faultOf(int error) const {
  if (error_ != 0) return HandshakeFault::Reset;
  if (eof_) return HandshakeFault::Closed;
  if (error != SSL_ERROR_SSL) return HandshakeFault::Protocol;
  return faultOfReason(ERR_GET_REASON(ERR_peek_last_error()));
}

std::string TlsStream::faultText() const {
  if (fault_ == HandshakeFault::Closed) return "the other side closed the connection";
  if (fault_ == HandshakeFault::Reset) return Error{error_, "the connection broke"}.message();
  if (fault_ == HandshakeFault::Rejected) return "ssl_reject_handshake";
  long verdict = ssl_ == nullptr ? X509_V_OK : SSL_get_verify_result(ssl_);
  if (fault_ == HandshakeFault::Certificate && verdict != X509_V_OK) {
    openssl::takeError();
    return X509_verify_cert_error_string(verdict);
  }
  return openssl::takeError();
}

std::unique_ptr<TcpStream> TlsStream::takePlain(Buffer& bytes) {
  bytes = std::move(held_);
  tcp_->setListener(nullptr);
  return std::move(tcp_);
}

// A record begins with its type, a small number; a request with the letters of its method.
bool TlsStream::looksLikeHttp(const char* bytes, size_t size) {
  if (client_ || bytes[0] < 'A' || bytes[0] > 'Z') return false;
  held_ = environment_.buffers().take(size);
  if (!held_) return false;
  held_.append({bytes, size});
  fault_ = HandshakeFault::PlainHttp;
  return true;
}

// ---- what was agreed

std::string_view TlsStream::protocol() const { return viewOf(SSL_get_version(ssl_)); }
std::string_view TlsStream::cipher() const { return viewOf(SSL_get_cipher_name(ssl_)); }
std::string_view TlsStream::serverName() const { return viewOf(SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name)); }
bool TlsStream::resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string_view TlsStream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsStream::curve() const {
  int group = static_cast<int>(SSL_get_negotiated_group(ssl_));
  return group == NID_undef ? std::string_view() : viewOf(SSL_group_to_name(ssl_, group));
}

// ---- receiving

int TlsStream::readRecords(bio_st* bio, char* to, int size) {
  if (eof_) return 0;
  IoResult got{IoStatus::Blocked};
  if (!dry_ || tcp_->readable()) got = tcp_->recv({to, static_cast<size_t>(size)});
  dry_ = true;
  switch (got.status) {
    case IoStatus::Ok:
      if (first_read_ && looksLikeHttp(to, got.bytes)) return -1;
      first_read_ = false;
      return static_cast<int>(got.bytes);
    case IoStatus::Blocked:
      BIO_set_retry_read(bio);
      return -1;
    case IoStatus::Closed:
      eof_ = true;
      return 0;
    case IoStatus::Failed:
      error_ = got.os_error;
      return -1;
  }
  return -1;
}

IoResult TlsStream::takeEarlyBytes(std::span<char> to) {
  std::string_view bytes = early_bytes_.data().substr(0, to.size());
  std::copy(bytes.begin(), bytes.end(), to.begin());
  early_bytes_.consumed(bytes.size());
  if (early_bytes_.size() == 0) early_bytes_.release();
  return {IoStatus::Ok, bytes.size()};
}

int TlsStream::read(std::span<char> to, size_t& bytes) {
  if (early_ == Early::Reading) {
    int got = readEarly(to, bytes);
    if (early_ == Early::Reading) return got;
  }
  int got = SSL_read_ex(ssl_, to.data(), to.size(), &bytes);
  if (early_ == Early::Finishing && SSL_is_init_finished(ssl_) == 1) {
    early_ = Early::None;
    openssl::forgetKeyShares(ssl_);
  }
  return got;
}

// Until there is no more, or no room for it.
int TlsStream::fill(std::span<char> to, size_t& got) {
  RecordBio::Turn turn(*this);
  int error = SSL_ERROR_NONE;
  do {
    size_t bytes = 0;
    int done = read(to.subspan(got), bytes);
    if (done != 1) error = SSL_get_error(ssl_, done);
    got += bytes;
    more_ = done == 1 && SSL_has_pending(ssl_) != 0;
  } while (error == SSL_ERROR_NONE && got < to.size() && readable());
  return error;
}

IoResult TlsStream::recv(std::span<char> to) {
  if (early_bytes_) return takeEarlyBytes(to);
  ERR_clear_error();
  // Asked for what OpenSSL holds, it needs no system call to find that it is not a whole record.
  dry_ = more_ && !tcp_->readable();
  size_t got = 0;
  int error = fill(to, got);
  if (ending_ && !early()) shutdownSend();
  if (kernel_ && SSL_get_key_update_type(ssl_) != SSL_KEY_UPDATE_NONE) return refuseNewKeys();
  if (!environment_.outbox().empty()) transmit();  // answers of the protocol's own
  IoResult result = error == SSL_ERROR_NONE ? IoResult{IoStatus::Ok} : readFailed(error);
  return got > 0 ? IoResult{IoStatus::Ok, got} : result;
}

// An end or a failure is remembered: it shows again at the next call.
IoResult TlsStream::readFailed(int error) {
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {IoStatus::Blocked};
  more_ = true;
  if (error == SSL_ERROR_ZERO_RETURN) return {IoStatus::Closed};
  // RFC 9112 9.8: from a server that did not say so, an end may be an attacker's. Of clients it only means that they
  // have left, and many do not say so.
  broken_ = true;
  if (eof_ && !client_) return {IoStatus::Closed};
  if (error_ == 0) error_ = eof_ ? ECONNRESET : EPROTO;
  return failed();
}

}  // namespace weir
