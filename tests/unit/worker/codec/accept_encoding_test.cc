// SPDX-License-Identifier: Apache-2.0
// S-49: weights of content codings.
#include "worker/codec/accept_encoding.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class AcceptEncodingTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AcceptEncodingTest);
  CPPUNIT_TEST(weights);
  CPPUNIT_TEST(whatIsNoWeightIsNone);
  CPPUNIT_TEST(anyOther);
  CPPUNIT_TEST_SUITE_END();

  static void expect(int weight, std::string_view value) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(value), weight, int{codingQuality(value, "gzip")});
  }

 public:
  void weights() {
    for (auto value : {"gzip", "GZIP", "br, gzip", "deflate;q=0.1 , gzip ; q=1", "x-gzip", "gzip;q=1.000", "gzip;q=1."})
      expect(1000, value);
    expect(750, "gzip;q=0.75");
    expect(1, "gzip;q=0.001");
    expect(0, "gzip;q=0");
    expect(0, "gzip;q=0.000");
    expect(500, "gzip;v=1;Q=0.5");
    for (auto value : {"", "br", "gzipped", "gz ip", ";gzip", "q=1;gzip"}) expect(0, value);
  }

  void whatIsNoWeightIsNone() {
    for (auto value : {"gzip;q=2", "gzip;q=1.5", "gzip;q=-1", "gzip;q=", "gzip;q=x", "gzip;q=0.1234", "gzip;q=00"})
      expect(0, value);
  }

  void anyOther() {
    expect(1000, "*");
    expect(300, "br, *;q=0.3");
    expect(0, "*;q=0");
    expect(0, "*, gzip;q=0");
    expect(0, "gzip;q=0, *");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AcceptEncodingTest);

}  // namespace weir
