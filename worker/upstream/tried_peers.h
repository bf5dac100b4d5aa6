// SPDX-License-Identifier: Apache-2.0
#pragma once
// TriedPeers: which peers of a PeerSet an exchange has tried; belongs to the exchange, goes with that set only.
// Up to 64 peers it allocates nothing.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {

class TriedPeers {
 public:
  bool has(size_t index) const { return index < 64 ? (first_ >> index & 1) != 0 : hasMore(index); }
  void add(size_t index) {
    if (index < 64) {
      first_ |= bit(index);
      return;
    }
    if (more_.size() < index / 64) more_.resize(index / 64);
    more_[index / 64 - 1] |= bit(index);
  }
  // May be tried again: it was only the connection that was stale.
  void remove(size_t index) {
    if (index < 64) {
      first_ &= ~bit(index);
    } else if (index / 64 <= more_.size()) {
      more_[index / 64 - 1] &= ~bit(index);
    }
  }
  void clear() {
    first_ = 0;
    more_.clear();
  }

 private:
  static uint64_t bit(size_t index) { return uint64_t{1} << (index % 64); }
  bool hasMore(size_t index) const { return index / 64 <= more_.size() && (more_[index / 64 - 1] & bit(index)) != 0; }

  uint64_t first_ = 0;
  std::vector<uint64_t> more_;
};

}  // namespace weir
