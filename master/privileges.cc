// SPDX-License-Identifier: Apache-2.0
#include "master/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "master/capabilities.h"

namespace weir {
namespace {

std::vector<gid_t> groupsOf(const std::string& user, gid_t primary) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  if (getgrouplist(user.c_str(), primary, groups.data(), &count) < 0) {
    groups.resize(static_cast<size_t>(count));
    getgrouplist(user.c_str(), primary, groups.data(), &count);
  }
  groups.resize(static_cast<size_t>(count));
  return groups;
}

Result<void> changeIdentity(const Credentials& credentials) {
  if (setgroups(credentials.groups.size(), credentials.groups.data()) != 0) return systemError("setgroups");
  if (setresgid(credentials.gid, credentials.gid, credentials.gid) != 0) return systemError("setgid");
  if (setresuid(credentials.uid, credentials.uid, credentials.uid) != 0) return systemError("setuid");
  return {};
}

}  // namespace

Result<Credentials> resolveCredentials(const UserSetting& setting) {
  if (setting.user.empty() || geteuid() != 0) return Credentials{};
  errno = 0;
  const passwd* user = getpwnam(setting.user.c_str());
  if (user == nullptr) return Error{errno, "there is no user \"" + setting.user + "\""};
  Credentials credentials{true, user->pw_uid, user->pw_gid, {}, setting.user};
  if (!setting.group.empty()) {
    errno = 0;
    const group* found = getgrnam(setting.group.c_str());
    if (found == nullptr) return Error{errno, "there is no group \"" + setting.group + "\""};
    credentials.gid = found->gr_gid;
  }
  credentials.groups = groupsOf(setting.user, credentials.gid);
  return credentials;
}

Result<void> dropPrivileges(const Credentials& credentials, Kept kept) {
  if (auto forbidden = forbidNewPrivileges(); !forbidden) return forbidden.error();
  dropCapabilityBounds();
  if (credentials.change) {
    if (kept != Kept::Nothing) prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (auto changed = changeIdentity(credentials); !changed) return changed.error();
  }
  if (auto dropped = dropCapabilities(kept); !dropped) return dropped.error();
  // A change of identity forbids core dumps; a worker that breaks an invariant shall leave one.
  if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return systemError("allow core dumps");
  return {};
}

}  // namespace weir
