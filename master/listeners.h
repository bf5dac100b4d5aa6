// SPDX-License-Identifier: Apache-2.0
#pragma once
// Listeners: the listening sockets of one generation, one for each address and worker slot; a unix address has one for
// all workers, a metrics address one for the monitor.
// A reload makes a new set that shares with the previous one every socket which both need. So undoing is dropping the
// new set, and committing is dropping the old one: what nobody holds any more closes. Only TCP sockets that listen wait
// with that until new connections are steered away from them and their worker has emptied them (ReuseportGroup).

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "master/listen_socket.h"
#include "master/offer.h"
#include "master/passed_sockets.h"
#include "master/reuseport_group.h"
#include "master/status.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"

namespace weir {

class Listeners {
 public:
  Listeners() = default;

  // Binds what previous does not hold. previous may be null. Any error in diagnostics makes the set useless.
  static Listeners open(const Settings& settings, const std::vector<unsigned>& slots, const Listeners* previous,
                        Diagnostics& diagnostics);

  // What a service manager passed, for the addresses that the settings name; the rest closes. It stands in for a
  // previous set at the start: each socket becomes the first slot's, and others are bound beside it if they can be.
  static Listeners passed(PassedSockets sockets, const Settings& settings, unsigned first_slot);

  // Whether foreign sockets hold any of the addresses, those excepted that were passed.
  static bool anyInUse(const Settings& settings, const PassedSockets& passed);

  // For -t: addresses that could not be bound, in use or not.
  static void check(const Settings& settings, Diagnostics& diagnostics);

  // New UDP sockets become the workers' own, who bind more to the same port (S-51). Failures are logged.
  void giveUdpTo(uid_t user, gid_t group) const;
  // New sockets start to listen, and new connections are steered away from those that are needed no more. Call once,
  // just before the workers accept from them.
  Result<void> activate();
  // Options that changed are set on sockets that are shared with the previous generation. Failures are logged.
  void applyChanges();

  // New connections go to none of these slots' sockets while others can take them: for workers that hang. Giving a slot
  // back is to name it no more. The set goes over to the next generation.
  void steerAwayFrom(const std::set<unsigned>& slots);
  // What the process of the slot from had not emptied when it died, for that of to, which serves the same addresses:
  // sockets to be emptied and released. Their keys begin with "orphan:".
  std::vector<KeyedDescriptor> bequeath(unsigned from, unsigned to);
  // The slot's process has let go of the socket with this key, which it was to serve no more; or it has ended.
  void release(unsigned slot, const std::string& key);
  void releaseAll(unsigned slot);

  // By address; those that are gone, too, while a socket of them is being emptied.
  std::vector<ListenerStatus> status() const;

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
  // As the kernel groups them: by address, and a dual-stack one apart.
  using PortKey = std::pair<std::string, bool>;
  using Ports = std::map<PortKey, ReuseportGroup>;
  static PortKey portKey(const ListenSetting& setting) { return {setting.address.toString(), setting.ipv6only}; }
  ReuseportGroup* findPort(const ListenSetting& setting) const;
  static std::map<std::string, Wish> wishes(const Settings& settings);

  Group makeGroup(const Wish& wish, const Group* previous, const std::vector<unsigned>& workers,
                  Diagnostics& diagnostics);
  static void inherit(Group& group, const Group& previous, const std::vector<unsigned>& slots);
  Result<void> fill(Group& group, const std::vector<unsigned>& slots);
  Result<std::shared_ptr<ListenSocket>> socketFor(const Group& group, unsigned slot) const;
  Result<void> activate(Group& group);
  void steer();
  const Group* find(const std::string& key) const;
  // Whether one of these sockets may be why an address cannot be bound.
  bool holdsPortOf(const ListenSetting& setting) const;
  void rememberDatagrams(const Address& address);

  std::map<std::string, Group> groups_;
  // Of TCP, by address; those of listeners that are gone, too, until their last socket has closed.
  std::shared_ptr<Ports> ports_ = std::make_shared<Ports>();
  std::vector<std::shared_ptr<ListenSocket>> silent_;  // bound, not yet listening
  // Of UDP, served now or before: sessions may have sockets there for as long as they last, which nobody reports.
  std::vector<Address> datagram_addresses_;
};

}  // namespace weir
