// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/transports.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

class TransportsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TransportsTest);
  CPPUNIT_TEST(equalTransportsHaveOneNumber);
  CPPUNIT_TEST_SUITE_END();

 public:
  void equalTransportsHaveOneNumber() {  // S-25: the key holds the source address
    Transports transports;
    const Transport plain, first{Address::parse("127.0.0.2:0")}, second{Address::parse("127.0.0.3:0")};
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, transports.idOf(plain));
    const uint32_t number = transports.idOf(first);
    CPPUNIT_ASSERT(number != 0);
    CPPUNIT_ASSERT(transports.idOf(second) != number);
    CPPUNIT_ASSERT_EQUAL(number, transports.idOf(first));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TransportsTest);

}  // namespace weir
