// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/series_key.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

class SeriesKeyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SeriesKeyTest);
  CPPUNIT_TEST(valuesComeBack);
  CPPUNIT_TEST(boundariesBetweenValuesCount);
  CPPUNIT_TEST(theMetricIsPartOfTheHash);
  CPPUNIT_TEST(longValuesAreCut);
  CPPUNIT_TEST(aCharacterIsNotCut);
  CPPUNIT_TEST(validUtf8IsKept);
  CPPUNIT_TEST(invalidUtf8IsReplaced);
  CPPUNIT_TEST(controlCharactersAreReplaced);
  CPPUNIT_TEST(theWorstCaseFits);
  CPPUNIT_TEST_SUITE_END();

  static inline const std::string kBad = "\xEF\xBF\xBD";

  static std::string kept(std::string_view value) { return SeriesKey::decode(SeriesKey({value}).text()).at(0); }
  static void keeps(std::string_view value) { CPPUNIT_ASSERT_EQUAL(std::string(value), kept(value)); }

 public:
  void valuesComeBack() {
    const auto values = SeriesKey::decode(SeriesKey({"a", "", "c d"}).text());
    CPPUNIT_ASSERT(values == (std::vector<std::string>{"a", "", "c d"}));
    CPPUNIT_ASSERT(SeriesKey::decode(SeriesKey({}).text()).empty());
  }

  void boundariesBetweenValuesCount() {
    CPPUNIT_ASSERT(SeriesKey({"ab", "c"}).text() != SeriesKey({"a", "bc"}).text());
    CPPUNIT_ASSERT(SeriesKey({"a", ""}).text() != SeriesKey({"", "a"}).text());
  }

  void theMetricIsPartOfTheHash() {
    const SeriesKey key({"a"});
    CPPUNIT_ASSERT(key.hash(Metric::HttpRequestsInFlight) != key.hash(Metric::HttpRequestBytesTotal));
    CPPUNIT_ASSERT_EQUAL(key.hash(Metric::HttpRequestsInFlight), SeriesKey({"a"}).hash(Metric::HttpRequestsInFlight));
  }

  void longValuesAreCut() {
    CPPUNIT_ASSERT_EQUAL(size_t{128}, kept(std::string(128, 'x')).size());
    CPPUNIT_ASSERT_EQUAL(size_t{128}, kept(std::string(100'000, 'x')).size());
  }

  void aCharacterIsNotCut() {
    CPPUNIT_ASSERT_EQUAL(std::string(127, 'x'), kept(std::string(127, 'x') + "é"));
    CPPUNIT_ASSERT_EQUAL(std::string(126, 'x') + "é", kept(std::string(126, 'x') + "éé"));
  }

  void validUtf8IsKept() {
    for (const char* value : {"plain", "é", "€", "\U0001F600", "\u07FF", "\uFFFF", "\U0010FFFF", "\"\\"}) keeps(value);
  }

  void invalidUtf8IsReplaced() {
    CPPUNIT_ASSERT_EQUAL(kBad + "a", kept("\xFF\x61"));
    CPPUNIT_ASSERT_EQUAL("a" + kBad, kept("a\xC3"));                            // ends within a character
    CPPUNIT_ASSERT_EQUAL(kBad + kBad, kept("\xC0\x80"));                        // overlong NUL
    CPPUNIT_ASSERT_EQUAL(kBad + kBad + kBad, kept("\xED\xA0\x80"));             // a surrogate
    CPPUNIT_ASSERT_EQUAL(kBad + kBad + kBad, kept("\xE0\x9F\xBF"));             // overlong
    CPPUNIT_ASSERT_EQUAL(kBad + kBad + kBad + kBad, kept("\xF4\x90\x80\x80"));  // above U+10FFFF
  }

  void controlCharactersAreReplaced() {
    CPPUNIT_ASSERT_EQUAL("a" + kBad + "b", kept("a\nb"));
    CPPUNIT_ASSERT_EQUAL(kBad, kept(std::string_view("\0", 1)));
    CPPUNIT_ASSERT_EQUAL(kBad, kept("\x7F"));
  }

  void theWorstCaseFits() {
    const std::string garbage(1000, '\xFF');
    const SeriesKey key(LabelValues(kMaxLabels, garbage));
    CPPUNIT_ASSERT_EQUAL(kMaxLabels * (1 + 126), key.text().size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SeriesKeyTest);

}  // namespace weir
