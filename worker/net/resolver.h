// SPDX-License-Identifier: Apache-2.0
#pragma once
// Resolver: names to addresses, by the configured servers or the system's, /etc/hosts first. One per process that asks,
// made after fork; a new configuration means a new Resolver. The only door to c-ares. It waits for nothing: answers
// come by the loop.
// Resolver::Query: one question at a time, part of whoever asks; ending it, or asking anew, gives the old one up.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/config/settings.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/event/watch.h"

struct ares_channeldata;

namespace weir {

enum class ResolveStatus : uint8_t {
  Found,      // at least one address
  NotFound,   // definitive: there is no such name, or it has no address of the wanted families (S-24: empties the set)
  Temporary,  // nobody knows: timeout, server failure, refusal (S-24: what was known before stays)
};

struct Resolution {
  ResolveStatus status = ResolveStatus::NotFound;
  std::vector<Address> addresses;  // IPv4 before IPv6, each in the server's order, no duplicates; port 0
  // For how long this holds: the least TTL, or the setting's valid=. 0 when the source gave none (/etc/hosts, a literal
  // address, localhost, a failure): the asker decides.
  std::chrono::seconds ttl{0};
  std::string text;  // why not, for the log; empty when found
};

class Resolver : FdWatch::Owner, Deadline::Owner {
 public:
  class Query;

  // How long one server is given for the first try; each further round over the servers waits twice as long.
  struct Patience {
    Milliseconds timeout{2000};
    int tries = 2;
  };

  Resolver(EventLoop& loop, const ResolverSetting& setting) : Resolver(loop, setting, Patience{}) {}
  Resolver(EventLoop& loop, const ResolverSetting& setting, Patience patience);
  // Running queries are answered Temporary, by the loop.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Who answers: "10.0.0.53:53 10.0.0.54:53", or "system"; for the metrics.
  const std::string& name() const { return name_; }
  // Asks for the families that the setting permits, both at once. A literal address is its own answer, localhost
  // the loopback addresses. Never answers from within this call. With configured servers a name is taken as it is, with
  // the system's the search list applies.
  void resolve(const std::string& name, Query& query);

 private:
  struct Lookup;

  void onWatched(int fd, bool readable, bool writable) override;
  void onDeadline(Deadline&) override;
  void onSocketState(int fd, bool readable, bool writable);
  void begin(const std::string& name, int family, Query& query);
  // After every call into c-ares: its next timeout may be another.
  void armTimeout();

  EventLoop& loop_;
  const ResolverSetting setting_;
  const std::string name_;
  Deadline timeout_;
  std::vector<std::unique_ptr<FdWatch>> watches_;  // c-ares' sockets: a few, while something is being asked
  ares_channeldata* channel_ = nullptr;
};

class Resolver::Query : Task {
 public:
  class Owner {
   public:
    // Exactly once per resolve() that was not given up. The query may be used again or destroyed in here.
    virtual void onResolved(Query& query, const Resolution& resolution) = 0;

   protected:
    ~Owner() = default;
  };

  explicit Query(Owner& owner) : owner_(owner) {}
  ~Query() { cancel(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  void cancel();
  bool running() const { return pending_ > 0 || linked(); }

 private:
  friend class Resolver;
  void run() override;
  void finish(EventLoop& loop);

  Owner& owner_;
  Resolution resolution_;
  bool unsure_ = false;  // a family's lookup failed temporarily
  int pending_ = 0;      // lookups that c-ares still has
  std::array<Lookup*, 2> lookups_{};
};

}  // namespace weir
