// SPDX-License-Identifier: Apache-2.0
#pragma once
// Session tickets: which keys encrypt and decrypt them (RFC 5077 4). Keys come from files (ssl_session_ticket_key), or
// from the ring that the master shares with all workers.

#include <span>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "shared/ipc/ticket_keys.h"
#include "worker/tls/openssl.h"

namespace weir::openssl {

// 48 or 80 bytes, laid out as nginx reads them. What is wrong goes to diagnostics.
std::vector<TicketKey> readTicketKeys(const std::vector<FileText>& files, Diagnostics& diagnostics);

// What OpenSSL's callback does with these keys, the first of which encrypts; the results are OpenSSL's too.
int beginTicket(std::span<const TicketKey> keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                EVP_MAC_CTX* mac);
int openTicket(std::span<const TicketKey> keys, bool always_renew, const unsigned char* name, const unsigned char* iv,
               EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);

}  // namespace weir::openssl
