// SPDX-License-Identifier: Apache-2.0
#pragma once
// Directory: the part of a Segment that says which cells belong to which series. It lives in shared memory, where
// zeroed memory with initialise() applied is an empty directory; any process finds without a lock and creates under a
// robust mutex that is only tried: a holder that is stopped delays nobody, one that died is recovered from.
//
// A series is never removed. It is written whole, then counted (size_), then linked in the index; a process that dies
// anywhere in between leaves nothing half-visible, and recover() links what was counted only.

#include <pthread.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/stats/cell.h"
#include "shared/stats/metrics.h"
#include "shared/stats/series_key.h"

namespace weir {

inline constexpr std::string_view kOther = "__other__";

// What a search gives: always cells to count in.
struct Lookup {
  CellIndex index = 0;
  // False: the directory was busy and __other__ stands in for now. Ask again later rather than keep the answer.
  bool settled = true;
};

class Directory {
 public:
  struct Row {
    Metric metric;
    std::string_view key;  // valid as long as the directory
    CellIndex index;
  };

  // To be called once, on zeroed memory, before any process shares it.
  void initialise();

  Lookup find(Metric metric, const SeriesKey& key);

  // Rows 0..size()-1, in order of creation.
  uint32_t size() const { return size_.load(std::memory_order_acquire); }
  Row row(uint32_t i) const;
  // Whether a row is to be shown: __other__ is not, as long as nothing was counted in it.
  bool shown(uint32_t i) const;
  // Series refused for want of room.
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  friend class DirectoryTest;

  // Caps bound everything but the text, so cells and index can not run out.
  static constexpr uint32_t kCapacity = seriesAtMost();
  static constexpr uint32_t kIndexSize = std::bit_ceil(2 * kCapacity);
  static constexpr size_t kTextSize = 192 * size_t{kCapacity};
  static constexpr uint32_t kEmpty = 0;  // index entries are row numbers plus one

  struct Entry {
    uint64_t hash;
    CellIndex index;
    uint32_t text;  // offset in text_
    uint16_t text_size;
    Metric metric;
  };

  bool tryLock();
  void unlock() { pthread_mutex_unlock(&mutex_); }
  void recover();

  const Entry* search(Metric metric, const SeriesKey& key, uint64_t hash) const;
  bool matches(const Entry& entry, Metric metric, const SeriesKey& key, uint64_t hash) const;
  bool hasRoom(Metric metric, const SeriesKey& key) const;
  CellIndex overflow(Metric metric);

  // These REQUIRE the lock.
  Lookup findOrCreate(Metric metric, const SeriesKey& key, uint64_t hash);
  uint32_t append(Metric metric, const SeriesKey& key, uint64_t hash);
  void link(uint32_t row);

  pthread_mutex_t mutex_;
  std::atomic<uint32_t> size_;
  std::atomic<uint64_t> dropped_;
  uint32_t next_cell_;
  uint32_t next_text_;
  uint32_t family_size_[kMetricCount];
  uint32_t other_[kMetricCount];  // the family's row that needs no lock: __other__, or its only one
  std::atomic<bool> overflowed_[kMetricCount];
  std::atomic<uint32_t> index_[kIndexSize];
  Entry entries_[kCapacity];
  char text_[kTextSize];
};

}  // namespace weir
