// SPDX-License-Identifier: Apache-2.0
#include "shared/base/siphash.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class SipHashTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SipHashTest);
  CPPUNIT_TEST(theVectorsOfItsAuthors);
  CPPUNIT_TEST_SUITE_END();

 public:
  // Key 00 01 .. 0f; texts of n bytes 00 01 ..
  void theVectorsOfItsAuthors() {
    constexpr SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    std::string text;
    for (char c = 0; c < 15; ++c) text.push_back(c);
    CPPUNIT_ASSERT_EQUAL(uint64_t{0x726fdb47dd0e0e31}, sipHash(kKey, ""));
    CPPUNIT_ASSERT_EQUAL(uint64_t{0x74f839c593dc67fd}, sipHash(kKey, text.substr(0, 1)));
    CPPUNIT_ASSERT_EQUAL(uint64_t{0x93f5f5799a932462}, sipHash(kKey, text.substr(0, 8)));
    CPPUNIT_ASSERT_EQUAL(uint64_t{0xa129ca6149be45e5}, sipHash(kKey, text));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SipHashTest);

}  // namespace weir
