// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/tried_peers.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

class TriedPeersTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TriedPeersTest);
  CPPUNIT_TEST(remembersEachIndexUntilItIsRemoved);
  CPPUNIT_TEST(clearForgetsAll);
  CPPUNIT_TEST_SUITE_END();

 public:
  void remembersEachIndexUntilItIsRemoved() {
    for (size_t index : {0, 1, 63, 64, 127, 128, 1000}) {
      TriedPeers tried;
      CPPUNIT_ASSERT(!tried.has(index));
      tried.add(index);
      CPPUNIT_ASSERT(tried.has(index));
      CPPUNIT_ASSERT(!tried.has(index + 1));
      CPPUNIT_ASSERT(!tried.has(index + 64));
      CPPUNIT_ASSERT(index == 0 || !tried.has(index - 1));
      tried.remove(index);
      CPPUNIT_ASSERT(!tried.has(index));
    }
  }

  void clearForgetsAll() {
    TriedPeers tried;
    tried.add(3);
    tried.add(70);
    tried.clear();
    CPPUNIT_ASSERT(!tried.has(3));
    CPPUNIT_ASSERT(!tried.has(70));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TriedPeersTest);

}  // namespace weir
