// SPDX-License-Identifier: Apache-2.0
#include "master/process_limits.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "master/cpu_count.h"
#include "shared/stats/segment.h"
#include "tests/unit/master/in_child.h"

namespace weir {

class ProcessLimitsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProcessLimitsTest);
  CPPUNIT_TEST(masksGoByWorker);
  CPPUNIT_TEST(autoGivesEachWorkerOneCpu);
  CPPUNIT_TEST(theMonitorKeepsItsPlace);
  CPPUNIT_TEST(appliesToThisProcess);
  CPPUNIT_TEST(appliesToAnotherProcessWhatDiffers);
  CPPUNIT_TEST(tellsWhatIsRefused);
  CPPUNIT_TEST(warnsOfConnectionsWithoutDescriptors);
  CPPUNIT_TEST_SUITE_END();

  static CpuSet cpus(const AffinitySetting& affinity, unsigned slot) {
    MainSettings settings;
    settings.worker_cpu_affinity = affinity;
    return ProcessLimits::of(settings, slot, {0, 2, 5}).cpus;
  }
  static rlim_t limitOf(pid_t pid, __rlimit_resource resource) {
    rlimit limit{};
    CPPUNIT_ASSERT_EQUAL(0, prlimit(pid, resource, nullptr, &limit));
    return limit.rlim_max == limit.rlim_cur ? limit.rlim_cur : 0;
  }

 public:
  void masksGoByWorker() {
    AffinitySetting affinity{false, {{0}, {1, 3}}};
    CPPUNIT_ASSERT(cpus(affinity, 0) == CpuSet{0});
    CPPUNIT_ASSERT(cpus(affinity, 1) == (CpuSet{1, 3}));
    CPPUNIT_ASSERT(cpus(affinity, 7) == (CpuSet{1, 3}));
    CPPUNIT_ASSERT(cpus({}, 0).empty());
  }

  void autoGivesEachWorkerOneCpu() {
    AffinitySetting all{true, {}};
    CPPUNIT_ASSERT(cpus(all, 0) == CpuSet{0});
    CPPUNIT_ASSERT(cpus(all, 2) == CpuSet{5});
    CPPUNIT_ASSERT(cpus(all, 4) == CpuSet{2});
    CPPUNIT_ASSERT(cpus({true, {{1, 2}}}, 3) == CpuSet{2});
  }

  void theMonitorKeepsItsPlace() {
    MainSettings settings;
    settings.worker_cpu_affinity.automatic = true;
    settings.worker_priority.value = 5;
    settings.worker_rlimit_nofile = 99;
    auto limits = ProcessLimits::of(settings, Segment::kMonitorSlot, {0});
    CPPUNIT_ASSERT(limits.cpus.empty() && limits.priority == 0 && limits.open_files == 99);
  }

  void warnsOfConnectionsWithoutDescriptors() {
    MainSettings settings;
    settings.worker_rlimit_nofile = 256;
    Diagnostics diagnostics;
    checkOpenFiles(settings, diagnostics);
    settings.worker_connections.value = 192;
    checkOpenFiles(settings, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    settings.worker_connections.value = 193;
    checkOpenFiles(settings, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string("warning: worker_connections 193 is more than the limit of open files, 256, has "
                                     "room for: a worker holds 192\n"),
                         diagnostics.formatAll());
  }

  void appliesToThisProcess() {
    inChild([] {
      uint16_t cpu = allowedCpus().front();
      ProcessLimits limits{123, 4096, 3, {cpu}};
      bool set = limits.apply(0, {}).empty() && getpriority(PRIO_PROCESS, 0) == 3 && allowedCpus() == CpuSet{cpu};
      return set && limitOf(0, RLIMIT_NOFILE) == 123 && limitOf(0, RLIMIT_CORE) == 4096;
    });
  }

  void appliesToAnotherProcessWhatDiffers() {
    pid_t pid = fork();
    if (pid == 0) {
      for (;;) pause();
    }
    ProcessLimits has{200, 0, 0, {}};
    auto before = limitOf(pid, RLIMIT_NOFILE);
    CPPUNIT_ASSERT(has.apply(pid, has).empty());
    CPPUNIT_ASSERT_EQUAL(before, limitOf(pid, RLIMIT_NOFILE));
    CPPUNIT_ASSERT((ProcessLimits{150, 0, 4, {}}.apply(pid, has).empty()));
    CPPUNIT_ASSERT_EQUAL(rlim_t{150}, limitOf(pid, RLIMIT_NOFILE));
    CPPUNIT_ASSERT_EQUAL(4, getpriority(PRIO_PROCESS, static_cast<id_t>(pid)));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

  void tellsWhatIsRefused() {
    // No kernel has so many open files, and no machine such a CPU.
    auto refused = ProcessLimits{4'000'000'000U, 0, 0, {1023}}.apply(0, {});
    CPPUNIT_ASSERT_EQUAL(size_t{2}, refused.size());
    CPPUNIT_ASSERT(refused[0].message().starts_with("worker_rlimit_nofile 4000000000: "));
    CPPUNIT_ASSERT(refused[1].message().starts_with("worker_cpu_affinity of CPU 1023: "));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProcessLimitsTest);

}  // namespace weir
