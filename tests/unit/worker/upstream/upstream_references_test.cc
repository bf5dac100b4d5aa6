// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/upstream_references.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "tests/unit/worker/upstream/fixture.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

class UpstreamReferencesTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(UpstreamReferencesTest);
  CPPUNIT_TEST(aConfiguredUpstreamImpliesNothing);
  CPPUNIT_TEST(anAddressImpliesAnUpstream);
  CPPUNIT_TEST(aMissingPortIsTheDefault);
  CPPUNIT_TEST(aCheckHasNoUpstreams);
  CPPUNIT_TEST_SUITE_END();

  static Settings withApp() {
    Settings settings;
    settings.upstreams.emplace_back().name = "app";
    return settings;
  }

 public:
  void aConfiguredUpstreamImpliesNothing() {
    EventLoop loop;
    UpstreamDirectory directory(loop, stats().segment());
    Settings settings = withApp();
    UpstreamReferences references(settings, &directory);
    Ref<Upstream> first = references.refer("app");
    CPPUNIT_ASSERT_EQUAL(std::string("app"), first->name());
    CPPUNIT_ASSERT(first == references.refer("app"));
    CPPUNIT_ASSERT(references.takeImplied().empty());
  }

  void anAddressImpliesAnUpstream() {
    EventLoop loop;
    UpstreamDirectory directory(loop, stats().segment());
    Settings settings = withApp();
    UpstreamReferences references(settings, &directory);
    Ref<Upstream> made = references.refer("127.0.0.1:8081");
    auto implied = references.takeImplied();
    CPPUNIT_ASSERT_EQUAL(size_t{1}, implied.size());
    CPPUNIT_ASSERT_EQUAL(implied[0].name, made->name());
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:8081"), implied[0].servers.at(0).host);
  }

  void aMissingPortIsTheDefault() {
    Settings settings;
    UpstreamReferences references(settings, nullptr);
    references.refer("127.0.0.1", 53);
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:53"), references.takeImplied().at(0).servers.at(0).host);
  }

  void aCheckHasNoUpstreams() {
    Settings settings = withApp();
    UpstreamReferences references(settings, nullptr);
    CPPUNIT_ASSERT(!references.refer("app"));
    CPPUNIT_ASSERT(!references.refer("127.0.0.1:8081"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, references.takeImplied().size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamReferencesTest);

}  // namespace weir
