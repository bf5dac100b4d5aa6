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

std::shared_ptr<ListenSocket> ReuseportGroup::reusable(unsigned slot) const {
  for (const Member& member : members_) {
    bool own = member.use == Use::Leaves && member.slot == slot;
    bool unclaimed = member.use == Use::Spare && member.socket.use_count() == 1;
    if (own || unclaimed) return member.socket;
  }
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

void ReuseportGroup::keepOnly(const std::set<unsigned>& slots) {
  for (Member& member : members_)
    if (member.use == Use::Serves && !slots.contains(member.slot)) member.use = Use::Leaves;
  steer();
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
  closeLast();
  steer();
}

// A spare that a reload in preparation has claimed is left to it.
void ReuseportGroup::closeLast() {
  while (!members_.empty() && members_.back().use == Use::Spare && members_.back().socket.use_count() == 1) {
    members_.back().socket->stopListening();
    members_.pop_back();
  }
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
  auto wanted = choice();
  if (members_.empty() || wanted == chosen_) return;
  int fd = members_.front().socket->fd();
  auto steered = wanted.empty() ? detach(fd) : attach(fd, wanted);
  if (steered)
    chosen_ = std::move(wanted);
  else
    WEIR_LOG(Error, "{}", steered.error().message());
}

}  // namespace weir
