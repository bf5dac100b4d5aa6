// SPDX-License-Identifier: Apache-2.0
#pragma once
// The plain values that settings are made of.

#include <cstdint>
#include <string>

#include "shared/config/diagnostics.h"

namespace weir {

struct Size {
  uint64_t bytes = 0;
};

// A path made absolute with the prefix; empty when unset.
struct Path {
  std::string value;
};

// Text that may hold $variables; compiled by the worker.
struct TemplateText {
  std::string text;
  Origin origin;
};

}  // namespace weir
