// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerConnection: a stream to a peer with what its reuse depends on. Owned by a Lease while it serves, by the
// ConnectionPool while it waits; ends through EventLoop::retire, and its stream with it.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "shared/base/clock.h"
#include "shared/base/list.h"
#include "shared/base/recycled.h"
#include "worker/event/deadline.h"
#include "worker/net/stream.h"

namespace weir {

class ConnectionPool;
class Peer;

struct ByPeer;
struct ByAge;

class PeerConnection final : public Retirable,
                             public Recycled<PeerConnection>,
                             public ListNode<PeerConnection, ByPeer>,
                             public ListNode<PeerConnection, ByAge>,
                             Stream::Listener,
                             Deadline::Owner {
 public:
  // transport: from Transports::idOf(); only requests that ask for the same may use this stream.
  PeerConnection(EventLoop& loop, std::unique_ptr<Stream> stream, uint32_t transport, Instant created)
      : stream_(std::move(stream)), transport_(transport), created_(created), idle_end_(loop, *this) {}

  Stream& stream() { return *stream_; }
  // For an upgrade: the connection is of no more use.
  std::unique_ptr<Stream> takeStream() { return std::move(stream_); }
  uint32_t transport() const { return transport_; }
  Instant created() const { return created_; }
  uint32_t requests() const { return requests_; }

  // Nothing has come that no request asked for, not even the end, which would make the stream readable too (S-25).
  bool quiet() { return !stream_->readable() || nothingToRead(); }

 private:
  friend class ConnectionPool;

  bool nothingToRead();
  void onReady() override;
  void onDeadline(Deadline&) override;

  std::unique_ptr<Stream> stream_;
  uint32_t transport_;
  uint32_t requests_ = 0;  // completed
  Instant created_;
  // While it waits:
  ConnectionPool* pool_ = nullptr;
  Peer* peer_ = nullptr;
  size_t position_ = 0;  // in the pool's list
  Deadline idle_end_;
};

}  // namespace weir
