// SPDX-License-Identifier: Apache-2.0
#pragma once
// The page that weir answers a status with when the configuration names none.

#include <cstdint>

namespace weir {

class Exchange;

// Responds with a small HTML page that says the status (and, with server_tokens, who says it).
void respondDefault(Exchange& exchange, uint16_t status);

}  // namespace weir
