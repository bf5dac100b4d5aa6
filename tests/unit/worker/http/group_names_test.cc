// SPDX-License-Identifier: Apache-2.0
#include "worker/http/group_names.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {
namespace {

using Match = LocationSettings::Match;

class GroupNamesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GroupNamesTest);
  CPPUNIT_TEST(findsGroupsOfServerNamesAndLocations);
  CPPUNIT_TEST(eachNameOnce);
  CPPUNIT_TEST(otherPatternsHaveNone);
  CPPUNIT_TEST_SUITE_END();

  void location(Match match, std::string pattern) {
    LocationSettings& made = servers_.back().locations.emplace_back();
    made.match = match;
    made.pattern = std::move(pattern);
  }

  std::vector<ServerSettings> servers_{1};

 public:
  void findsGroupsOfServerNamesAndLocations() {
    servers_[0].server_name = {"plain.example", "~^(?<user>.+)\\.example$"};
    location(Match::Regex, "^/(?<section>\\w+)/");
    location(Match::RegexNoCase, "(?P<page>\\d+)$");
    GroupNames names(servers_);
    for (auto name : {"user", "section", "page"}) CPPUNIT_ASSERT_MESSAGE(name, names.has(name));
    CPPUNIT_ASSERT(!names.has("other"));
  }

  void eachNameOnce() {
    location(Match::Regex, "^/a/(?<id>.)");
    location(Match::Regex, "^/b/(?<id>.)");
    CPPUNIT_ASSERT_EQUAL(size_t{1}, GroupNames(servers_).all().size());
  }

  void otherPatternsHaveNone() {
    location(Match::Prefix, "/(?<id>.)");
    location(Match::Regex, "(?<broken>");
    location(Match::Regex, "^/(.)(?:x)");
    CPPUNIT_ASSERT(GroupNames(servers_).all().empty());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupNamesTest);

}  // namespace
}  // namespace weir
