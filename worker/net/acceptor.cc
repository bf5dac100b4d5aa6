// SPDX-License-Identifier: Apache-2.0
#include "worker/net/acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "shared/base/log.h"

namespace weir {
namespace {

Fd openSpare() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Acceptor::Acceptor(EventLoop& loop, Fd listening, Owner& owner)
    : loop_(loop), owner_(owner), ready_(loop, std::move(listening)), pause_(loop, *this), spare_(openSpare()) {
  ready_.setListener(this);
}

void Acceptor::acceptQueued() {
  for (int i = 0; i < kMaxQueued && acceptOne(); ++i) {
  }
}

void Acceptor::start() {
  stopped_ = false;
  loop_.post(*this);  // what came meanwhile made its edge already
}

void Acceptor::acceptBatch() {
  if (pause_.armed()) return;
  for (int i = 0; i < kBatch; ++i) {
    if (stopped_ || !acceptOne()) return;
  }
  loop_.post(*this);  // edge-triggered: nobody will remind us of the rest
}

bool Acceptor::acceptOne() {
  sockaddr_storage remote;
  socklen_t size = sizeof remote;
  auto* address = reinterpret_cast<sockaddr*>(&remote);
  int fd = ::accept4(ready_.fd(), address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    retries_ = 0;
    owner_.onAccept(Fd(fd), address, size);
    return true;
  }
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    onNoDescriptor({errno, "out of descriptors"});
    return false;
  }
  // ECONNABORTED and the network errors that accept(2) passes on belong to one client only.
  return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINVAL && errno != EBADF;
}

// Who has no room to make may have some in a moment, when those who came last have had their chance to speak.
void Acceptor::onNoDescriptor(const Error& error) {
  bool may_help = error.code == EMFILE || error.code == ENFILE;
  if (!may_help || ++retries_ > kMaxRetries) {
    retries_ = 0;
    return shedOne(error);
  }
  for (int i = 0; i < kRoom && owner_.makeRoom(); ++i) {
  }
  pause_.armIn(kRetry);
}

void Acceptor::shedOne(const Error& error) {
  WEIR_LOG(Alert, "accept: {}; turning clients away", error.message());
  spare_.reset();
  Fd turned_away(::accept4(ready_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  turned_away.reset();
  spare_ = openSpare();
  owner_.onDescriptorsExhausted();
  pause_.armIn(kPause);
}

}  // namespace weir
