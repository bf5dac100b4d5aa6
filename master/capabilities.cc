// SPDX-License-Identifier: Apache-2.0
#include "master/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace weir {
namespace {

constexpr uint64_t bit(int capability) { return uint64_t{1} << capability; }

constexpr uint64_t kMasters = bit(CAP_NET_BIND_SERVICE)                    // listen
                              | bit(CAP_SETUID) | bit(CAP_SETGID)          // the children's identity
                              | bit(CAP_SETPCAP)                           // and their bounds
                              | bit(CAP_KILL)                              // an end to them
                              | bit(CAP_SYS_RESOURCE) | bit(CAP_SYS_NICE)  // worker_rlimit_*, _priority, _affinity
                              | bit(CAP_DAC_OVERRIDE)                      // keys, and logs in others' folders
                              | bit(CAP_CHOWN) | bit(CAP_FOWNER);          // logs and unix sockets for `user`

using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct header() { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

void dropBoundsBut(uint64_t kept) {
  // Refused to who lacks CAP_SETPCAP, for whom no_new_privs is the bound. Beyond the last one it fails, too.
  for (int capability = 0; capability < 64; ++capability)
    if ((kept & bit(capability)) == 0) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

Result<void> restrictTo(uint64_t kept) {
  auto head = header();
  Sets sets{};
  if (syscall(SYS_capget, &head, sets.data()) != 0) return systemError("capget");
  for (size_t i = 0; i < sets.size(); ++i) {
    auto allowed = static_cast<uint32_t>(kept >> (32 * i));
    sets[i].permitted &= allowed;
    // A change of identity leaves nothing in effect of what it lets be kept.
    sets[i].effective = sets[i].permitted;
    sets[i].inheritable &= allowed;
  }
  if (syscall(SYS_capset, &head, sets.data()) != 0) return systemError("capset");
  return {};
}

}  // namespace

Result<void> keepMastersCapabilities() {
  dropBoundsBut(kMasters);
  return restrictTo(kMasters);
}

Result<void> dropCapabilities(Kept kept) {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return restrictTo(kept == Kept::LowPorts ? bit(CAP_NET_BIND_SERVICE) : 0);
}

void dropCapabilityBounds() { dropBoundsBut(0); }

Result<void> forbidNewPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return systemError("no_new_privs");
  return {};
}

}  // namespace weir
