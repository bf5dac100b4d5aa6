// SPDX-License-Identifier: Apache-2.0
#pragma once
// Relay: copies bytes both ways between two streams until both directions have ended: layer 4, CONNECT, SOCKS5, tunnels
// and upgraded HTTP. Owns both streams; its owner retires it when told of the end. Bounded: one buffer per direction,
// and none while nothing waits. It needs nothing of the configuration but the values in RelayOptions (S-50).

#include <array>
#include <cstdint>
#include <memory>

#include "shared/base/clock.h"
#include "shared/stats/cell.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/net/buffer.h"
#include "worker/net/relay_direction.h"
#include "worker/net/stream.h"

namespace weir {

// Who was accepted, and who was connected to.
enum class RelaySide : uint8_t { Downstream, Upstream };

struct RelayOptions {
  // No byte in either direction for so long; once one direction has ended, the smaller of the two counts.
  Milliseconds idle_timeout{600'000};
  Milliseconds half_closed_timeout = Milliseconds::max();
  // True: a side's end is passed on, and the other direction goes on. False: one side's end ends both, once what was
  // read is delivered.
  bool half_close = true;
  size_t buffer_size = BufferPool::kMedium;
  size_t turn_budget = 1 << 20;  // bytes per direction, then others have their turn
  PipePool* pipes = nullptr;     // outlives the relay; null: everything is copied
  // How long bytes to upstream may stay without an acknowledgement; 0: as the kernel likes. Looked at by relays that
  // last: a short one saves the system call.
  Milliseconds unacknowledged{};
  // Bytes per second that are read from a side; 0: no limit.
  uint64_t downstream_rate = 0;
  uint64_t upstream_rate = 0;
  // Counted as they are delivered; cell 0 belongs to nobody.
  CellIndex from_downstream = 0;
  CellIndex to_downstream = 0;
};

struct RelayEnd {
  enum class Why : uint8_t {
    Complete,     // both directions ended in order; who ended first
    IdleTimeout,  // who did not take what was held for it, else downstream
    Failed,       // who was reset or failed, os_error; the other side is reset too
    OutOfMemory,
    Closed,  // by end()
  };
  Why why;
  RelaySide who = RelaySide::Downstream;
  int os_error = 0;
};

// A side, and the bytes that were read from it before and are owed to the other side.
struct RelayLeg {
  std::unique_ptr<Stream> stream;
  Buffer owed;
};

class Relay final : public Retirable, Stream::Listener, Deadline::Owner, Task {
 public:
  class Owner {
   public:
    // Once, never from within start(). Both streams close when the relay is destroyed: retire it.
    virtual void onRelayEnded(Relay& relay, RelayEnd how) = 0;

   protected:
    ~Owner() = default;
  };

  Relay(EventLoop& loop, BufferPool& pool, Owner& owner, const RelayOptions& options)
      : loop_(loop),
        pool_(pool),
        owner_(owner),
        options_(options),
        quiet_(loop, *this),
        pace_(loop, *this),
        recheck_(loop, *this) {}

  void start(RelayLeg downstream, RelayLeg upstream);
  // Closes both sides now, and tells the owner. What could not be delivered makes that side's close a reset. REQUIRES:
  // started
  void end() { finish({RelayEnd::Why::Closed}); }

  // Bytes of that side that were delivered to the other.
  uint64_t bytesFrom(RelaySide side) const { return of(side).moved(); }

 private:
  static constexpr Milliseconds kRecheck{500};
  static constexpr Milliseconds kLasts{1000};
  using Progress = RelayDirection::Progress;

  void onReady() override;
  void onDeadline(Deadline& deadline) override;
  void run() override { pump(); }
  void pump();
  void limitUnacknowledged();
  Progress pumpFrom(RelaySide side);
  uint64_t rateOf(RelaySide side) const {
    return side == RelaySide::Downstream ? options_.downstream_rate : options_.upstream_rate;
  }
  // What may be read from that side now.
  size_t allowance(RelaySide side);
  void armPace();
  // Looks once more at sides whose last read was short, when they have been quiet for a while: not after each message.
  void armRecheck();
  void recheck();
  // What became of the direction from that side; true when the whole relay is over by it.
  bool settle(RelaySide side);
  void passEndOn(RelaySide side);
  void finish(RelayEnd how);
  void armQuiet();

  Stream& stream(RelaySide side) { return *streams_[static_cast<size_t>(side)]; }
  RelayDirection& of(RelaySide side) { return directions_[static_cast<size_t>(side)]; }
  const RelayDirection& of(RelaySide side) const { return directions_[static_cast<size_t>(side)]; }

  EventLoop& loop_;
  BufferPool& pool_;
  Owner& owner_;
  const RelayOptions options_;
  Deadline quiet_;
  Deadline pace_;  // when a rate lets more bytes pass
  Deadline recheck_;
  Instant started_{};
  std::array<std::unique_ptr<Stream>, 2> streams_;
  std::array<RelayDirection, 2> directions_;  // by the side of their source
  std::array<bool, 2> settled_{};
  RelayEnd end_{RelayEnd::Why::Complete};  // what will be told, if nothing worse happens
  bool limited_ = false;
  bool ended_ = false;
};

}  // namespace weir
