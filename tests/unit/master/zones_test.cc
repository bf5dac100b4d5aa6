// SPDX-License-Identifier: Apache-2.0
// The zones of limit_conn over reloads (S-5).
#include "master/zones.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <string>

namespace weir {

class ZonesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ZonesTest);
  CPPUNIT_TEST(workersGetEachByItsName);
  CPPUNIT_TEST(oneThatStaysKeepsItsCounts_S5);
  CPPUNIT_TEST(anotherKeyOrSizeBeginsAnew_S5);
  CPPUNIT_TEST(theDeadAreForgottenInAll_S6);
  CPPUNIT_TEST_SUITE_END();

  static Settings with(const std::string& key, uint64_t size) {
    Settings settings;
    settings.limit_conn_zones = {{"a", {key, {}}, {size}}, {"b", {"$x", {}}, {64 << 10}}};
    return settings;
  }
  static Zones open(const Settings& settings, const Zones* previous) {
    Diagnostics diagnostics;
    Zones zones = Zones::open(settings, previous, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    return zones;
  }
  // As a worker sees it.
  static Ref<CountZone> mapped(const Zones& zones, size_t i = 0) {
    Fd fd(::dup(zones.descriptors()[i].fd));
    return CountZone::map(fd).value();
  }

 public:
  void workersGetEachByItsName() {
    auto descriptors = open(with("$k", 64 << 10), nullptr).descriptors();
    CPPUNIT_ASSERT_EQUAL(size_t{2}, descriptors.size());
    CPPUNIT_ASSERT_EQUAL(std::string("zone:a"), descriptors[0].key);
    CPPUNIT_ASSERT_EQUAL(std::string("zone:b"), descriptors[1].key);
  }

  void oneThatStaysKeepsItsCounts_S5() {
    Zones before = open(with("$k", 64 << 10), nullptr);
    mapped(before)->take("client", 3, 5);
    Zones after = open(with("$k", 64 << 10), &before);
    before = Zones();
    CPPUNIT_ASSERT_EQUAL(1u, mapped(after)->countOf("client"));
  }

  void anotherKeyOrSizeBeginsAnew_S5() {
    Zones before = open(with("$k", 64 << 10), nullptr);
    mapped(before)->take("client", 3, 5);
    CPPUNIT_ASSERT_EQUAL(0u, mapped(open(with("$other", 64 << 10), &before))->countOf("client"));
    CPPUNIT_ASSERT_EQUAL(0u, mapped(open(with("$k", 128 << 10), &before))->countOf("client"));
  }

  void theDeadAreForgottenInAll_S6() {
    Zones zones = open(with("$k", 64 << 10), nullptr);
    for (size_t i : {0, 1}) mapped(zones, i)->take("client", 3, 5);
    zones.forget(3);
    for (size_t i : {0, 1}) CPPUNIT_ASSERT_EQUAL(0u, mapped(zones, i)->countOf("client"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ZonesTest);

}  // namespace weir
