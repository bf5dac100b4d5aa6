// SPDX-License-Identifier: Apache-2.0
#pragma once
// LookupWaits: which lookups of an exchange may be left to the DiskThread: each key once, and not without end. On file
// systems that keep no names in memory, looking again finds as little as before.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace weir {

class LookupWaits {
 public:
  static constexpr uint8_t kMost = 8;

  bool mayWait(std::string_view key) const {
    return count_ == 0 || (count_ < kMost && std::hash<std::string_view>()(key) != last_);
  }
  void waitsFor(std::string_view key) {
    ++count_;
    last_ = std::hash<std::string_view>()(key);
  }
  void waitNoMore() { count_ = kMost; }

 private:
  uint8_t count_ = 0;
  size_t last_ = 0;
};

}  // namespace weir
