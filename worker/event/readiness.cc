// SPDX-License-Identifier: Apache-2.0
#include "worker/event/readiness.h"

#include <event2/event.h>

#include <utility>

#include "worker/event/loop.h"

namespace weir {

Readiness::Readiness(EventLoop& loop, Fd fd, Interest interest, Start start) : fd_(std::move(fd)) {
  constexpr short kRead = EV_READ | EV_CLOSED | EV_ET | EV_PERSIST;
  short events = interest == Interest::Read ? kRead : kRead | EV_WRITE;
  event_assign(&event_, loop.base(), fd_.get(), events, onEvent, this);
  if (start == Start::Watched)
    watch();
  else
    readable_ = writable_ = true;
}

void Readiness::watch() {
  if (std::exchange(watched_, true)) return;
  event_add(&event_, nullptr);
}

Readiness::~Readiness() {
  if (fd_) event_del(&event_);
}

Fd Readiness::release() {
  event_del(&event_);
  return std::move(fd_);
}

void Readiness::onEvent(int, short what, void* self) noexcept {
  auto& readiness = *static_cast<Readiness*>(self);
  if (what & EV_READ) readiness.readable_ = true;
  if (what & EV_WRITE) readiness.writable_ = true;
  // libevent reports an error (EPOLLERR, EPOLLHUP alone) as both readable and writable: the call that is tried says it.
  if (what & EV_CLOSED) readiness.readable_ = readiness.hangup_ = true;
  if (readiness.listener_ != nullptr) readiness.listener_->onReady();
}

}  // namespace weir
