// SPDX-License-Identifier: Apache-2.0
#include "shared/base/failure.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <set>
#include <string>

namespace weir {
namespace {

bool isLabel(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

int statusOf(Cause cause) { return rowOf(cause).status; }

}  // namespace

class FailureTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FailureTest);
  CPPUNIT_TEST(noFailureIsFalse);
  CPPUNIT_TEST(rowsAreNamedLikeLabels);
  CPPUNIT_TEST(namesAndTextsAreUnique);
  CPPUNIT_TEST(clientsFaultsAreNeverRetried);
  CPPUNIT_TEST(statusTellsWhoseFaultItIs);
  CPPUNIT_TEST(timeoutsOfThePeerAre504);
  CPPUNIT_TEST_SUITE_END();

 public:
  void noFailureIsFalse() {
    CPPUNIT_ASSERT(!Failure{});
    CPPUNIT_ASSERT((Failure{Cause::ConnectRefused, 111}));
    CPPUNIT_ASSERT((Failure{Cause::ConnectRefused, 111}).row().name == "connect_refused");
  }

  void rowsAreNamedLikeLabels() {
    for (const auto& row : kFailures) CPPUNIT_ASSERT_MESSAGE(std::string(row.name), isLabel(row.name));
  }

  void namesAndTextsAreUnique() {
    std::set<std::string_view> names, texts;
    for (const auto& row : kFailures) {
      CPPUNIT_ASSERT_MESSAGE(std::string(row.name), names.insert(row.name).second);
      CPPUNIT_ASSERT_MESSAGE(std::string(row.text), texts.insert(row.text).second);
    }
  }

  // S-15: another try is for what a peer did.
  void clientsFaultsAreNeverRetried() {
    for (const auto& row : kFailures)
      if (row.fault != Fault::Upstream) CPPUNIT_ASSERT_MESSAGE(std::string(row.name), row.retry == RetryClass::Never);
  }

  void statusTellsWhoseFaultItIs() {
    for (const auto& row : kFailures) {
      std::string name(row.name);
      if (row.fault == Fault::Upstream) CPPUNIT_ASSERT_MESSAGE(name, row.status == 502 || row.status == 504);
      if (row.fault == Fault::Downstream)
        CPPUNIT_ASSERT_MESSAGE(name, row.status < 500 || row.status == 501 || row.status == 505);
    }
  }

  void timeoutsOfThePeerAre504() {
    for (const auto& row : kFailures)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.name), row.retry == RetryClass::Timeout, row.status == 504);
    CPPUNIT_ASSERT_EQUAL(408, statusOf(Cause::ClientHeaderTimeout));
    CPPUNIT_ASSERT_EQUAL(499, statusOf(Cause::ClientAborted));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FailureTest);

}  // namespace weir
