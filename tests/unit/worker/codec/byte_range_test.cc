// SPDX-License-Identifier: Apache-2.0
// S-47: which ranges a value asks for.
#include "worker/codec/byte_range.h"

#include <cppunit/extensions/HelperMacros.h>

#include <limits>
#include <string>

namespace weir {

class ByteRangeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ByteRangeTest);
  CPPUNIT_TEST(ranges);
  CPPUNIT_TEST(suffixes);
  CPPUNIT_TEST(lists);
  CPPUNIT_TEST(unsatisfiable);
  CPPUNIT_TEST(malformedIsTheWhole);
  CPPUNIT_TEST(numbersBeyondAllNumbers);
  CPPUNIT_TEST(anEmptyRepresentation);
  CPPUNIT_TEST(tooManyAreTheWhole);
  CPPUNIT_TEST(tooMuchIsTheWhole);
  CPPUNIT_TEST_SUITE_END();

  // "0-1 5-9", "whole" or "none"
  static std::string read(std::string_view value, uint64_t size = 100, size_t most = 10) {
    std::vector<ByteRange> ranges{{1, 2}};
    switch (parseByteRanges(value, size, most, ranges)) {
      case RangeVerdict::Whole:
        return ranges.empty() ? "whole" : "left over";
      case RangeVerdict::Unsatisfiable:
        return ranges.empty() ? "none" : "left over";
      case RangeVerdict::Partial:
        break;
    }
    std::string text;
    for (const ByteRange& range : ranges)
      text += (text.empty() ? "" : " ") + std::to_string(range.first) + "-" + std::to_string(range.last);
    return text;
  }
  static void expect(std::string_view expected, std::string_view value) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(value), std::string(expected), read(value));
  }

 public:
  void ranges() {
    expect("0-0", "bytes=0-0");
    expect("10-99", "bytes=10-");
    expect("10-99", "bytes=10-100");
    expect("99-99", "Bytes=99-99");
    CPPUNIT_ASSERT_EQUAL(uint64_t{1}, ByteRange({7, 7}).size());
  }

  void suffixes() {
    expect("99-99", "bytes=-1");
    expect("0-99", "bytes=-100");
    expect("0-99", "bytes=-101");
  }

  void lists() {
    expect("0-1 5-9", "bytes=0-1,5-9");
    expect("5-9 0-1", "bytes=5-9 ,\t0-1");
    expect("0-1", "bytes=,, 0-1 ,,");
    expect("0-1", "bytes=0-1,200-");
    expect("0-9 5-14", "bytes=0-9,5-14");
  }

  void unsatisfiable() {
    for (auto value : {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=100-,-0,500-600"}) expect("none", value);
  }

  void malformedIsTheWhole() {
    for (auto value : {"", "bytes", "bytes=", "bytes=,", "bytes= ", "bytes=-", "bytes=1", "bytes=a-", "bytes=1-a",
                       "bytes=2-1", "bytes=0-1,2-1", "bytes=0-1,x", "bytes=+1-2", "bytes=1 -2", "bytes=1- 2",
                       "items=0-1", "bytes:0-1", "bytes=0-1;2-3", "bytes=--5"})
      expect("whole", value);
  }

  void numbersBeyondAllNumbers() {
    expect("0-99", "bytes=0-18446744073709551616");
    expect("0-99", "bytes=-99999999999999999999999");
    expect("none", "bytes=18446744073709551616-");
    uint64_t most = std::numeric_limits<uint64_t>::max();
    CPPUNIT_ASSERT_EQUAL(std::string("18446744073709551614-18446744073709551614"), read("bytes=-1", most));
  }

  void anEmptyRepresentation() {
    CPPUNIT_ASSERT_EQUAL(std::string("none"), read("bytes=0-", 0));
    CPPUNIT_ASSERT_EQUAL(std::string("whole"), read("bytes=-1", 0));
  }

  void tooManyAreTheWhole() {
    CPPUNIT_ASSERT_EQUAL(std::string("0-0 1-1"), read("bytes=0-0,1-1", 100, 2));
    CPPUNIT_ASSERT_EQUAL(std::string("whole"), read("bytes=0-0,1-1,2-2", 100, 2));
    CPPUNIT_ASSERT_EQUAL(std::string("whole"), read("bytes=0-0,200-,300-", 100, 2));
  }

  void tooMuchIsTheWhole() {
    CPPUNIT_ASSERT_EQUAL(std::string("whole"), read("bytes=0-,0-", 100'000));
    CPPUNIT_ASSERT_EQUAL(std::string("0-99999"), read("bytes=0-", 100'000));
    CPPUNIT_ASSERT_EQUAL(std::string("0-99999 0-0"), read("bytes=0-,0-0", 100'000));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ByteRangeTest);

}  // namespace weir
