// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/process_usage.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "shared/base/fd.h"

namespace weir {

class ProcessUsageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProcessUsageTest);
  CPPUNIT_TEST(readsThisProcess);
  CPPUNIT_TEST(countsDescriptors);
  CPPUNIT_TEST(aProcessThatIsNotThereHasNone);
  CPPUNIT_TEST(aNameWithParenthesesIsNoTrap);
  CPPUNIT_TEST(aShortStatIsNone);
  CPPUNIT_TEST(readsTheSoftLimit);
  CPPUNIT_TEST(anUnlimitedLimitIsNone);
  CPPUNIT_TEST_SUITE_END();

  static std::string statLine(const std::string& name) {
    return "7 (" + name +
           ") S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 900 1000000 25 18446744073709551615 1\n";
  }

 public:
  void readsThisProcess() {
    const auto usage = readProcessUsage(getpid());
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    CPPUNIT_ASSERT(usage.has_value());
    CPPUNIT_ASSERT(usage->resident_bytes > 1 << 20);
    CPPUNIT_ASSERT(usage->cpu_seconds >= 0);
    CPPUNIT_ASSERT(limit.rlim_cur == RLIM_INFINITY || usage->max_descriptors == static_cast<int64_t>(limit.rlim_cur));
  }

  // Counting by opening the folder may add the folder's own descriptor to both counts.
  void countsDescriptors() {
    const auto before = readProcessUsage(getpid())->open_descriptors;
    const Fd one(open("/dev/null", O_RDONLY)), two(open("/dev/null", O_RDONLY));
    CPPUNIT_ASSERT_EQUAL(before.value() + 2, readProcessUsage(getpid())->open_descriptors.value());
  }

  void aProcessThatIsNotThereHasNone() { CPPUNIT_ASSERT(!readProcessUsage(0x7FFFFFFF).has_value()); }

  void aNameWithParenthesesIsNoTrap() {
    for (const char* name : {"weir", "a b", "x) S 1 (y"}) {
      const auto usage = parseStat(statLine(name));
      CPPUNIT_ASSERT(usage.has_value());
      CPPUNIT_ASSERT_DOUBLES_EQUAL(200.0 / static_cast<double>(sysconf(_SC_CLK_TCK)), usage->cpu_seconds, 1e-9);
      CPPUNIT_ASSERT_EQUAL(25 * sysconf(_SC_PAGESIZE), static_cast<long>(usage->resident_bytes));
    }
  }

  void aShortStatIsNone() {
    for (const char* text :
         {"", "7 (weir", "7 (weir) S 1 7", "7 (weir) S 1 7 7 0 -1 4 1 0 0 0 x 50 0 0 20 0 1 0 9 1 25"})
      CPPUNIT_ASSERT(!parseStat(text).has_value());
  }

  void readsTheSoftLimit() {
    CPPUNIT_ASSERT_EQUAL(int64_t{1024}, parseMaxOpenFiles("Limit  Soft  Hard\n"
                                                          "Max processes   5   6  processes\n"
                                                          "Max open files            1024      4096      files\n")
                                            .value());
  }

  void anUnlimitedLimitIsNone() {
    CPPUNIT_ASSERT(!parseMaxOpenFiles("Max open files   unlimited   unlimited   files\n").has_value());
    CPPUNIT_ASSERT(!parseMaxOpenFiles("").has_value());
    CPPUNIT_ASSERT(!parseMaxOpenFiles("Max open files").has_value());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProcessUsageTest);

}  // namespace weir
