// SPDX-License-Identifier: Apache-2.0
#include "master/reuseport_group.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <algorithm>

#include "shared/base/log.h"

namespace weir {
namespace {

// Each of the places is as likely as the others. Random and not by the connection's hash: the kernel has none for
// packets that never crossed a network card.
std::vector<sock_filter> randomChoice(const std::vector<unsigned>& places) {
  std::vector<sock_filter> program;
  auto add = [&](unsigned code, uint32_t value, uint8_t if_equal = 0, uint8_t if_not = 0) {
    program.push_back({static_cast<uint16_t>(code), if_equal, if_not, value});
  };
  add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM));
  add(BPF_ALU | BPF_MOD | BPF_K, static_cast<uint32_t>(places.size()));
  for (uint32_t i = 0; i + 1 < places.size(); ++i) {
    add(BPF_JMP | BPF_JEQ | BPF_K, i, 0, 1);
    add(BPF_RET | BPF_K, places[i]);
  }
  add(BPF_RET | BPF_K, places.back());
  return program;
}

Result<void> attach(int fd, const std::vector<unsigned>& places) {
  auto instructions = randomChoice(places);
  sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) != 0)
    return systemError("steer new connections");
  return {};
}

Result<void> detach(int fd) {
  int ignored = 0;
  if (setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &ignored, sizeof ignored) != 0)
    return systemError("end steering new connections");
  return {};
}

}  // namespace

std::shared_ptr<ListenSocket> ReuseportGroup::leavingOf(unsigned slot) const {
  for (const Member& member : members_)
    if (member.use == Use::Leaves && member.slot == slot) return member.socket;
  return nullptr;
}

Result<void> ReuseportGroup::join(unsigned slot, const std::shared_ptr<ListenSocket>& socket, uint32_t backlog) {
  auto member = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.socket == socket; });
  bool known = member != members_.end();
  if (known && member->use == Use::Serves) return {};
  if (auto listening = socket->listen(backlog); !listening) return listening.error();
  if (known)
    *member = {socket, slot, Use::Serves};
  else
    members_.push_back({socket, slot, Use::Serves});
  return {};
}

void ReuseportGroup::keepOnly(const std::set<const ListenSocket*>& sockets) {
  for (Member& member : members_)
    if (member.use == Use::Serves && !sockets.contains(member.socket.get())) member.use = Use::Leaves;
  closeSpares();
}

void ReuseportGroup::steerAwayFrom(const std::set<unsigned>& slots) {
  avoided_ = slots;
  steer();
}

std::shared_ptr<ListenSocket> ReuseportGroup::bequeath(unsigned from, unsigned to) {
  for (Member& member : members_) {
    if (member.use != Use::Leaves || member.slot != from || member.socket->queued() == 0) continue;
    member.slot = to;
    return member.socket;
  }
  return nullptr;
}

void ReuseportGroup::release(unsigned slot) {
  for (Member& member : members_)
    if (member.use == Use::Leaves && member.slot == slot) member.use = Use::Spare;
  closeSpares();
}

size_t ReuseportGroup::leaving() const {
  return static_cast<size_t>(
      std::count_if(members_.begin(), members_.end(), [](const Member& each) { return each.use == Use::Leaves; }));
}

void ReuseportGroup::closeSpares() {
  while (closeLast()) {
  }
  for (size_t place = 0; place < members_.size();)
    if (members_[place].use != Use::Spare || !close(place)) ++place;
  steer();
}

// One that somebody else holds was leaving and is to come back: a reload is in preparation.
bool ReuseportGroup::closeLast() {
  if (members_.empty() || members_.back().use != Use::Spare || members_.back().socket.use_count() > 1) return false;
  members_.back().socket->stopListening();
  members_.pop_back();
  return true;
}

// The last one takes its place. REQUIRES: a spare with others behind it. False: it has to stay for now.
bool ReuseportGroup::close(size_t place) {
  if (members_[place].socket.use_count() > 1) return false;
  auto others = choice();
  std::erase(others, members_.size() - 1);
  // With one left, a place that no longer exists means that one.
  if (others.empty() && members_.size() > 2) return false;
  if (!others.empty()) steerTo(others);
  if (!others.empty() && chosen_ != others) return false;
  members_[place].socket->stopListening();
  std::swap(members_[place], members_.back());
  members_.pop_back();
  while (closeLast()) {
  }
  return true;
}

// Who serves; if all of those are avoided, or nobody serves, the best of who is left.
std::vector<unsigned> ReuseportGroup::choice() const {
  std::vector<unsigned> good, avoided, leaving;
  for (unsigned place = 0; place < members_.size(); ++place) {
    const Member& member = members_[place];
    if (member.use == Use::Leaves) leaving.push_back(place);
    if (member.use == Use::Serves) (avoided_.contains(member.slot) ? avoided : good).push_back(place);
  }
  auto& chosen = !good.empty() ? good : !avoided.empty() ? avoided : leaving;
  if (chosen.size() == members_.size()) chosen.clear();
  return std::move(chosen);
}

void ReuseportGroup::steer() {
  if (!members_.empty()) steerTo(choice());
}

void ReuseportGroup::steerTo(std::vector<unsigned> places) {
  if (places == chosen_) return;
  int fd = members_.front().socket->fd();
  auto steered = places.empty() ? detach(fd) : attach(fd, places);
  if (steered)
    chosen_ = std::move(places);
  else
    WEIR_LOG(Error, "{}", steered.error().message());
}

}  // namespace weir
