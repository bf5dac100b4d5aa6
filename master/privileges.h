// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who the children are: `user` resolved once by the master, so that a fork needs no look-up, and applied in each child.

#include <sys/types.h>

#include <string>
#include <vector>

#include "master/capabilities.h"
#include "shared/base/result.h"
#include "shared/config/settings.h"

namespace weir {

struct Credentials {
  bool change = false;  // false: the children stay who the master is
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string name;  // of the user, for messages
};

// Nothing to change when no user is set or the master is not root. An error when there is no such user or group.
Result<Credentials> resolveCredentials(const UserSetting& setting);

// Identity and capabilities, for good: the process cannot get them back, nor gain new ones by exec.
Result<void> dropPrivileges(const Credentials& credentials, Kept kept = Kept::Nothing);

}  // namespace weir
