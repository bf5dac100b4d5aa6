// SPDX-License-Identifier: Apache-2.0
#include "shared/config/scalar.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <utility>

namespace weir::config {
namespace {

class ScalarTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ScalarTest);
  CPPUNIT_TEST(sizes);
  CPPUNIT_TEST(wrongSizes);
  CPPUNIT_TEST(times);
  CPPUNIT_TEST(wrongTimes);
  CPPUNIT_TEST(printedValuesAreReadAgain);
  CPPUNIT_TEST(counts);
  CPPUNIT_TEST(switches);
  CPPUNIT_TEST(tokensAndFieldValues);
  CPPUNIT_TEST(hostNames);
  CPPUNIT_TEST(utf8);
  CPPUNIT_TEST_SUITE_END();

  static void expectSize(uint64_t bytes, std::string_view text) {
    CPPUNIT_ASSERT(parseSize(text));
    CPPUNIT_ASSERT_EQUAL(bytes, parseSize(text)->bytes);
  }

  static void expectTime(int64_t milliseconds, std::string_view text) {
    CPPUNIT_ASSERT(parseTime(text));
    CPPUNIT_ASSERT_EQUAL(milliseconds, int64_t{parseTime(text)->count()});
  }

 public:
  void sizes() {
    expectSize(0, "0");
    expectSize(512, "512");
    expectSize(8192, "8k");
    expectSize(8192, "8K");
    expectSize(1 << 20, "1m");
    expectSize(2ull << 30, "2g");
    expectSize(9223372036854775807ull, "9223372036854775807");
  }

  void wrongSizes() {
    for (auto text : {"", "k", "-1", "+1", "1x", "1kb", "1 k", "1.5m", "0x10", "9223372036854775808", "8589934592g",
                      "99999999999999999999999"})
      CPPUNIT_ASSERT_MESSAGE(text, !parseSize(text));
  }

  void times() {
    expectTime(0, "0");
    expectTime(30000, "30");
    expectTime(500, "500ms");
    expectTime(10000, "10s");
    expectTime(300000, "5m");
    expectTime(3600000, "1h");
    expectTime(86400000, "1d");
    expectTime(7 * 86400000ll, "1w");
    expectTime(30 * 86400000ll, "1M");
    expectTime(365 * 86400000ll, "1y");
    expectTime(5400000, "1h30m");
    expectTime(90001, "1m30s1ms");
    expectTime(90000, "1m30");
  }

  void wrongTimes() {
    for (auto text : {"", "s", "-1s", "1x", "1 s", "30m1h", "1s1s", "1.5s", "10sec", "99999999999999999999",
                      "999999999999y", "9223372036854775807", "ms"})
      CPPUNIT_ASSERT_MESSAGE(text, !parseTime(text));
  }

  void printedValuesAreReadAgain() {
    for (uint64_t bytes : {0ull, 1ull, 512ull, 1024ull, 1025ull, 16384ull, 1ull << 20, 3ull << 30})
      expectSize(bytes, printSize({bytes}));
    for (int64_t time : {0ll, 1ll, 999ll, 1000ll, 60000ll, 75000ll, 3600000ll, 86400000ll, 90061001ll})
      expectTime(time, printTime(Milliseconds(time)));
    CPPUNIT_ASSERT_EQUAL(std::string("16k"), printSize({16384}));
    CPPUNIT_ASSERT_EQUAL(std::string("60s"), printTime(Milliseconds(60000)));
    CPPUNIT_ASSERT_EQUAL(std::string("1h"), printTime(Milliseconds(3600000)));
  }

  void counts() {
    CPPUNIT_ASSERT(parseCount("18446744073709551615"));
    for (auto text : {"", "-1", "+1", " 1", "1 ", "1a", "18446744073709551616"})
      CPPUNIT_ASSERT_MESSAGE(text, !parseCount(text));
  }

  void switches() {
    CPPUNIT_ASSERT_EQUAL(true, *parseSwitch("on"));
    CPPUNIT_ASSERT_EQUAL(false, *parseSwitch("off"));
    for (auto text : {"", "On", "yes", "1", "true"}) CPPUNIT_ASSERT_MESSAGE(text, !parseSwitch(text));
  }

  void tokensAndFieldValues() {
    CPPUNIT_ASSERT(isToken("X-Request-Id"));
    for (auto text : {"", "a b", "a:", "a\n", "\xc3\xa4"}) CPPUNIT_ASSERT_MESSAGE(text, !isToken(text));
    CPPUNIT_ASSERT(isFieldValue("a b\tc \xc3\xa4"));
    CPPUNIT_ASSERT(!isFieldValue("a\r\nb"));
    CPPUNIT_ASSERT(!isFieldValue(std::string_view("a\0b", 3)));
  }

  void hostNames() {
    for (auto text : {"localhost", "a.b-c.example", "my_service", "a."}) CPPUNIT_ASSERT_MESSAGE(text, isHostName(text));
    for (auto text : {"", ".a", "-a", "a..b", "a b", "a/b", "a:1"}) CPPUNIT_ASSERT_MESSAGE(text, !isHostName(text));
    CPPUNIT_ASSERT(!isHostName(std::string(254, 'a')));
  }

  void utf8() {
    for (auto text : {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
      CPPUNIT_ASSERT_MESSAGE(text, isUtf8(text));
    for (auto text : {"\x80", "\xc2", "\xc2z", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                      "\xf4\x90\x80\x80", "\xff", "a\xe2\x82"})
      CPPUNIT_ASSERT_MESSAGE(text, !isUtf8(text));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ScalarTest);

}  // namespace
}  // namespace weir::config
