// SPDX-License-Identifier: Apache-2.0
#include "worker/http/proxy_preface.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace weir {
namespace {

ssize_t receive(int fd, std::span<char> to, int flags) {
  ssize_t got;
  do got = ::recv(fd, to.data(), to.size(), flags | MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

ProxyPreface::ProxyPreface(EventLoop& loop, std::unique_ptr<TcpStream> stream, const Address& proxy, Milliseconds limit,
                           Owner& owner)
    : stream_(std::move(stream)), client_{proxy, nullptr}, limit_(loop, *this), owner_(owner) {
  stream_->setListener(this);
  limit_.armIn(limit);
}

// Looked at before it is taken: what follows belongs to somebody else. More of it makes another edge.
void ProxyPreface::onReady() {
  std::array<char, kMaxProxyHeader> room;
  ssize_t there = receive(stream_->fd(), room, MSG_PEEK);
  if (there < 0 && errno == EAGAIN) return;
  if (there <= 0) return fail(Fault::Closed);
  auto parsed = parseProxyHeader({room.data(), static_cast<size_t>(there)});
  switch (parsed.status) {
    case ProxyHeaderStatus::NeedMore:
      return stream_->hangup() ? fail(Fault::Closed) : void();
    case ProxyHeaderStatus::Malformed:
      return fail(Fault::Malformed);
    case ProxyHeaderStatus::Complete:
      receive(stream_->fd(), std::span(room).first(parsed.size), 0);
      return finish(parsed.header);
  }
}

void ProxyPreface::silence() {
  limit_.disarm();
  if (stream_) stream_->setListener(nullptr);
}

void ProxyPreface::finish(const ProxyHeader& header) {
  silence();
  if (header.has_addresses)
    client_.proxied = std::make_unique<ProxiedAddresses>(ProxiedAddresses{header.source, header.destination});
  owner_.onProxied(*this, std::move(stream_), std::move(client_));
}

void ProxyPreface::fail(Fault fault) {
  silence();
  owner_.onNotProxied(*this, fault);
}

}  // namespace weir
