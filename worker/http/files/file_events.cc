// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/file_events.h"

#include <fmt/core.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace weir {
namespace {

// Replaced by a rename, a file loses a link, which is a change of its attributes.
constexpr uint32_t kChanges = IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONESHOT;
constexpr int kReadsPerTurn = 16;

}  // namespace

FileEvents::FileEvents(EventLoop& loop, Listener& listener)
    : listener_(listener), queue_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), watch_(loop, queue_.get(), *this) {
  if (queue_) watch_.want(true, false);
}

FileEvents::~FileEvents() = default;

int FileEvents::add(int fd) {
  if (!queue_) return kNone;
  return ::inotify_add_watch(queue_.get(), fmt::format("/proc/self/fd/{}", fd).c_str(), kChanges);
}

void FileEvents::remove(int watch) { ::inotify_rm_watch(queue_.get(), watch); }

void FileEvents::onWatched(int fd, bool, bool) {
  alignas(inotify_event) std::array<char, 4096> bytes;
  for (int reads = 0; reads < kReadsPerTurn; ++reads) {
    ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got <= 0) return;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0)
        listener_.onFileChanged(kNone);
      else if ((event->mask & IN_IGNORED) == 0)
        listener_.onFileChanged(event->wd);
    }
  }
}

}  // namespace weir
