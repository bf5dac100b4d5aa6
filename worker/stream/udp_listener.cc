// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/udp_listener.h"

#include <netinet/in.h>

#include <utility>

#include "worker/net/access_rules.h"

namespace weir {
namespace {

// A socket bound to any address is told by which one a datagram came, so that the answer leaves by the same.
void askForLocalAddress(int fd, const Address& address) {
  int on = 1;
  if (!address.isWildcard()) return;
  if (address.family() == AF_INET6)
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  else
    ::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

UdpKey sourceOf(UdpKey key) {
  key.port = 0;
  key.local = {};
  return key;
}

}  // namespace

UdpListener::UdpListener(UdpEnvironment& environment, const Address& address, Fd listening)
    : weir::Listener("udp:" + address.toString(), address),
      environment_(environment),
      metrics_(environment.services.segment, key(), "udp"),
      stream_metrics_(environment.services.segment, key()),
      datagrams_(environment.services.segment, key()),
      sessions_(16, environment.hash),
      sources_(16, environment.hash) {
  askForLocalAddress(listening.get(), address);
  ready_ = std::make_unique<Readiness>(environment.services.loop, std::move(listening), Readiness::Interest::Read);
  ready_->setListener(this);
}

UdpListener::~UdpListener() {
  for (auto* list : {&unconfirmed_, &confirmed_, &detached_})
    while (!list->empty()) list->front().close();
}

void UdpListener::setService(Ref<const Counted> runtime, const StreamService& service) {
  runtime_ = std::move(runtime);
  service_ = &service;
}

void UdpListener::onReady() {
  if (!linked()) run();
}

void UdpListener::run() {
  for (int i = 0; i < kBatches; ++i)
    if (!receiveBatch()) return;
  environment_.services.loop.post(*this);
}

// False: nothing more for now.
bool UdpListener::receiveBatch() {
  if (!ready_ || !ready_->readable()) return false;
  DatagramBatch& batch = environment_.batch;
  batch.clear();
  auto got = batch.receive(ready_->fd());
  if (got.drained) ready_->strikeReadable();
  for (size_t i = 0; i < batch.size();) i = dispatch(i);
  // An error belongs to an answer that did not arrive; it is read, and the next call goes on.
  return !got.drained;
}

UdpKey UdpListener::keyOf(size_t i, Address& local) const {
  const DatagramBatch& batch = environment_.batch;
  if (address().isWildcard()) local = batch.local(i);
  return UdpKey::of(batch.name(i), local);
}

size_t UdpListener::dispatch(size_t i) {
  const DatagramBatch& batch = environment_.batch;
  Address local;
  UdpKey key = keyOf(i, local);
  size_t end = i + 1;
  for (Address other; end < batch.size() && keyOf(end, other) == key; ++end) {
  }
  datagrams_.received(end - i);
  UdpSession* session = find(key);
  if (session == nullptr) session = begin(key, i, local);
  if (session != nullptr) session->fromClient(i, end);
  return end;
}

void UdpListener::takeStray(size_t i, const Address& local) {
  Address told = address().isWildcard() ? local : Address();
  UdpKey key = UdpKey::of(environment_.batch.name(i), told);
  datagrams_.received(1);
  UdpSession* session = find(key);
  if (session == nullptr) session = begin(key, i, told);
  if (session != nullptr) session->fromClient(i, i + 1);
}

UdpSession* UdpListener::find(const UdpKey& key) {
  auto found = sessions_.find(key);
  return found == sessions_.end() ? nullptr : found->second;
}

UdpSession* UdpListener::begin(const UdpKey& key, size_t i, const Address& local) {
  const DatagramBatch& batch = environment_.batch;
  const StreamSettings& settings = service_->settings();
  Address client = Address::fromSockaddr(reinterpret_cast<const sockaddr*>(&batch.name(i)), batch.nameSize(i));
  auto refuse = [&](DatagramDrop reason, CellIndex rejected) {
    stats::add(rejected);
    datagrams_.dropped(reason, 1);
    return nullptr;
  };
  if (!mayAccess(settings.access, client)) return refuse(DatagramDrop::Acl, metrics_.rejected_acl);
  uint32_t per_source = settings.proxy_sessions_per_source;
  if (per_source > 0) {
    auto source = sources_.find(sourceOf(key));
    if (source != sources_.end() && source->second >= per_source)
      return refuse(DatagramDrop::SourceLimit, metrics_.rejected_limit);
  }
  bool full = count_ >= settings.proxy_sessions || !environment_.services.connections.mayOpen();
  if (full && !makeRoom()) return refuse(DatagramDrop::SessionLimit, metrics_.rejected_limit);
  if (per_source > 0) ++sources_[sourceOf(key)];
  environment_.services.connections.opened();
  auto* session = new UdpSession(*this, key, client, local);
  sessions_.emplace(key, session);
  unconfirmed_.pushBack(*session);
  ++count_;
  stats::add(metrics_.accepted);
  stats::add(metrics_.active);
  stream_metrics_.begun();
  datagrams_.sessionBegun();
  return session->start() ? session : nullptr;
}

bool UdpListener::makeRoom() {
  if (unconfirmed_.empty()) return false;
  unconfirmed_.front().giveWay();
  return true;
}

void UdpListener::confirm(UdpSession& session) {
  session.ListNode<UdpSession>::unlink();
  confirmed_.pushBack(session);
}

void UdpListener::forget(UdpSession& session) {
  auto found = sessions_.find(session.key());
  if (found == sessions_.end() || found->second != &session) return;
  sessions_.erase(found);
}

void UdpListener::detach(UdpSession& session) {
  forget(session);
  session.ListNode<UdpSession>::unlink();
  detached_.pushBack(session);
}

void UdpListener::remove(UdpSession& session) {
  forget(session);
  if (auto source = sources_.find(sourceOf(session.key())); source != sources_.end() && --source->second == 0)
    sources_.erase(source);
  session.ListNode<UdpSession>::unlink();
  --count_;
  stats::add(metrics_.active, -1);
  datagrams_.sessionEnded();
  environment_.services.connections.closed();
  environment_.services.loop.retire(std::unique_ptr<Retirable>(&session));
}

// Of a worker that is gone; only its sessions had more.
void UdpListener::adopt(Fd listening) {
  DatagramBatch& batch = environment_.batch;
  for (int i = 0; i < kBatches; ++i) {
    batch.clear();
    if (batch.receive(listening.get()).count == 0) return;
    for (size_t at = 0; at < batch.size();) at = dispatch(at);
  }
}

void UdpListener::retire() {
  if (!ready_) return;
  for (int i = 0; i < kBatches && receiveBatch(); ++i) {
  }
  for (auto* list : {&unconfirmed_, &confirmed_, &detached_})
    list->each([](UdpSession& session) { session.leaveListener(); });
  unlink();
  ready_.reset();
}

void UdpListener::releaseRuntime() {
  for (auto* list : {&unconfirmed_, &confirmed_, &detached_})
    list->each([](UdpSession& session) { session.releaseRuntime(); });
}

}  // namespace weir
