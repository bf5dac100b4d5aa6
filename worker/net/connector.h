// SPDX-License-Identifier: Apache-2.0
#pragma once
// Connector: one attempt to connect to one address within a time. Owned by whoever wants the stream; destroying it
// gives the attempt up. Reports exactly once, never from within start().

#include <memory>
#include <optional>

#include "shared/base/address.h"
#include "shared/base/failure.h"
#include "shared/base/result.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/net/stream.h"

namespace weir {

struct ConnectOptions {
  Milliseconds timeout{5000};
  std::optional<Address> bind;  // source address
  bool keepalive = false;       // SO_KEEPALIVE
};

class Connector : Readiness::Listener, Deadline::Owner, Task {
 public:
  class Owner {
   public:
    virtual void onConnected(std::unique_ptr<TcpStream> stream) = 0;
    virtual void onConnectFailed(Failure failure) = 0;

   protected:
    ~Owner() = default;
  };

  Connector(EventLoop& loop, Owner& owner) : loop_(loop), owner_(owner), deadline_(loop, *this) {}
  ~Connector() = default;

  void start(const Address& to, const ConnectOptions& options);
  // Gives a running attempt up; start() may be called again.
  void cancel();
  bool running() const { return stream_ != nullptr || linked(); }

 private:
  void onReady() override;
  void onDeadline(Deadline&) override;
  void run() override;  // reports a failure that start() found
  void fail(Failure failure);

  EventLoop& loop_;
  Owner& owner_;
  Deadline deadline_;
  std::unique_ptr<TcpStream> stream_;
  Failure early_;
};

}  // namespace weir
