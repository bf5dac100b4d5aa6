// SPDX-License-Identifier: Apache-2.0
#pragma once
// Listeners: the listening sockets of one generation, one for each address and worker slot; a unix address has one for
// all workers, a metrics address one for the monitor.
// A reload makes a new set that shares with the previous one every socket which both need. So undoing is dropping the
// new set, and committing is dropping the old one: what nobody holds any more closes.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "master/listen_socket.h"
#include "master/offer.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"

namespace weir {

class Listeners {
 public:
  Listeners() = default;

  // Binds what previous does not hold. previous may be null. Any error in diagnostics makes the set useless.
  static Listeners open(const Settings& settings, const std::vector<unsigned>& slots, const Listeners* previous,
                        Diagnostics& diagnostics);

  // For -t: addresses that could not be bound, in use or not.
  static void check(const Settings& settings, Diagnostics& diagnostics);

  // New sockets start to listen. Call once, just before the workers accept from them.
  Result<void> activate();
  // Options that changed are set on sockets that are shared with the previous generation. Failures are logged.
  void applyChanges();

  // With their keys, for a worker's slot or Segment::kMonitorSlot.
  std::vector<KeyedDescriptor> socketsOf(unsigned slot) const;

 private:
  // What the configuration says of one key.
  struct Wish {
    ListenSetting setting;
    bool for_monitor = false;
  };
  struct Group {
    ListenSetting setting;
    bool changed = false;                                       // options differ from those of the previous generation
    std::map<unsigned, std::shared_ptr<ListenSocket>> sockets;  // by slot; traffic never touches these pointers
  };
  static std::map<std::string, Wish> wishes(const Settings& settings, Diagnostics& diagnostics);
  static Result<std::shared_ptr<ListenSocket>> socketFor(const Group& group);

  Group makeGroup(const Wish& wish, const Group* previous, const std::vector<unsigned>& workers,
                  Diagnostics& diagnostics);
  static void inherit(Group& group, const Group& previous, const std::vector<unsigned>& slots,
                      Diagnostics& diagnostics);
  Result<void> fill(Group& group, const std::vector<unsigned>& slots);
  const Group* find(const std::string& key) const;
  // Whether one of these sockets may be why an address cannot be bound.
  bool holdsPortOf(const Address& address) const;

  std::map<std::string, Group> groups_;
  std::vector<std::shared_ptr<ListenSocket>> silent_;  // bound, not yet listening
};

}  // namespace weir
