// SPDX-License-Identifier: Apache-2.0
#include "worker/http/route.h"

#include <cppunit/extensions/HelperMacros.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "worker/http/compile_context.h"

namespace weir {

class RouteTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RouteTest);
  CPPUNIT_TEST(aRouteHasWhatItsLocationAsksFor);
  CPPUNIT_TEST(returnComesBeforeProxyPass);
  CPPUNIT_TEST(filtersAreInTheOrderOfTheirNames);
  CPPUNIT_TEST(theFallbackHasTheServersSettings);
  CPPUNIT_TEST(theFirstNameElseTheSections);
  CPPUNIT_TEST(hostsFindTheirServer);
  CPPUNIT_TEST(theDefaultServerIsMarkedOrFirst);
  CPPUNIT_TEST(oneServerAnswersForAll);
  CPPUNIT_TEST(oneServerWithPatternsStillCaptures);
  CPPUNIT_TEST_SUITE_END();

  Settings settings_;
  std::unique_ptr<Diagnostics> diagnostics_;
  std::deque<ServerSettings> servers_;
  std::vector<std::unique_ptr<VirtualServer>> compiled_;
  std::unique_ptr<ListenerRoutes> routes_;

  ServerSettings& server(std::string name, std::vector<std::string> names = {}) {
    servers_.emplace_back().name = std::move(name);
    servers_.back().server_name = std::move(names);
    return servers_.back();
  }
  VirtualServer& compile(const ServerSettings& server) {
    CompileContext context(settings_, *diagnostics_, nullptr, nullptr);
    compiled_.push_back(std::make_unique<VirtualServer>(server, context));
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics_->formatAll());
    return *compiled_.back();
  }
  void add(const ServerSettings& server, bool is_default = false) {
    ListenSetting listen;
    listen.default_server = is_default;
    routes_->add(compile(server), server, listen, *diagnostics_);
  }
  std::string find(std::string_view host) {
    Captures captures;
    return routes_->find(host, captures).name();
  }
  static void same(std::string_view wanted, std::string_view got) {
    CPPUNIT_ASSERT_EQUAL(std::string(wanted), std::string(got));
  }

 public:
  void setUp() override {
    diagnostics_ = std::make_unique<Diagnostics>();
    routes_ = std::make_unique<ListenerRoutes>();
  }
  void tearDown() override {
    routes_.reset();
    compiled_.clear();
    servers_.clear();
  }

  void aRouteHasWhatItsLocationAsksFor() {
    ServerSettings& main = server("main");
    main.locations.resize(2);
    main.locations[0].name = main.locations[0].pattern = "/a";
    main.locations[1].name = main.locations[1].pattern = "/b";
    main.locations[1].http.return_.code = 200;
    VirtualServer& compiled = compile(main);
    CPPUNIT_ASSERT(compiled.route(0).handler() == nullptr);
    CPPUNIT_ASSERT(compiled.route(0).filters().empty());
    CPPUNIT_ASSERT(compiled.route(1).handler() != nullptr);
    same("/b", compiled.route(1).name());
  }

  void returnComesBeforeProxyPass() {
    ServerSettings& main = server("main");
    main.http.proxy_pass.text = "http://app";
    const Handler* proxy = compile(main).fallback().handler();
    ServerSettings& other = server("other");
    other.http.return_.code = 200;
    const Handler* returns = compile(other).fallback().handler();
    ServerSettings& both = server("both");
    both.http = main.http;
    both.http.return_.code = 200;
    const Handler* chosen = compile(both).fallback().handler();
    CPPUNIT_ASSERT(typeid(*chosen) == typeid(*returns));
    CPPUNIT_ASSERT(typeid(*chosen) != typeid(*proxy));
  }

  void filtersAreInTheOrderOfTheirNames() {
    ServerSettings& access = server("access");
    access.http.access.resize(1);
    ServerSettings& both = server("both");
    both.http.access.resize(1);
    both.http.add_header.push_back({"X", {"1", {}}, false});
    const Filter& alone = *compile(access).fallback().filters().at(0);
    const auto& filters = compile(both).fallback().filters();
    CPPUNIT_ASSERT_EQUAL(size_t{2}, filters.size());
    const Filter& first = *filters[0];
    CPPUNIT_ASSERT(typeid(first) == typeid(alone));
  }

  void theFallbackHasTheServersSettings() {
    ServerSettings& main = server("main");
    main.http.client_max_body_size = {77};
    const Route& fallback = compile(main).fallback();
    same("_", fallback.name());
    CPPUNIT_ASSERT_EQUAL(uint64_t{77}, fallback.http().client_max_body_size.bytes);
    CPPUNIT_ASSERT(fallback.handler() == nullptr);
  }

  void theFirstNameElseTheSections() {
    same("a.example", compile(server("main", {"a.example", "b.example"})).firstName());
    same("main", compile(server("main")).firstName());
  }

  void hostsFindTheirServer() {
    add(server("one", {"a.example", "*.b.example"}));
    add(server("two", {"c.example"}));
    same("one", find("a.example"));
    same("one", find("x.b.example"));
    same("two", find("c.example"));
    same("one", find("unknown"));
    same("one", find(""));
  }

  void theDefaultServerIsMarkedOrFirst() {
    add(server("one", {"a.example"}));
    add(server("two", {"b.example"}), true);
    same("two", find("unknown"));
    same("two", routes_->defaultServer().name());
  }

  void oneServerAnswersForAll() {
    add(server("only", {"a.example"}));
    same("only", find("unknown"));
    same("only", routes_->defaultServer().name());
  }

  void oneServerWithPatternsStillCaptures() {
    add(server("only", {"~^(.+)\\.example$"}));
    Captures captures;
    same("only", routes_->find("shop.example", captures).name());
    same("shop", captures.group(1));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RouteTest);

}  // namespace weir
