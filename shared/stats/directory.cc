// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/directory.h"

#include <sched.h>

#include <cerrno>
#include <cstring>

namespace weir {
namespace {

// A creation takes about a microsecond; whoever still has no lock after so many turns met a stopped process.
constexpr int kLockTries = 100;

void makeShared(pthread_mutex_t* mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

}  // namespace

void Directory::initialise() {
  makeShared(&mutex_);
  next_cell_ = kScrapCells;
  for (const MetricRow& metric : kMetrics) {
    if (!metric.hasCells()) continue;
    const SeriesKey key(LabelValues(metric.givenLabels(), kOther));
    const uint32_t row = append(metric.metric, key, key.hash(metric.metric));
    link(row);
    other_[static_cast<size_t>(metric.metric)] = row;
    family_size_[static_cast<size_t>(metric.metric)] = 0;
  }
}

// A row is never removed or moved, so a hit without the lock is final; a miss may be out of date.
Lookup Directory::find(Metric metric, const SeriesKey& key) {
  const uint64_t hash = key.hash(metric);
  if (const Entry* entry = search(metric, key, hash)) return {entry->index, true};
  if (!tryLock()) return {overflow(metric), false};
  const Lookup found = findOrCreate(metric, key, hash);
  unlock();
  return found;
}

Lookup Directory::findOrCreate(Metric metric, const SeriesKey& key, uint64_t hash) {
  // Another process may have created it since the search without the lock.
  if (const Entry* entry = search(metric, key, hash)) return {entry->index, true};
  if (!hasRoom(metric, key)) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return {overflow(metric), true};
  }
  const uint32_t row = append(metric, key, hash);
  link(row);
  return {entries_[row].index, true};
}

// Linear probing ends because the index is never more than half full. The acquire pairs with the release in link(): who
// sees a row's number sees the whole row.
const Directory::Entry* Directory::search(Metric metric, const SeriesKey& key, uint64_t hash) const {
  for (uint32_t at = hash % kIndexSize;; at = (at + 1) % kIndexSize) {
    const uint32_t linked = index_[at].load(std::memory_order_acquire);
    if (linked == kEmpty) return nullptr;
    const Entry& entry = entries_[linked - 1];
    if (matches(entry, metric, key, hash)) return &entry;
  }
}

bool Directory::matches(const Entry& entry, Metric metric, const SeriesKey& key, uint64_t hash) const {
  return entry.hash == hash && entry.metric == metric &&
         std::string_view(text_ + entry.text, entry.text_size) == key.text();
}

bool Directory::hasRoom(Metric metric, const SeriesKey& key) const {
  return family_size_[static_cast<size_t>(metric)] < rowOf(metric).cap && next_text_ + key.text().size() <= kTextSize;
}

CellIndex Directory::overflow(Metric metric) {
  overflowed_[static_cast<size_t>(metric)].store(true, std::memory_order_relaxed);
  return entries_[other_[static_cast<size_t>(metric)]].index;
}

// Room is taken before the row is counted: a death in between wastes some, and shows nothing.
uint32_t Directory::append(Metric metric, const SeriesKey& key, uint64_t hash) {
  const uint32_t row = size_.load(std::memory_order_relaxed);
  const auto text_size = static_cast<uint16_t>(key.text().size());
  entries_[row] = Entry{hash, next_cell_, next_text_, text_size, metric};
  std::memcpy(text_ + next_text_, key.text().data(), text_size);
  next_cell_ += rowOf(metric).cells();
  next_text_ += text_size;
  ++family_size_[static_cast<size_t>(metric)];
  size_.store(row + 1, std::memory_order_release);
  return row;
}

void Directory::link(uint32_t row) {
  uint32_t at = entries_[row].hash % kIndexSize;
  while (index_[at].load(std::memory_order_relaxed) != kEmpty) at = (at + 1) % kIndexSize;
  index_[at].store(row + 1, std::memory_order_release);
}

// Gives up after some tens of microseconds. Yielding lets a holder that was preempted on this core go on.
bool Directory::tryLock() {
  for (int tries = 0; tries < kLockTries; ++tries) {
    const int code = pthread_mutex_trylock(&mutex_);
    if (code == 0) return true;
    if (code == EOWNERDEAD) {
      recover();
      pthread_mutex_consistent(&mutex_);
      return true;
    }
    sched_yield();
  }
  return false;
}

// The dead holder may have counted its row without linking it; every earlier row is linked.
void Directory::recover() {
  const uint32_t last = size() - 1;
  uint32_t at = entries_[last].hash % kIndexSize;
  for (; index_[at].load(std::memory_order_relaxed) != kEmpty; at = (at + 1) % kIndexSize)
    if (index_[at].load(std::memory_order_relaxed) == last + 1) return;
  link(last);
}

Directory::Row Directory::row(uint32_t i) const {
  const Entry& entry = entries_[i];
  return {entry.metric, std::string_view(text_ + entry.text, entry.text_size), entry.index};
}

bool Directory::shown(uint32_t i) const {
  const auto family = static_cast<size_t>(entries_[i].metric);
  if (other_[family] != i || kMetrics[family].givenLabels() == 0) return true;
  return overflowed_[family].load(std::memory_order_relaxed);
}

}  // namespace weir
