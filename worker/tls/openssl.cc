// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/openssl.h"

#include <cstring>

namespace weir::openssl {

std::string takeError() {
  unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "error " + std::to_string(code) : reason;
}

}  // namespace weir::openssl
