// SPDX-License-Identifier: Apache-2.0
#include "worker/net/proxy_acceptor.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "shared/base/log.h"
#include "shared/base/recycled.h"
#include "shared/stats/slot.h"
#include "worker/codec/proxy_protocol.h"
#include "worker/event/deadline.h"

namespace weir {
namespace {

ssize_t receive(int fd, std::span<char> to, int flags) {
  ssize_t got;
  do got = ::recv(fd, to.data(), to.size(), flags | MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

// One connection's.
class ProxyAcceptor::Preface final : public Retirable,
                                     public Recycled<Preface>,
                                     public ListNode<Preface>,
                                     Readiness::Listener,
                                     Deadline::Owner {
 public:
  Preface(ProxyAcceptor& acceptor, std::unique_ptr<TcpStream> stream, const Address& proxy, Milliseconds limit)
      : acceptor_(acceptor), stream_(std::move(stream)), client_{proxy, nullptr}, limit_(acceptor.loop_, *this) {
    stream_->setListener(this);
    limit_.armIn(limit);
  }

  void hurry(Milliseconds grace) { limit_.armIn(grace); }
  void fail(Fault fault);

 private:
  void onReady() override;
  void onDeadline(Deadline&) override { fail(Fault::Timeout); }
  void finish(const ProxyHeader& header);
  void leave();

  ProxyAcceptor& acceptor_;
  std::unique_ptr<TcpStream> stream_;
  Client client_;
  Deadline limit_;
};

// Looked at before it is taken: what follows belongs to somebody else. More of it makes another edge.
void ProxyAcceptor::Preface::onReady() {
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

// Reports nothing any more, whatever the loop still has for it in this turn.
void ProxyAcceptor::Preface::leave() {
  limit_.disarm();
  stream_->setListener(nullptr);
  acceptor_.over(*this);
}

void ProxyAcceptor::Preface::finish(const ProxyHeader& header) {
  leave();
  if (header.has_addresses)
    client_.proxied = std::make_unique<ProxiedAddresses>(ProxiedAddresses{header.source, header.destination});
  acceptor_.owner_.onProxied(std::move(stream_), std::move(client_));
}

void ProxyAcceptor::Preface::fail(Fault fault) {
  constexpr std::array<const char*, 5> kWhy{"the connection ended before it", "something else came",
                                            "it did not come in time", "its sender is not trusted",
                                            "the worker is ending"};
  leave();
  WEIR_LOG(Info, "bad_proxy_header: {}, client: {}, listener: {}", kWhy[static_cast<size_t>(fault)],
           client_.address.toString(), acceptor_.name_);
  stats::add(acceptor_.metrics_.rejected_proxy_protocol);
  acceptor_.owner_.onNotProxied(std::move(stream_), std::move(client_), fault);
}

ProxyAcceptor::ProxyAcceptor(EventLoop& loop, const Address& listener, ListenerMetrics& metrics, Owner& owner)
    : loop_(loop), name_(listener.toString()), metrics_(metrics), owner_(owner) {}

ProxyAcceptor::~ProxyAcceptor() {
  while (!prefaces_.empty()) prefaces_.front().fail(Fault::Stopped);
}

void ProxyAcceptor::begin(std::unique_ptr<TcpStream> stream, const Address& proxy, bool trusted, Milliseconds limit) {
  auto* preface = new Preface(*this, std::move(stream), proxy, limit);
  prefaces_.pushBack(*preface);
  if (!trusted) preface->fail(Fault::Untrusted);
}

bool ProxyAcceptor::evict() {
  if (prefaces_.empty()) return false;
  prefaces_.front().fail(Fault::Timeout);
  return true;
}

void ProxyAcceptor::hurry(Milliseconds grace) {
  prefaces_.each([grace](Preface& preface) { preface.hurry(grace); });
}

void ProxyAcceptor::over(Preface& preface) {
  preface.unlink();
  loop_.retire(std::unique_ptr<Retirable>(&preface));
}

}  // namespace weir
