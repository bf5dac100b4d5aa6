// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/openssl.h"

#include <cstring>

namespace weir::openssl {
namespace {

// The key itself belongs to the SSL; a type that is set anew empties it.
void empty(EVP_PKEY* key) {
  EVP_PKEY_set_type(key, EVP_PKEY_get_base_id(key));
  EVP_PKEY_free(key);
}

}  // namespace

std::string takeError() {
  unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "error " + std::to_string(code) : reason;
}

void forgetKeyShares(SSL* ssl) {
  EVP_PKEY* key = nullptr;
  if (SSL_get_tmp_key(ssl, &key) == 1) empty(key);
  if (SSL_get_peer_tmp_key(ssl, &key) == 1) empty(key);
  ERR_clear_error();
}

}  // namespace weir::openssl
