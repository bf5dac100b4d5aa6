// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileServices: what a worker's locations that serve files share, and what outlives their configurations: caches by
// their settings, tables of types, counters. One per worker.

#include <map>
#include <string>
#include <string_view>

#include "shared/base/ref.h"
#include "shared/config/settings.h"
#include "worker/http/files/disk_thread.h"
#include "worker/http/files/mime_types.h"
#include "worker/http/files/open_file_cache.h"

namespace weir {

class EventLoop;
class Segment;

class FileServices {
 public:
  FileServices(EventLoop& loop, Segment& segment);

  EventLoop& loop() { return loop_; }

  // The cache of these settings; null when they ask for none.
  Ref<OpenFileCache> cacheFor(const ContentSettings& content);
  // Reads types_file anew when it has changed. REQUIRES: a configuration is being compiled
  Ref<const MimeTypes> typesFor(const ContentSettings& content);
  // Lets go of what no configuration uses; to be called when one has been replaced.
  void sweep();

  // Answers that send much, now.
  int& bulkAnswers() { return bulk_answers_; }
  DiskThread& disk() { return disk_; }
  void countError(int error);
  void countDiskWait() { stats::add(disk_waits_); }

 private:
  // Kept by who uses it; here only to be found again.
  template <class T>
  struct Kept {
    Ref<T> object;
    bool used = false;  // asked for since the last sweep
  };

  EventLoop& loop_;
  Segment& segment_;
  OpenFileCacheMetrics cache_metrics_;
  CellIndex disk_waits_;
  int bulk_answers_ = 0;
  DiskThread disk_;
  std::map<std::string, Kept<OpenFileCache>> caches_;
  std::map<std::string, Kept<const MimeTypes>> types_;
};

// As FileServices::typesFor(), without anything to share.
Ref<const MimeTypes> readTypes(const ContentSettings& content);

}  // namespace weir
