// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/udp_session.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "worker/codec/proxy_protocol.h"
#include "worker/stream/udp_listener.h"
#include "worker/upstream/host_port.h"

namespace weir {
namespace {

Fd openSocket(int family) { return Fd(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

bool bindTo(int fd, const Address& address) {
  sockaddr_storage storage;
  socklen_t size = address.toSockaddr(storage);
  return ::bind(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0;
}

bool connectTo(int fd, const Address& address) {
  sockaddr_storage storage;
  socklen_t size = address.toSockaddr(storage);
  return ::connect(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0;
}

Cause causeOf(int os_error) {
  switch (os_error) {
    case ECONNREFUSED:
      return Cause::ConnectRefused;
    case EMFILE:
    case ENFILE:
      return Cause::OutOfDescriptors;
    default:
      return Cause::ConnectFailed;
  }
}

// Those that say that nobody is there, and not just that this datagram did not go.
bool isFailure(int os_error) {
  return os_error == ECONNREFUSED || os_error == EHOSTUNREACH || os_error == ENETUNREACH || os_error == EPERM;
}

}  // namespace

UdpSession::Terms UdpSession::termsOf(const StreamSettings& settings) {
  return {settings.proxy_timeout, settings.proxy_responses.value, settings.proxy_requests, settings.proxy_protocol};
}

void UdpSession::Side::open(EventLoop& loop, Fd fd) {
  if (!session_.terms_.countsDatagrams()) DatagramBatch::allowTrains(fd.get());
  socket_ = std::make_unique<Readiness>(loop, std::move(fd), Readiness::Interest::Read);
  socket_->setListener(this);
}

UdpSession::UdpSession(UdpListener& listener, const UdpKey& key, const Address& client, const Address& local)
    : listener_(listener),
      runtime_(listener.runtime()),
      service_(&listener.service()),
      key_(key),
      terms_(termsOf(service_->settings())),
      record_(listener.environment().services.loop),
      peer_(*this, &UdpSession::readPeer),
      client_(*this, &UdpSession::readClient),
      quiet_(listener.environment().services.loop, *this) {
  record_.udp = true;
  record_.number = listener.environment().services.connections.number();
  record_.client = record_.connected = client;
  record_.local = local.family() == AF_UNSPEC ? listener.address() : withPort(local, listener.address().port());
}

EventLoop& UdpSession::loop() { return listener_.environment().services.loop; }
DatagramBatch& UdpSession::batch() { return listener_.environment().batch; }

bool UdpSession::start() {
  if (!service_->takePlace(record_)) {
    stats::add(listener_.metrics().rejected_limit);
    listener_.datagrams().dropped(DatagramDrop::LimitConn, 1);
    return end(Cause::TooManyConnections), false;
  }
  upstream_ = service_->upstreamFor(record_);
  if (upstream_) record_.upstream = upstream_->name();
  std::string scratch;
  TriedPeers none;
  if (upstream_) lease_ = upstream_->lease(upstream_->peers(), {now(), none, service_->hashKey(record_, scratch)});
  if (!lease_) {
    listener_.datagrams().dropped(DatagramDrop::NoPeer, 1);
    return end(Cause::NoLivePeer), false;
  }
  record_.attempts.push_back({lease_.peer(), now()});
  if (!connectPeer()) return false;
  // One that ends soon anyway needs no socket of its own.
  if (!terms_.responses && terms_.requests == 0) connectClient();
  return true;
}

bool UdpSession::connectPeer() {
  const Address& to = lease_.peer()->address();
  const auto& bind = service_->connectOptions().bind;
  Fd fd = openSocket(to.family());
  if (fd && (!bind || bindTo(fd.get(), *bind)) && connectTo(fd.get(), to)) {
    record_.attempts.back().connected = now();
    peer_.open(loop(), std::move(fd));
    return true;
  }
  int error = errno;
  listener_.datagrams().dropped(fd ? DatagramDrop::Unreachable : DatagramDrop::Descriptors, 1);
  lease_.failed(now(), causeOf(error));
  return end(causeOf(error)), false;
}

// Without it (no descriptor, or no right to the port) datagrams go on coming by the listener.
void UdpSession::connectClient() {
  int on = 1, off = 0;
  Fd fd = openSocket(record_.local.family());
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) return;
  if (record_.local.family() == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (!bindTo(fd.get(), record_.local) || !connectTo(fd.get(), record_.client)) return;
  client_.open(loop(), std::move(fd));
}

void UdpSession::fromClient(size_t first, size_t last) {
  size_t end = shareOf(first, last), bytes = 0;
  for (size_t i = first; i < end; ++i) bytes += batch().bytes(i).size();
  requests_ += batch().datagrams(first, end);
  record_.received += bytes;
  stats::add(listener_.metrics().bytes_in, static_cast<int64_t>(bytes));
  if (requests_ > 1) listener_.confirm(*this);
  quiet_.armIn(terms_.timeout);
  toPeer(first, end);
  // Answers still come to this session; the client's next datagram begins another one.
  if (!over_ && requests_ == terms_.requests) listener_.detach(*this);
  if (!over_) endIfDone();
  for (size_t i = end; i < last; ++i) listener_.takeStray(i, record_.local);
}

size_t UdpSession::shareOf(size_t first, size_t last) const {
  return terms_.requests == 0 ? last : std::min<size_t>(last, first + terms_.requests - requests_);
}

void UdpSession::toPeer(size_t first, size_t last) {
  if (terms_.header != ProxyProtocol::Off && !std::exchange(headed_, true)) sendHeaded(first++);
  while (first < last && !over_) {
    auto sent = batch().send(peer_.socket().fd(), first, last, nullptr);
    for (size_t i = first; i < first + sent.count; ++i) record_.upstream_sent += batch().bytes(i).size();
    first += sent.count;
    if (sent.count > 0) continue;
    if (!sendFailed(sent.os_error, batch().datagrams(first))) return;
    ++first;
  }
}

// S-51: once, in the first datagram of the session.
void UdpSession::sendHeaded(size_t i) {
  std::array<char, kWrittenProxyHeader> room;
  size_t size = terms_.header == ProxyProtocol::V1
                    ? writeProxyHeaderV1(record_.client, record_.local, room)
                    : writeProxyHeaderV2(record_.client, record_.local, ProxyTransport::Datagram, room);
  int error = DatagramBatch::sendJoined(peer_.socket().fd(), {room.data(), size}, batch().bytes(i));
  if (error != 0) return void(sendFailed(error, 1));
  record_.upstream_sent += size + batch().bytes(i).size();
}

bool UdpSession::sendFailed(int os_error, size_t datagrams) {
  listener_.datagrams().dropped(dropOf(os_error), datagrams);
  if (!isFailure(os_error)) return true;
  peerFailed({causeOf(os_error), os_error});
  return false;
}

void UdpSession::run() {
  if (client_.isOpen()) readClient();
  if (!over_) readPeer();
}

void UdpSession::readPeer() {
  if (over_) return;
  for (int i = 0; i < kBatches && !over_; ++i) {
    if (!peer_.socket().readable()) return;
    batch().clear();
    auto got = batch().receive(peer_.socket().fd());
    if (got.drained) peer_.socket().strikeReadable();
    if (got.count > 0) toClient();
    if (got.os_error != 0 && !got.drained) peerFailed({causeOf(got.os_error), got.os_error});
  }
  if (!over_) loop().post(*this);
}

void UdpSession::readClient() {
  if (over_) return;
  for (int i = 0; i < kBatches && !over_; ++i) {
    if (!client_.socket().readable()) return;
    batch().clear();
    auto got = batch().receive(client_.socket().fd());
    if (got.drained) client_.socket().strikeReadable();
    // An error is that of an answer which found the client gone; it may come back.
    fromClientSocket();
    settled_ |= got.drained;
  }
  if (!over_) loop().post(*this);
}

void UdpSession::fromClientSocket() {
  size_t count = batch().size(), own = count;
  if (!settled_) {
    auto is_own = [&](size_t i) {
      UdpKey key = UdpKey::of(batch().name(i), {});
      key.local = key_.local;
      return key == key_;
    };
    for (own = 0; own < count && is_own(own);) ++own;
  }
  if (own > 0) {
    listener_.datagrams().received(batch().datagrams(0, own));
    fromClient(0, own);
  }
  for (size_t i = own; i < count; ++i) listener_.takeStray(i, record_.local);
}

void UdpSession::toClient() {
  size_t count = batch().size(), bytes = 0;
  for (size_t i = 0; i < count; ++i) bytes += batch().bytes(i).size();
  if (responses_ == 0) lease_.succeeded();
  responses_ += batch().datagrams(0, count);
  record_.upstream_received += bytes;
  quiet_.armIn(terms_.timeout);
  sendToClient(count);
  stats::add(listener_.metrics().bytes_out, static_cast<int64_t>(bytes));
  endIfDone();
}

void UdpSession::sendToClient(size_t count) {
  bool own = client_.isOpen();
  int fd = own ? client_.socket().fd() : listener_.fd();
  DatagramBatch::Destination client;
  if (!own) client = destination();
  for (size_t first = 0; first < count;) {
    auto sent = fd < 0 ? DatagramBatch::Sent{0, ENOTCONN} : batch().send(fd, first, count, own ? nullptr : &client);
    for (size_t i = first; i < first + sent.count; ++i) record_.sent += batch().bytes(i).size();
    listener_.datagrams().sent(batch().datagrams(first, first + sent.count));
    first += sent.count;
    if (sent.count > 0) continue;
    listener_.datagrams().dropped(dropOf(sent.os_error), batch().datagrams(first));
    ++first;
  }
}

// By the listener's socket, from the address that the client asked.
DatagramBatch::Destination UdpSession::destination() const {
  DatagramBatch::Destination to{};
  to.size = record_.client.toSockaddr(to.to);
  if (listener_.address().isWildcard()) to.local = record_.local;
  return to;
}

bool UdpSession::answered() const { return !terms_.responses || responses_ >= *terms_.responses * requests_; }

void UdpSession::endIfDone() {
  if (terms_.responses && answered()) end(Cause::None);
}

void UdpSession::onDeadline(Deadline&) {
  if (answered()) return end(Cause::None);
  lease_.failed(now(), Cause::UpstreamReadTimeout);
  end(Cause::UpstreamReadTimeout);
}

// An answer of the network that the peer is not there; what was sent is not sent again.
void UdpSession::peerFailed(Failure failure) {
  lease_.failed(now(), failure.cause);
  end(failure.cause);
}

void UdpSession::giveWay() { end(Cause::TooManySessions); }

void UdpSession::close() { end(Cause::ShuttingDown); }

void UdpSession::leaveListener() {
  if (!client_.isOpen()) connectClient();
}

void UdpSession::releaseRuntime() {
  runtime_ = listener_.runtime();
  service_ = &listener_.service();
}

void UdpSession::end(Cause cause) {
  if (std::exchange(over_, true)) return;
  record_.cause = cause;
  Task::unlink();
  quiet_.disarm();
  lease_.end();
  service_->log(record_);
  listener_.streamMetrics().ended(record_);
  listener_.remove(*this);
}

}  // namespace weir
