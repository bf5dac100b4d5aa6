// SPDX-License-Identifier: Apache-2.0
#include "master/capabilities.h"

#include <cppunit/extensions/HelperMacros.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>

#include "tests/unit/master/in_child.h"

namespace weir {

class CapabilitiesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CapabilitiesTest);
  CPPUNIT_TEST(theMasterKeepsWhatItNeeds);
  CPPUNIT_TEST(aChildKeepsNone);
  CPPUNIT_TEST(newPrivilegesAreForbidden);
  CPPUNIT_TEST_SUITE_END();

  // "CapEff", "CapPrm", "CapBnd", "CapAmb", "CapInh" of this process.
  static uint64_t set(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1), nullptr, 16);
    return ~0ULL;
  }
  static bool has(uint64_t capabilities, int one) { return (capabilities >> one & 1) != 0; }

 public:
  void theMasterKeepsWhatItNeeds() {
    inChild([] {
      uint64_t before = set("CapEff");
      if (!keepMastersCapabilities().ok()) return false;
      uint64_t kept = set("CapEff");
      bool is_needed = has(kept, CAP_NET_BIND_SERVICE) == has(before, CAP_NET_BIND_SERVICE) &&
                       has(kept, CAP_SETUID) == has(before, CAP_SETUID);
      bool is_little = !has(kept, CAP_SYS_ADMIN) && !has(kept, CAP_SYS_PTRACE) && !has(kept, CAP_NET_ADMIN);
      bool is_bound = !has(before, CAP_SETPCAP) || !has(set("CapBnd"), CAP_SYS_ADMIN);
      return is_needed && is_little && is_bound && set("CapPrm") == kept;
    });
  }

  void aChildKeepsNone() {
    inChild([] {
      bool may_bound = has(set("CapEff"), CAP_SETPCAP);
      dropCapabilityBounds();
      if (!dropCapabilities(Kept::Nothing).ok() || (may_bound && set("CapBnd") != 0)) return false;
      return set("CapEff") == 0 && set("CapPrm") == 0 && set("CapInh") == 0 && set("CapAmb") == 0;
    });
  }

  void newPrivilegesAreForbidden() {
    inChild([] { return forbidNewPrivileges().ok() && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1; });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CapabilitiesTest);

}  // namespace weir
