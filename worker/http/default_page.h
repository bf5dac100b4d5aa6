// SPDX-License-Identifier: Apache-2.0
#pragma once
// What weir answers a status with when nobody has said more.

#include <cstdint>

namespace weir {

class Exchange;

// Responds with what error_page gives for it, else with a small HTML page that says the status (and, with
// server_tokens, who says it).
void respondDefault(Exchange& exchange, uint16_t status);

}  // namespace weir
