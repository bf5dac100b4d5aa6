// SPDX-License-Identifier: Apache-2.0
#include "worker/event/watch.h"

#include <event2/event.h>

#include "worker/event/loop.h"

namespace weir {

FdWatch::FdWatch(EventLoop& loop, int fd, Owner& owner) : loop_(loop), fd_(fd), owner_(owner) {}

FdWatch::~FdWatch() { want(false, false); }

void FdWatch::want(bool readable, bool writable) {
  auto wanted = static_cast<short>((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));
  if (wanted == wanted_) return;
  if (wanted_ != 0) event_del(&event_);
  wanted_ = wanted;
  if (wanted == 0) return;
  event_assign(&event_, loop_.base(), fd_, static_cast<short>(wanted | EV_PERSIST), onEvent, this);
  event_add(&event_, nullptr);
}

void FdWatch::onEvent(int fd, short what, void* self) noexcept {
  static_cast<FdWatch*>(self)->owner_.onWatched(fd, (what & EV_READ) != 0, (what & EV_WRITE) != 0);
}

}  // namespace weir
