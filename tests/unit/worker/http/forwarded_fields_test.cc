// SPDX-License-Identifier: Apache-2.0
// S-27: hop-by-hop fields, and those that Connection names, end here.
#include "worker/http/forwarded_fields.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <string>

#include "worker/codec/http1_request.h"

namespace weir {
namespace {

class ForwardedFieldsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ForwardedFieldsTest);
  CPPUNIT_TEST(linesGoByteForByte);
  CPPUNIT_TEST(hopByHopFieldsStay_S27);
  CPPUNIT_TEST(namedByConnectionStays_S27);
  CPPUNIT_TEST(hiddenFieldsStay);
  CPPUNIT_TEST(unknownNamesCannotBeHiddenByTheirSet);
  CPPUNIT_TEST(ignoredFieldsStay_S26);
  CPPUNIT_TEST(nothingOfNothing);
  CPPUNIT_TEST(whatDoesNotFitIsSaid);
  CPPUNIT_TEST_SUITE_END();

  RequestParser parser_;
  std::string text_;

  const std::vector<HeaderField>& fieldsOf(std::string lines) {
    text_ = "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
    parser_.reset({});
    CPPUNIT_ASSERT(parser_.parse(text_) == ParseStatus::Done);
    return parser_.head().fields;
  }
  std::string forwarded(std::string lines, HeaderSet hidden = setOf(HeaderId::Host)) {
    auto& fields = fieldsOf(std::move(lines));
    std::array<char, 4096> room;
    HeadWriter writer(room);
    forwardFields(writer, text_.data(), fields, hidden);
    CPPUNIT_ASSERT(writer.fits());
    return std::string(writer.text());
  }
  static void same(std::string wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void linesGoByteForByte() { same("a:1\r\nB:\t 2 \r\nA: 3\r\n", forwarded("a:1\r\nB:\t 2 \r\nA: 3\r\n")); }

  void hopByHopFieldsStay_S27() {
    same("A: 1\r\nB: 2\r\nC: 3\r\n",
         forwarded("Keep-Alive: x\r\nA: 1\r\nProxy-Connection: x\r\nTE: trailers\r\nB: 2\r\n"
                   "C: 3\r\nUpgrade: x\r\nTrailer: x\r\n"));
  }

  void namedByConnectionStays_S27() {
    same("A: 1\r\nC: 3\r\n", forwarded("A: 1\r\nX-Mine: 2\r\nC: 3\r\nConnection: close, x-mine\r\n"));
  }

  void hiddenFieldsStay() {
    same("Accept: a\r\nRange: r\r\n", forwarded("Accept: a\r\nUser-Agent: u\r\nUser-Agent: v\r\nRange: r\r\n",
                                                setOf(HeaderId::Host, HeaderId::UserAgent)));
  }

  void unknownNamesCannotBeHiddenByTheirSet() {
    same("X-Unknown: 1\r\n", forwarded("X-Unknown: 1\r\n", setOf(HeaderId::Host, HeaderId::Other)));
  }

  void ignoredFieldsStay_S26() { same("A: 1\r\nB: 2\r\n", forwarded("A: 1\r\nX_Y: 2\r\nB: 2\r\n")); }

  void nothingOfNothing() { same("", forwarded("")); }

  void whatDoesNotFitIsSaid() {
    auto& fields = fieldsOf("A: 1\r\n");
    std::array<char, 6> room;
    HeadWriter fits(room);
    forwardFields(fits, text_.data(), fields, setOf(HeaderId::Host));
    CPPUNIT_ASSERT(fits.fits());
    HeadWriter tight({room.data(), 5});
    forwardFields(tight, text_.data(), fields, setOf(HeaderId::Host));
    CPPUNIT_ASSERT(!tight.fits());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForwardedFieldsTest);

}  // namespace
}  // namespace weir
