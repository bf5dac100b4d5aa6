// SPDX-License-Identifier: Apache-2.0
#include "worker/http/template.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/http/served_exchange.h"

namespace weir {
namespace {

class TemplateTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TemplateTest);
  CPPUNIT_TEST(plainTextIsALiteral);
  CPPUNIT_TEST(replacesVariables);
  CPPUNIT_TEST(bracesEndAName);
  CPPUNIT_TEST(groupsAreOneDigit);
  CPPUNIT_TEST(namedGroupsMustExist);
  CPPUNIT_TEST(unknownVariablesAreReportedWithTheNearest);
  CPPUNIT_TEST(aDollarSignNeedsAName);
  CPPUNIT_TEST(everyMistakeIsReported);
  CPPUNIT_TEST(tellsWhatItNeeds);
  CPPUNIT_TEST(encodesVariablesOnly);
  CPPUNIT_TEST_SUITE_END();

  Template compile(std::string text) { return Template::compile({std::move(text), {0, 12}}, variables_, diagnostics_); }
  std::string expand(std::string text) {
    Template compiled = compile(std::move(text));
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics_.formatAll());
    std::string result;
    compiled.append(served_.exchange, result);
    return result;
  }
  std::string problemOf(std::string text) {
    Diagnostics fresh;
    Template::compile({std::move(text), {0, 12}}, variables_, fresh);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, fresh.all().size());
    CPPUNIT_ASSERT_EQUAL(12u, fresh.all()[0].origin.line);
    return fresh.all()[0].message;
  }
  static void same(std::string_view expected, const std::string& actual) {
    CPPUNIT_ASSERT_EQUAL(std::string(expected), actual);
  }

  Diagnostics diagnostics_;
  VariableScope variables_;
  ServedExchange served_;

 public:
  void plainTextIsALiteral() {
    CPPUNIT_ASSERT(compile("").isEmpty());
    CPPUNIT_ASSERT(compile("").isLiteral() && compile("").literal().empty());
    CPPUNIT_ASSERT(compile("a b").isLiteral() && compile("a b").literal() == "a b");
    CPPUNIT_ASSERT(!compile("$uri").isLiteral());
    CPPUNIT_ASSERT(!compile("a$uri").isLiteral());
  }

  void replacesVariables() {
    served_.serve("GET /path?q HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    same("http://www.example.com/path?q", expand("$scheme://$host$uri$is_args$args"));
    same("/path/path", expand("$uri$uri"));
    same("-/path-", expand("-$uri-"));
  }

  void bracesEndAName() {
    served_.serve("GET /p HTTP/1.1\r\nHost: h\r\n\r\n");
    same("/p_x", expand("${uri}_x"));
    same("/p}", expand("$uri}"));
  }

  void groupsAreOneDigit() {
    served_.addLocation(LocationSettings::Match::Regex, "^/(\\w+)/(\\w+)");
    served_.serve("GET /one/two HTTP/1.1\r\nHost: h\r\n\r\n");
    same("two-one", expand("$2-$1"));
    same("one0", expand("$10"));
    same("[]", expand("[$9]"));
  }

  void namedGroupsMustExist() {
    CPPUNIT_ASSERT(problemOf("$user").find("unknown variable \"$user\"") == 0);
    variables_.groups.add(std::get<Regex>(Regex::compile("(?<user>x)", Regex::Case::Sensitive)));
    served_.addLocation(LocationSettings::Match::Regex, "^/u/(?<user>\\w+)");
    served_.serve("GET /u/joe HTTP/1.1\r\nHost: h\r\n\r\n");
    same("joe", expand("$user"));
  }

  void unknownVariablesAreReportedWithTheNearest() {
    same("unknown variable \"$remote_adr\"; did you mean \"$remote_addr\"?", problemOf("x $remote_adr y"));
    same("unknown variable \"$zzzzzzzzzzzz\"", problemOf("$zzzzzzzzzzzz"));
    // TLS variables have no meaning yet.
    CPPUNIT_ASSERT(problemOf("$ssl_early_data").starts_with("unknown variable"));
    CPPUNIT_ASSERT(problemOf("$http_").starts_with("unknown variable"));
    CPPUNIT_ASSERT(problemOf("$0").starts_with("unknown variable"));
  }

  void aDollarSignNeedsAName() {
    for (auto text : {"a$", "$ x", "$$", "cost: $-"}) {
      Diagnostics fresh;
      Template::compile({text, {}}, variables_, fresh);
      CPPUNIT_ASSERT_MESSAGE(text, fresh.hasErrors());
    }
    CPPUNIT_ASSERT(problemOf("a$").find("cannot be written") != std::string::npos);
    for (auto text : {"${", "${}", "${uri", "${ur i}"}) CPPUNIT_ASSERT(problemOf(text).find("\"${\"") == 0);
  }

  void everyMistakeIsReported() {
    compile("$nonsense1 $uri $nonsense2 $");
    CPPUNIT_ASSERT_EQUAL(size_t{3}, diagnostics_.errorCount());
  }

  void tellsWhatItNeeds() {
    CPPUNIT_ASSERT(compile("$sent_http_etag").needs(VariableNeed::SentFields));
    CPPUNIT_ASSERT(compile("$uri $upstream_http_etag").needs(VariableNeed::UpstreamFields));
    CPPUNIT_ASSERT(!compile("$uri").needs(VariableNeed::SentFields));
  }

  void encodesVariablesOnly() {
    served_.serve("GET /p HTTP/1.1\r\nHost: h\r\n\r\n");
    std::string result = "before ";
    compile("text $uri $args.").appendEach(served_.exchange, result, [](std::string& to, size_t from) {
      to.insert(from, "<");
      to.push_back('>');
    });
    same("before text </p> <>.", result);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TemplateTest);

}  // namespace
}  // namespace weir
