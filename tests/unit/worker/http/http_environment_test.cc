// SPDX-License-Identifier: Apache-2.0
#include "worker/http/http_environment.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"
#include "worker/http/active_request.h"

namespace weir {

class HttpEnvironmentTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpEnvironmentTest);
  CPPUNIT_TEST(requestsComeBackWithTheirMemory);
  CPPUNIT_TEST(takingMoreThanWasGivenMakesMore);
  CPPUNIT_TEST(theDateIsThatOfTheLoop);
  CPPUNIT_TEST(connectionNumbersAreUnique);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;
  HttpEnvironment& http() { return site_->http; }

 public:
  void setUp() override { site_.emplace(); }
  void tearDown() override { site_.reset(); }

  void requestsComeBackWithTheirMemory() {
    auto request = http().takeRequest();
    request->exchange.requestText().reserve(10'000);
    ActiveRequest* same = request.get();
    http().giveRequest(std::move(request));
    request = http().takeRequest();
    CPPUNIT_ASSERT(request.get() == same);
    CPPUNIT_ASSERT(request->exchange.requestText().capacity() >= 10'000);
  }

  void takingMoreThanWasGivenMakesMore() {
    auto first = http().takeRequest();
    auto second = http().takeRequest();
    CPPUNIT_ASSERT(first && second && first != second);
  }

  void theDateIsThatOfTheLoop() {
    auto second = std::chrono::duration_cast<std::chrono::seconds>(site_->loop.wallNow().time_since_epoch()).count();
    CPPUNIT_ASSERT_EQUAL(std::string(HttpDate(second).text()), std::string(http().date()));
    CPPUNIT_ASSERT(http().date().data() == http().date().data());
  }

  void connectionNumbersAreUnique() { CPPUNIT_ASSERT(http().nextConnectionNumber() != http().nextConnectionNumber()); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpEnvironmentTest);

}  // namespace weir
