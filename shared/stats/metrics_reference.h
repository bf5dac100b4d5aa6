// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/metrics.md, written from the table of metrics.

#include <string>

namespace weir {

std::string metricsReference();

}  // namespace weir
