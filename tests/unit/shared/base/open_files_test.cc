// SPDX-License-Identifier: Apache-2.0
#include "shared/base/open_files.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

class OpenFilesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OpenFilesTest);
  CPPUNIT_TEST(aProxiedConnectionTakesTwoDescriptors);
  CPPUNIT_TEST(aLowLimitIsNotExceeded);
  CPPUNIT_TEST_SUITE_END();

 public:
  void aProxiedConnectionTakesTwoDescriptors() {
    CPPUNIT_ASSERT_EQUAL(uint64_t{96}, proxiedConnectionsWithin(256));
    CPPUNIT_ASSERT_EQUAL(uint64_t{480}, proxiedConnectionsWithin(1024));
    CPPUNIT_ASSERT_EQUAL(uint64_t{9'968}, proxiedConnectionsWithin(20'000));
    CPPUNIT_ASSERT_EQUAL(uint64_t{19'936}, connectionsWithin(20'000));
  }

  // Half of it is the worker's own.
  void aLowLimitIsNotExceeded() {
    CPPUNIT_ASSERT_EQUAL(uint64_t{32}, proxiedConnectionsWithin(128));
    CPPUNIT_ASSERT_EQUAL(uint64_t{16}, proxiedConnectionsWithin(64));
    CPPUNIT_ASSERT_EQUAL(uint64_t{1}, proxiedConnectionsWithin(4));
    CPPUNIT_ASSERT_EQUAL(uint64_t{1}, proxiedConnectionsWithin(0));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpenFilesTest);

}  // namespace weir
