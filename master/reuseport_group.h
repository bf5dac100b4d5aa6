// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReuseportGroup: the listening TCP sockets of one address in the order in which they began to listen, which is the
// order that the kernel keeps them in, and which of them get new connections (S-2). Lives as long as any of them does,
// over generations; owned by Listeners.
// A socket that is to go is first steered away from; its worker empties its accept queue and lets go of it; only then
// does it close. The kernel fills the hole of a closed socket with the last one, and a steering program names sockets
// by their places: so the last one gets nothing either at that moment, and its new place afterwards. Where it is the
// only one that serves, a socket that is done with remains, as a spare, until that changes.

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "master/listen_socket.h"
#include "shared/base/result.h"

namespace weir {

class ReuseportGroup {
 public:
  ReuseportGroup() = default;
  ReuseportGroup(const ReuseportGroup&) = delete;
  ReuseportGroup& operator=(const ReuseportGroup&) = delete;

  // The slot's own, if it is leaving; it may join again. Else null.
  std::shared_ptr<ListenSocket> leavingOf(unsigned slot) const;

  // The slot accepts from this socket from now on, which begins to listen unless it did already.
  Result<void> join(unsigned slot, const std::shared_ptr<ListenSocket>& socket, uint32_t backlog);
  // The other sockets get no new connections any more.
  void keepOnly(const std::set<const ListenSocket*>& sockets);
  // New connections go to none of these while there are others to take them.
  void steerAwayFrom(const std::set<unsigned>& slots);
  // The process of the slot from has died before it had emptied a socket that was leaving: to may do that. Null when
  // there is none with anything in it.
  std::shared_ptr<ListenSocket> bequeath(unsigned from, unsigned to);
  // The process of the slot holds no socket any more that was leaving.
  void release(unsigned slot);

  bool empty() const { return members_.empty(); }
  size_t size() const { return members_.size(); }
  // Sockets that are still to be emptied.
  size_t leaving() const;
  // The members, by their places, that get new connections; empty: all of them.
  const std::vector<unsigned>& chosen() const { return chosen_; }

 private:
  enum class Use : uint8_t { Serves, Leaves, Spare };
  struct Member {
    std::shared_ptr<ListenSocket> socket;
    unsigned slot;
    Use use;
  };
  std::vector<unsigned> choice() const;
  void steer();
  void steerTo(std::vector<unsigned> places);
  void closeSpares();
  bool closeLast();
  bool close(size_t place);

  std::vector<Member> members_;
  std::set<unsigned> avoided_;
  std::vector<unsigned> chosen_;
};

}  // namespace weir
