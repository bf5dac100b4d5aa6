// SPDX-License-Identifier: Apache-2.0
#pragma once
// CellCache: remembers which cell counts for a small number (a status code, a Cause), so that the directory of series
// is asked once for each. Fixed size: what comes when it is full is looked up every time.

#include <array>
#include <cstddef>
#include <cstdint>

#include "shared/stats/cell.h"

namespace weir {

template <size_t kRows>
class CellCache {
 public:
  static constexpr CellIndex kUnknown = ~CellIndex{0};

  CellIndex find(uint16_t key) const {
    for (size_t i = 0; i < size_; ++i)
      if (keys_[i] == key) return cells_[i];
    return kUnknown;
  }
  // REQUIRES: find(key) == kUnknown
  void remember(uint16_t key, CellIndex cell) {
    if (size_ == kRows) return;
    keys_[size_] = key;
    cells_[size_++] = cell;
  }

 private:
  std::array<uint16_t, kRows> keys_;
  std::array<CellIndex, kRows> cells_;
  size_t size_ = 0;
};

}  // namespace weir
