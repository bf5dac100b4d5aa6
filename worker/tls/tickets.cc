// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tickets.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

namespace weir::openssl {
namespace {

constexpr size_t kIvSize = 16;
constexpr size_t kShortFile = 48, kLongFile = 80;

const EVP_CIPHER* cipherOf(const TicketKey& key) { return key.size == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc(); }

bool setMac(EVP_MAC_CTX* mac, const TicketKey& key) {
  char digest[] = "SHA256";
  auto* bytes = const_cast<uint8_t*>(key.mac.data());
  OSSL_PARAM parameters[]{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, bytes, key.size),
                          OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                          OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

TicketKey keyOf(std::string_view bytes) {
  TicketKey key;
  bytes.copy(reinterpret_cast<char*>(key.name.data()), key.name.size());
  bool is_short = bytes.size() == kShortFile;
  key.size = is_short ? 16 : 32;
  std::string_view first = bytes.substr(16, key.size), second = bytes.substr(16 + key.size, key.size);
  (is_short ? first : second).copy(reinterpret_cast<char*>(key.cipher.data()), key.size);
  (is_short ? second : first).copy(reinterpret_cast<char*>(key.mac.data()), key.size);
  return key;
}

}  // namespace

std::vector<TicketKey> readTicketKeys(const std::vector<FileText>& files, Diagnostics& diagnostics) {
  std::vector<TicketKey> keys;
  for (const FileText& file : files) {
    if (file.text->size() == kShortFile || file.text->size() == kLongFile)
      keys.push_back(keyOf(*file.text));
    else
      diagnostics.error(file.origin, file.path + ": a ticket key has 48 or 80 bytes, and this file " +
                                         std::to_string(file.text->size()));
  }
  return keys;
}

int beginTicket(std::span<const TicketKey> keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                EVP_MAC_CTX* mac) {
  const TicketKey& key = keys.front();
  if (RAND_bytes(iv, kIvSize) != 1) return -1;
  std::memcpy(name, key.name.data(), key.name.size());
  bool ready = EVP_EncryptInit_ex(cipher, cipherOf(key), nullptr, key.cipher.data(), iv) == 1 && setMac(mac, key);
  return ready ? 1 : -1;
}

// 0: no such key, a full handshake; 2: good, and the client shall get a fresh one.
int openTicket(std::span<const TicketKey> keys, bool always_renew, const unsigned char* name, const unsigned char* iv,
               EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  auto key = std::find_if(keys.begin(), keys.end(), [name](const TicketKey& candidate) {
    return std::memcmp(candidate.name.data(), name, candidate.name.size()) == 0;
  });
  if (key == keys.end()) return 0;
  bool ready = EVP_DecryptInit_ex(cipher, cipherOf(*key), nullptr, key->cipher.data(), iv) == 1 && setMac(mac, *key);
  if (!ready) return -1;
  return key == keys.begin() && !always_renew ? 1 : 2;
}

}  // namespace weir::openssl
