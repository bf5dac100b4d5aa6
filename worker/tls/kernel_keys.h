// SPDX-License-Identifier: Apache-2.0
#pragma once
// KernelKeys: what a kernel that speaks TLS (kTLS) needs to make a connection's next record: version, cipher, key and
// the record's number. Kept up to date while the process makes the records itself; wiped when it ends.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace weir {

class KernelKeys {
 public:
  enum class Cipher : uint8_t { Aes128Gcm, Aes256Gcm, ChaCha20Poly1305 };
  static constexpr std::array kCiphers{Cipher::Aes128Gcm, Cipher::Aes256Gcm, Cipher::ChaCha20Poly1305};
  enum class Version : uint16_t { Tls12 = 0x303, Tls13 = 0x304 };

  // From the kernel's own structure (linux/tls.h), in which OpenSSL gives them; nothing where it is of another cipher.
  static std::optional<KernelKeys> of(const void* crypto_info);
  // All zero, of any use only to try whether a kernel takes the cipher.
  static KernelKeys trial(Cipher cipher, Version version);
  ~KernelKeys();

  Cipher cipher() const;
  Version version() const;
  uint64_t sequence() const;  // of the next record
  // A record was made with them.
  void advance();
  // The kernel's structure.
  std::span<const unsigned char> bytes() const { return {bytes_.data(), layout().size}; }
  // Bytes of a record beyond the plain ones in it.
  uint32_t overhead() const;

  // The socket sends what it is given in records from now on. False: it goes on as it was.
  bool install(int socket) const;
  // That of the next record on a socket that has such keys; nothing where the kernel does not tell.
  static std::optional<uint64_t> sequenceOn(int socket, Cipher cipher, Version version);

 private:
  static constexpr size_t kMost = 56;
  struct Layout {
    uint16_t number;
    uint16_t size;
    uint16_t iv_at;
    uint16_t sequence_at;
    bool counts_nonce;  // in TLS 1.2 a part of the nonce is in each record, and counted by itself
  };
  static const Layout& layoutOf(Cipher cipher);

  KernelKeys(Cipher cipher, Version version);
  const Layout& layout() const { return layoutOf(cipher_); }
  bool explicitNonce() const;

  Cipher cipher_;
  alignas(uint64_t) std::array<unsigned char, kMost> bytes_{};
};

}  // namespace weir
