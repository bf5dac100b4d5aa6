// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/kernel_keys.h"

#include <linux/tcp.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

#include <cstring>

namespace weir {
namespace {

constexpr int kTlsLevel = 282;  // SOL_TLS
constexpr uint32_t kHeader = 5, kTag = 16, kExplicitNonce = 8, kInnerType = 1;

// Numbers in big-endian order, as they are in records.
void increment(std::span<unsigned char> number) {
  for (size_t at = number.size(); at > 0; --at)
    if (++number[at - 1] != 0) return;
}

uint64_t valueOf(const unsigned char* number) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | number[i];
  return value;
}

}  // namespace

const KernelKeys::Layout& KernelKeys::layoutOf(Cipher cipher) {
  using Aes128 = tls12_crypto_info_aes_gcm_128;
  using Aes256 = tls12_crypto_info_aes_gcm_256;
  using ChaCha = tls12_crypto_info_chacha20_poly1305;
  static_assert(sizeof(Aes128) <= kMost && sizeof(Aes256) <= kMost && sizeof(ChaCha) <= kMost);
  static constexpr std::array<Layout, 3> kLayouts{{
      {TLS_CIPHER_AES_GCM_128, sizeof(Aes128), offsetof(Aes128, iv), offsetof(Aes128, rec_seq), true},
      {TLS_CIPHER_AES_GCM_256, sizeof(Aes256), offsetof(Aes256, iv), offsetof(Aes256, rec_seq), true},
      {TLS_CIPHER_CHACHA20_POLY1305, sizeof(ChaCha), offsetof(ChaCha, iv), offsetof(ChaCha, rec_seq), false},
  }};
  return kLayouts[static_cast<size_t>(cipher)];
}

KernelKeys::KernelKeys(Cipher cipher, Version version) : cipher_(cipher) {
  tls_crypto_info head{static_cast<uint16_t>(version), layout().number};
  std::memcpy(bytes_.data(), &head, sizeof head);
}

KernelKeys::~KernelKeys() { explicit_bzero(bytes_.data(), bytes_.size()); }

KernelKeys KernelKeys::trial(Cipher cipher, Version version) { return {cipher, version}; }

std::optional<KernelKeys> KernelKeys::of(const void* crypto_info) {
  tls_crypto_info head;
  std::memcpy(&head, crypto_info, sizeof head);
  if (head.version != TLS_1_2_VERSION && head.version != TLS_1_3_VERSION) return {};
  for (Cipher cipher : kCiphers) {
    if (layoutOf(cipher).number != head.cipher_type) continue;
    KernelKeys keys(cipher, static_cast<Version>(head.version));
    std::memcpy(keys.bytes_.data(), crypto_info, keys.layout().size);
    return keys;
  }
  return {};
}

KernelKeys::Cipher KernelKeys::cipher() const { return cipher_; }

KernelKeys::Version KernelKeys::version() const {
  tls_crypto_info head;
  std::memcpy(&head, bytes_.data(), sizeof head);
  return static_cast<Version>(head.version);
}

uint64_t KernelKeys::sequence() const { return valueOf(bytes_.data() + layout().sequence_at); }

bool KernelKeys::explicitNonce() const { return version() == Version::Tls12 && layout().counts_nonce; }

// A nonce that is used twice gives the key away: where it is no function of the record's number it counts along.
void KernelKeys::advance() {
  increment(std::span(bytes_).subspan(layout().sequence_at, 8));
  if (explicitNonce()) increment(std::span(bytes_).subspan(layout().iv_at, 8));
}

uint32_t KernelKeys::overhead() const {
  return kHeader + kTag + (explicitNonce() ? kExplicitNonce : 0) + (version() == Version::Tls13 ? kInnerType : 0);
}

bool KernelKeys::install(int socket) const {
  return ::setsockopt(socket, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls") == 0 &&
         ::setsockopt(socket, kTlsLevel, TLS_TX, bytes_.data(), layout().size) == 0;
}

std::optional<uint64_t> KernelKeys::sequenceOn(int socket, Cipher cipher, Version version) {
  KernelKeys there(cipher, version);
  socklen_t size = there.layout().size;
  if (::getsockopt(socket, kTlsLevel, TLS_TX, there.bytes_.data(), &size) != 0) return {};
  return there.sequence();
}

}  // namespace weir
