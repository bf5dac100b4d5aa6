// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/open_file_cache.h"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

// How many entries may go to make room for one.
constexpr int kDropsPerTurn = 16;

}  // namespace

OpenFileCache::OpenFileCache(EventLoop& loop, const Limits& limits, const OpenFileCacheMetrics& metrics)
    : limits_(limits), metrics_(metrics), events_(loop, *this) {}

OpenFileCache::~OpenFileCache() {
  while (!by_use_.empty()) drop(by_use_.front());
}

Ref<const OpenFile> OpenFileCache::find(const FileKey& key, Instant now, NameLookup lookup) {
  auto found = entries_.find(key.text());
  if (found == entries_.end()) return add(key, now, lookup);
  Entry& entry = *found->second;
  entry.unlink();
  by_use_.pushBack(entry);
  if (now - entry.used > limits_.size.inactive) entry.uses = 0;
  entry.used = now;
  ++entry.uses;
  if (!entry.file || now - entry.checked >= limits_.valid) return check(entry, key, now, lookup);
  stats::add(metrics_.hits);
  if (!entry.file->isLoaded()) load(*entry.file, entry);  // it may have had to wait for its disk before
  return entry.file;
}

// Looked up again; what is still the same file keeps its content.
Ref<const OpenFile> OpenFileCache::check(Entry& entry, const FileKey& key, Instant now, NameLookup lookup) {
  Ref<OpenFile> fresh = OpenFile::open(key, lookup);
  if (fresh->isPending()) return fresh;
  stats::add(entry.file ? metrics_.expired : metrics_.misses);
  if (entry.file && entry.file->sameAs(*fresh)) {
    entry.checked = now;
    return entry.file;
  }
  clear(entry);
  fill(entry, fresh, now);
  return fresh;
}

Ref<const OpenFile> OpenFileCache::add(const FileKey& key, Instant now, NameLookup lookup) {
  Ref<OpenFile> file = OpenFile::open(key, lookup);
  if (file->isPending()) return file;
  stats::add(metrics_.misses);
  if (file->kind() == OpenFile::Kind::Missing && !limits_.errors) return file;
  dropOldest(now);
  auto made = std::make_unique<Entry>();
  Entry& entry = *made;
  entry.key = key.text();
  entry.used = now;
  entry.uses = 1;
  by_use_.pushBack(entry);
  entries_.emplace(entry.key, std::move(made));
  stats::add(metrics_.files);
  fill(entry, file, now);
  return file;
}

void OpenFileCache::fill(Entry& entry, Ref<OpenFile> file, Instant now) {
  bool missing = file->kind() == OpenFile::Kind::Missing;
  if (entry.uses < limits_.min_uses || (missing && !limits_.errors)) return;
  if (file->isFile() && limits_.events) {
    // Before its content is read: what changes from now on is told.
    entry.watch = events_.add(file->fd());
    if (entry.watch != FileEvents::kNone) by_watch_[entry.watch].push_back(&entry);
  }
  entry.checked = now;
  load(*file, entry);
  entry.file = std::move(file);
}

void OpenFileCache::load(OpenFile& file, const Entry& keeper) {
  if (!file.isFile() || file.isLoaded() || file.size() > std::min(kLoadUpTo, limits_.size.memory.bytes)) return;
  for (int i = 0; i < kDropsPerTurn && bytes_ + file.size() > limits_.size.memory.bytes; ++i) {
    if (&by_use_.front() == &keeper) break;
    drop(by_use_.front());
  }
  if (bytes_ + file.size() > limits_.size.memory.bytes || !file.load()) return;
  bytes_ += file.size();
  stats::add(metrics_.bytes, static_cast<int64_t>(file.size()));
}

void OpenFileCache::clear(Entry& entry) {
  if (entry.file && entry.file->isLoaded()) {
    bytes_ -= entry.file->size();
    stats::add(metrics_.bytes, -static_cast<int64_t>(entry.file->size()));
  }
  entry.file = {};
  int watch = std::exchange(entry.watch, FileEvents::kNone);
  auto watched = by_watch_.find(watch);
  if (watch == FileEvents::kNone || watched == by_watch_.end()) return;
  std::erase(watched->second, &entry);
  if (!watched->second.empty()) return;
  by_watch_.erase(watched);
  events_.remove(watch);
}

void OpenFileCache::drop(Entry& entry) {
  clear(entry);
  entry.unlink();
  stats::add(metrics_.files, -1);
  entries_.erase(entries_.find(entry.key));
}

void OpenFileCache::dropOldest(Instant now) {
  for (int i = 0; i < kDropsPerTurn && !by_use_.empty(); ++i) {
    Entry& oldest = by_use_.front();
    if (entries_.size() < limits_.size.max && now - oldest.used <= limits_.size.inactive) return;
    drop(oldest);
  }
}

void OpenFileCache::onFileChanged(int watch) {
  if (watch == FileEvents::kNone) {
    while (!by_use_.empty()) drop(by_use_.front());
    return;
  }
  auto watched = by_watch_.find(watch);
  if (watched == by_watch_.end()) return;
  for (Entry* entry : std::vector<Entry*>(watched->second)) drop(*entry);
}

}  // namespace weir
