// SPDX-License-Identifier: Apache-2.0
#include "master/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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

Result<void> dropPrivileges(const Credentials& credentials) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!credentials.change) return {};
  if (setgroups(credentials.groups.size(), credentials.groups.data()) != 0) return systemError("setgroups");
  if (setresgid(credentials.gid, credentials.gid, credentials.gid) != 0) return systemError("setgid");
  if (setresuid(credentials.uid, credentials.uid, credentials.uid) != 0) return systemError("setuid");
  // A change of identity forbids core dumps; a worker that breaks an invariant shall leave one.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  return {};
}

void raiseOpenFilesLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<void> limitOpenFiles(pid_t pid, uint32_t limit) {
  if (limit == 0) return {};
  rlimit both{limit, limit};
  if (prlimit(pid, RLIMIT_NOFILE, &both, nullptr) != 0)
    return systemError("worker_rlimit_nofile " + std::to_string(limit));
  return {};
}

}  // namespace weir
