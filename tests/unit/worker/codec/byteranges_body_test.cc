// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/byteranges_body.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>

namespace weir {

class ByterangesBodyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ByterangesBodyTest);
  CPPUNIT_TEST(isExact);
  CPPUNIT_TEST(withoutAType);
  CPPUNIT_TEST_SUITE_END();

  static std::string whole(const ByterangesBody& body, std::string_view content) {
    std::string text;
    for (const auto& part : body.parts())
      text.append(part.head).append(content.substr(part.range.first, part.range.size()));
    return text + body.ending();
  }

 public:
  void isExact() {
    std::array<ByteRange, 2> ranges{{{0, 1}, {4, 9}}};
    ByterangesBody body(ranges, 10, "text/plain", "B");
    std::string expected =
        "--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
        "\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 4-9/10\r\n\r\n456789"
        "\r\n--B--\r\n";
    CPPUNIT_ASSERT_EQUAL(expected, whole(body, "0123456789"));
    CPPUNIT_ASSERT_EQUAL(uint64_t{expected.size()}, body.length());
    CPPUNIT_ASSERT_EQUAL(std::string("multipart/byteranges; boundary=B"), body.contentType());
  }

  void withoutAType() {
    std::array<ByteRange, 1> ranges{{{0, 0}}};
    CPPUNIT_ASSERT_EQUAL(std::string("--B\r\nContent-Range: bytes 0-0/1\r\n\r\nx\r\n--B--\r\n"),
                         whole(ByterangesBody(ranges, 1, "", "B"), "x"));
    CPPUNIT_ASSERT_EQUAL(std::string("bytes */7"), unsatisfiedRange(7));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ByterangesBodyTest);

}  // namespace weir
