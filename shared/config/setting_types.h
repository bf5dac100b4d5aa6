// SPDX-License-Identifier: Apache-2.0
#pragma once
// The plain values that settings are made of.

#include <cstdint>
#include <memory>
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

// A file that the configuration names, with its content: the master reads it, the children have it in the bundle.
struct FileText {
  std::string path;                         // absolute; empty when unset
  std::shared_ptr<const std::string> text;  // shared by all sections that inherit it; null when unset
  Origin origin;

  explicit operator bool() const { return text != nullptr; }
};

// Text that may hold $variables; compiled by the worker.
struct TemplateText {
  std::string text;
  Origin origin;
};

}  // namespace weir
