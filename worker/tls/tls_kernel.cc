// SPDX-License-Identifier: Apache-2.0
// How a TlsStream hands its sending direction to the kernel, and what OpenSSL still says after that.
#include <cerrno>
#include <optional>

#include "shared/stats/slot.h"
#include "worker/tls/kernel_keys.h"
#include "worker/tls/kernel_sending.h"
#include "worker/tls/openssl.h"
#include "worker/tls/tls_environment.h"
#include "worker/tls/tls_stream.h"

namespace weir {

// During the handshake, when what is sent changes its keys. They are made use of much later, if ever: so each record
// that OpenSSL makes until then is counted.
void TlsStream::noteKeys(const void* crypto_info) {
  std::optional<KernelKeys> keys = client_ ? std::nullopt : KernelKeys::of(crypto_info);
  kernel_keys_ = keys ? std::make_unique<KernelKeys>(*keys) : nullptr;
  SSL_set_msg_callback_arg(ssl_, this);
  SSL_set_msg_callback(ssl_, onMessage);
}

void TlsStream::onMessage(int sent, int, int type, const void* bytes, size_t size, SSL*, void* self) {
  if (sent == 1) static_cast<TlsStream*>(self)->noteSent(type, {static_cast<const char*>(bytes), size});
}

// For each record its header comes by, and what is no data also as it is before it is encrypted.
void TlsStream::noteSent(int type, std::string_view bytes) {
  bool new_keys = type == SSL3_RT_HANDSHAKE && !bytes.empty() && bytes[0] == SSL3_MT_KEY_UPDATE;
  if (kernel_keys_ && type == SSL3_RT_HEADER) kernel_keys_->advance();
  if (kernel_keys_ && new_keys) kernel_keys_.reset();
  // The record that OpenSSL has made of it is thrown away: its keys are the kernel's, and so are their numbers.
  if (kernel_ && type == SSL3_RT_ALERT) kernel_->sendControl(SSL3_RT_ALERT, bytes);
}

// Once: what does not work is not tried again. Not while anything is on its way that was encrypted here, nor before the
// handshake is over, and not when the client wants other keys (RFC 8446 4.6.3), which come with the next record.
bool TlsStream::handOver() {
  if (!kernel_keys_ || held_ || unreported_ > 0 || !established_ || early() || broken_) return false;
  if (SSL_get_key_update_type(ssl_) != SSL_KEY_UPDATE_NONE) return false;
  std::unique_ptr<KernelKeys> keys = std::move(kernel_keys_);
  if (!environment_.kernelTls().takes(*keys)) return false;
  kernel_ = KernelSending::begin(environment_.loop(), *tcp_, *keys);
  if (kernel_) stats::add(environment_.segment().series(Metric::TlsKtlsConnectionsTotal, {}));
  return kernel_ != nullptr;
}

// The client demands that what is sent changes its keys, which kernels before 6.14 cannot; and to go on with the old
// ones is not allowed.
IoResult TlsStream::refuseNewKeys() {
  constexpr char kInternalError[] = {SSL3_AL_FATAL, SSL_AD_INTERNAL_ERROR};
  if (!broken_) kernel_->sendControl(SSL3_RT_ALERT, {kInternalError, sizeof kInternalError});
  tcp_->shutdownSend();
  broken_ = true;
  more_ = true;
  error_ = EPROTO;
  return failed();
}

}  // namespace weir
