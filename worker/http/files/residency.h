// SPDX-License-Identifier: Apache-2.0
#pragma once
// Residency: which pieces of a file were in the page cache when somebody last looked, so that a file that many send is
// not looked at again for each of them. A look costs a system call; what it told is believed for a second.

#include <cstdint>
#include <vector>

#include "shared/base/clock.h"

namespace weir {

// Whether reading these bytes would not wait, as far as a look at some of them tells; true where the system cannot say.
// REQUIRES: size > 0
bool isInMemory(int file, uint64_t from, uint64_t size);

class Residency {
 public:
  static constexpr uint64_t kPiece = 1 << 20;

  // As isInMemory(), of one and the same file each time; looks only at pieces that nobody has looked at a moment ago.
  bool covers(int file, uint64_t from, uint64_t size, Instant now);

 private:
  static constexpr Milliseconds kStaysInMemory{1000};
  static constexpr uint64_t kWord = 64;
  static constexpr uint64_t kMostPieces = 65536;  // what lies behind them (64 GiB) is looked at each time

  void forgetOld(Instant now);
  bool isKnown(uint64_t piece) const;
  void remember(uint64_t piece);

  Instant since_{};
  std::vector<uint64_t> known_;  // a bit a piece
};

}  // namespace weir
