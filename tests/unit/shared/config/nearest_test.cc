// SPDX-License-Identifier: Apache-2.0
#include "shared/config/nearest.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>

namespace weir {
namespace {

constexpr std::array<std::string_view, 4> kKnown{"listen", "server_name", "proxy_pass", "pid"};

class NearestTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NearestTest);
  CPPUNIT_TEST(distances);
  CPPUNIT_TEST(findsWhatWasMeant);
  CPPUNIT_TEST(isSilentWhenNothingIsNear);
  CPPUNIT_TEST_SUITE_END();

 public:
  void distances() {
    CPPUNIT_ASSERT_EQUAL(size_t{0}, editDistance("abc", "abc"));
    CPPUNIT_ASSERT_EQUAL(size_t{3}, editDistance("", "abc"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, editDistance("abc", "abd"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, editDistance("abc", "acb"));
    CPPUNIT_ASSERT_EQUAL(size_t{3}, editDistance("kitten", "sitting"));
  }

  void findsWhatWasMeant() {
    for (auto [word, meant] :
         {std::pair{"lisen", "listen"}, {"servername", "server_name"}, {"proxypass", "proxy_pass"}, {"pdi", "pid"}})
      CPPUNIT_ASSERT_EQUAL(std::string(meant), std::string(nearest(word, kKnown)));
    CPPUNIT_ASSERT_EQUAL(std::string("; did you mean \"listen\"?"), didYouMean("listn", kKnown));
  }

  void isSilentWhenNothingIsNear() {
    for (auto word : {"", "gzip", "something", "xyz"}) CPPUNIT_ASSERT_EQUAL(std::string(), didYouMean(word, kKnown));
    CPPUNIT_ASSERT_EQUAL(std::string(), didYouMean(std::string(65536, 'l'), kKnown));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NearestTest);

}  // namespace
}  // namespace weir
