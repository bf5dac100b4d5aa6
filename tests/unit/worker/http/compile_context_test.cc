// SPDX-License-Identifier: Apache-2.0
#include "worker/http/compile_context.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"

namespace weir {

class CompileContextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CompileContextTest);
  CPPUNIT_TEST(aConfiguredUpstreamImpliesNothing);
  CPPUNIT_TEST(anAddressImpliesAnUpstream);
  CPPUNIT_TEST(aCheckHasNoUpstreams);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;
  Settings settings_;
  Diagnostics diagnostics_;

 public:
  void setUp() override { site_.emplace(); }
  void tearDown() override { site_.reset(); }

  void aConfiguredUpstreamImpliesNothing() {
    CompileContext context(settings_, diagnostics_, &site_->services, nullptr);
    Ref<Upstream> first = context.upstreamFor("app", true);
    CPPUNIT_ASSERT_EQUAL(std::string("app"), std::string(first->name()));
    CPPUNIT_ASSERT(first == context.upstreamFor("app", true));
    CPPUNIT_ASSERT(context.implicit_upstreams.empty());
  }

  void anAddressImpliesAnUpstream() {
    CompileContext context(settings_, diagnostics_, &site_->services, nullptr);
    Ref<Upstream> made = context.upstreamFor("127.0.0.1:8081", false);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, context.implicit_upstreams.size());
    CPPUNIT_ASSERT_EQUAL(context.implicit_upstreams[0].name, std::string(made->name()));
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:8081"), context.implicit_upstreams[0].servers.at(0).host);
  }

  void aCheckHasNoUpstreams() {
    CompileContext context(settings_, diagnostics_, nullptr, nullptr);
    CPPUNIT_ASSERT(!context.upstreamFor("app", true));
    CPPUNIT_ASSERT(!context.upstreamFor("127.0.0.1:8081", false));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, context.implicit_upstreams.size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CompileContextTest);

}  // namespace weir
