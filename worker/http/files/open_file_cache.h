// SPDX-License-Identifier: Apache-2.0
#pragma once
// OpenFileCache: files that a worker keeps open, and the content of small ones, by their keys. Bounded in number and in
// memory; the longest unasked for go first. An entry is looked up again after `valid`, and gone at once when the kernel
// says that its file changed. Shared by all locations with the same settings, and found again by them after a reload.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/base/clock.h"
#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "shared/config/settings.h"
#include "shared/stats/slot.h"
#include "worker/http/files/file_events.h"
#include "worker/http/files/open_file.h"

namespace weir {

class EventLoop;

struct OpenFileCacheMetrics {
  CellIndex hits{}, misses{}, expired{};
  CellIndex files{}, bytes{};
};

class OpenFileCache final : public Counted, FileEvents::Listener {
 public:
  // Files up to this size are kept in memory: copying them is cheaper than asking the kernel to.
  static constexpr uint64_t kLoadUpTo = 64 << 10;

  struct Limits {
    OpenFileCacheSetting size;
    Milliseconds valid{60000};
    uint32_t min_uses = 1;
    bool errors = false;
    bool events = true;
  };

  OpenFileCache(EventLoop& loop, const Limits& limits, const OpenFileCacheMetrics& metrics);
  ~OpenFileCache() override;

  // What is there under the key, from memory or opened now; with a Cached lookup it may be pending.
  Ref<const OpenFile> find(const FileKey& key, Instant now, NameLookup lookup = NameLookup::Full);

  size_t size() const { return entries_.size(); }
  uint64_t bytes() const { return bytes_; }

 private:
  struct Entry : ListNode<Entry> {
    std::string key;
    Ref<OpenFile> file;  // null: not used often enough yet
    Instant checked{};
    Instant used{};
    uint32_t uses = 0;
    int watch = FileEvents::kNone;
  };

  void onFileChanged(int watch) override;

  Ref<const OpenFile> check(Entry& entry, const FileKey& key, Instant now, NameLookup lookup);
  Ref<const OpenFile> add(const FileKey& key, Instant now, NameLookup lookup);
  void fill(Entry& entry, Ref<OpenFile> file, Instant now);
  void load(OpenFile& file, const Entry& keeper);
  void clear(Entry& entry);
  void drop(Entry& entry);
  void dropOldest(Instant now);

  Limits limits_;
  OpenFileCacheMetrics metrics_;
  FileEvents events_;
  std::unordered_map<std::string_view, std::unique_ptr<Entry>> entries_;  // the keys are views of the entries'
  List<Entry> by_use_;                                                    // the longest unused first
  std::unordered_map<int, std::vector<Entry*>> by_watch_;                 // several names may be one file
  uint64_t bytes_ = 0;
};

}  // namespace weir
