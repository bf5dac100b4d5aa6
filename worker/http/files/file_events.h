// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileEvents: tells when files that are held open change, are replaced or deleted (inotify). Without the system's
// consent (its limits) it tells nothing: who needs to know looks again after a time, too.

#include "shared/base/fd.h"
#include "worker/event/watch.h"

namespace weir {

class EventLoop;

class FileEvents final : FdWatch::Owner {
 public:
  static constexpr int kNone = -1;

  class Listener {
   public:
    // Once per watch, whose number is free from now on; kNone: some were lost, it may be any.
    virtual void onFileChanged(int watch) = 0;

   protected:
    ~Listener() = default;
  };

  FileEvents(EventLoop& loop, Listener& listener);
  ~FileEvents();

  // The number of the watch for the file that fd has open, the same for each of its names; kNone: there is none.
  int add(int fd);
  void remove(int watch);

 private:
  void onWatched(int fd, bool readable, bool writable) override;

  Listener& listener_;
  Fd queue_;
  FdWatch watch_;
};

}  // namespace weir
