// SPDX-License-Identifier: Apache-2.0
#include "worker/net/connection_limit.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

class ConnectionLimitTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConnectionLimitTest);
  CPPUNIT_TEST(theLimitIsOfOpenConnections);
  CPPUNIT_TEST(noLimitSetMeansNone);
  CPPUNIT_TEST_SUITE_END();

 public:
  void theLimitIsOfOpenConnections() {
    ConnectionLimit connections;
    connections.setLimit(2);
    connections.opened();
    CPPUNIT_ASSERT(connections.mayOpen());
    connections.opened();
    CPPUNIT_ASSERT(!connections.mayOpen());
    CPPUNIT_ASSERT_EQUAL(size_t{2}, connections.open());
    connections.closed();
    CPPUNIT_ASSERT(connections.mayOpen());
    connections.setLimit(1);
    CPPUNIT_ASSERT(!connections.mayOpen());
  }

  // Nothing is to be accepted before a configuration said how much.
  void noLimitSetMeansNone() { CPPUNIT_ASSERT(!ConnectionLimit().mayOpen()); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConnectionLimitTest);

}  // namespace weir
