// SPDX-License-Identifier: Apache-2.0
// The table itself, and the page that is written from it.
#include <algorithm>
#include <set>

#include "shared/config/reference.h"
#include "tests/unit/shared/config/configured.h"

namespace weir::config {
namespace {

class DirectivesTest : public Configured {
  CPPUNIT_TEST_SUITE(DirectivesTest);
  CPPUNIT_TEST(namesAreUniqueInEachContext);
  CPPUNIT_TEST(everyRowIsComplete);
  CPPUNIT_TEST(defaultsAreAsWritten);
  CPPUNIT_TEST(defaultsThatDependOnWhoStarts);
  CPPUNIT_TEST(upstreamDefaults);
  CPPUNIT_TEST(theReferenceNamesEveryDirective);
  CPPUNIT_TEST(theReferenceTakesVariables);
  CPPUNIT_TEST_SUITE_END();

  static bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
  }

 public:
  void namesAreUniqueInEachContext() {
    for (const auto& section : sections()) {
      std::set<std::string_view> names;
      for (const auto& directive : directives())
        if (directive.contexts.has(section.context))
          CPPUNIT_ASSERT_MESSAGE(std::string(directive.name), names.insert(directive.name).second);
    }
  }

  void everyRowIsComplete() {
    for (const auto& directive : directives()) {
      std::string name(directive.name);
      CPPUNIT_ASSERT_MESSAGE(name, directive.contexts.bits != 0);
      CPPUNIT_ASSERT_MESSAGE(name, !directive.syntax.empty());
      CPPUNIT_ASSERT_MESSAGE(name, directive.doc.ends_with('.'));
      CPPUNIT_ASSERT_MESSAGE(name, directive.range.min <= directive.range.max);
      bool has_field = directive.field.owner != Owner::None;
      CPPUNIT_ASSERT_MESSAGE(name, has_field == (directive.field.set != nullptr));
      CPPUNIT_ASSERT_MESSAGE(name, has_field || !directive.initial.empty());
    }
  }

  // What the defaults say is nginx's, but for the table at the end of the configuration contract.
  void defaultsAreAsWritten() {
    const auto& settings = good("[http]\n");
    const auto& http = settings.http;
    CPPUNIT_ASSERT(!settings.main.worker_processes.value);
    CPPUNIT_ASSERT_EQUAL(std::string("/weir/logs/weir.pid"), settings.main.pid.value);
    CPPUNIT_ASSERT_EQUAL(std::string("/weir/logs/error.log"), settings.main.error_log.at(0).path);
    CPPUNIT_ASSERT(LogLevel::Error == settings.main.error_log.at(0).level);
    CPPUNIT_ASSERT(Milliseconds(60'000) == settings.main.worker_shutdown_timeout);
    CPPUNIT_ASSERT_EQUAL(std::string("/metrics"), settings.metrics.path);
    CPPUNIT_ASSERT(Milliseconds(60'000) == http.client_header_timeout);
    CPPUNIT_ASSERT(Milliseconds(5'000) == http.proxy_connect_timeout);
    CPPUNIT_ASSERT(Milliseconds(60'000) == http.proxy_read_timeout);
    CPPUNIT_ASSERT(Milliseconds(3'600'000) == http.keepalive_time);
    CPPUNIT_ASSERT_EQUAL(uint64_t{1} << 20, http.client_max_body_size.bytes);
    CPPUNIT_ASSERT_EQUAL(uint64_t{16} << 10, http.proxy_buffer_size.bytes);
    CPPUNIT_ASSERT_EQUAL(1000u, http.max_headers);
    CPPUNIT_ASSERT_EQUAL(3u, http.proxy_next_upstream_tries);
    CPPUNIT_ASSERT(http.merge_slashes && !http.server_tokens && !http.absolute_redirect);
    CPPUNIT_ASSERT_EQUAL(std::string("X-Real-IP"), http.real_ip_header);
    CPPUNIT_ASSERT_EQUAL(std::string("text/plain"), http.default_type);
    CPPUNIT_ASSERT_EQUAL(std::string("/weir/logs/access.log"), http.access_log.at(0).path);
    CPPUNIT_ASSERT_EQUAL(std::string("combined"), settings.log_formats.at(0).name);
    CPPUNIT_ASSERT(RedirectRule::Kind::Default == http.proxy_redirect.at(0).kind);
  }

  void defaultsThatDependOnWhoStarts() {
    const auto& as_root = good("[server a]\n");
    CPPUNIT_ASSERT_EQUAL(std::string("nobody"), as_root.main.user.user);
    CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0:80"), as_root.servers[0].listen.at(0).address.toString());
    asUser();
    const auto& as_user = good("");
    CPPUNIT_ASSERT_EQUAL(std::string(), as_user.main.user.user);
    CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0:8000"), as_user.servers[0].listen.at(0).address.toString());
  }

  void upstreamDefaults() {
    const auto& upstream = good("[upstream u]\nserver = 127.0.0.1:1\n").upstreams.at(0);
    CPPUNIT_ASSERT_EQUAL(32u, upstream.keepalive);
    CPPUNIT_ASSERT_EQUAL(1000u, upstream.keepalive_requests);
    CPPUNIT_ASSERT(Milliseconds(60'000) == upstream.keepalive_timeout);
    CPPUNIT_ASSERT_EQUAL(3u, upstream.servers[0].max_fails);
    CPPUNIT_ASSERT(Milliseconds(10'000) == upstream.servers[0].fail_timeout);
  }

  void theReferenceNamesEveryDirective() {
    auto page = configurationReference();
    for (const auto& directive : directives())
      CPPUNIT_ASSERT_MESSAGE(std::string(directive.name), contains(page, "| `" + std::string(directive.name) + "` |"));
    for (const auto& section : sections()) CPPUNIT_ASSERT(contains(page, "`[" + std::string(section.name)));
    CPPUNIT_ASSERT(contains(page, "| `proxy_connect_timeout` | time | `5s` | http, server, location |"));
  }

  void theReferenceTakesVariables() {
    CPPUNIT_ASSERT(
        contains(configurationReference("all of $them\n"), "## Variables\n\nall of $them\n\n## Command line"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DirectivesTest);

}  // namespace
}  // namespace weir::config
