// SPDX-License-Identifier: Apache-2.0
// The variables of streams, and [map]: nginx's precedence, chains, and what is wrong with one.
#include "worker/stream/session_scope.h"

#include <optional>
#include <string>

#include "tests/unit/shared/config/configured.h"

namespace weir {

class SessionScopeTest : public config::Configured {
  CPPUNIT_TEST_SUITE(SessionScopeTest);
  CPPUNIT_TEST(textsOfEitherCase);
  CPPUNIT_TEST(namesWithAStar);
  CPPUNIT_TEST(patternsComeAfterTexts);
  CPPUNIT_TEST(groupsHoldInTheValue);
  CPPUNIT_TEST(aMapMayUseAnother);
  CPPUNIT_TEST(whatIsWrongIsSaid);
  CPPUNIT_TEST_SUITE_END();

  std::optional<EventLoop> loop_;
  std::optional<SessionScope> scope_;
  SessionTemplate backend_;

  void compile(const std::string& text) {
    good(text);
    Diagnostics wrong;
    scope_.emplace(*settings_, wrong);
    backend_ = SessionTemplate::compile({"$backend", {}}, *scope_, wrong);
    CPPUNIT_ASSERT_EQUAL(std::string(), wrong.formatAll());
  }
  std::string backend(const std::string& server_name) {
    SessionRecord record(*loop_);
    record.hello.server_name = server_name;
    std::string value;
    backend_.append(record, value);
    return value;
  }
  std::string wrong(const std::string& text) {
    reset();
    good(text);
    Diagnostics wrong;
    SessionScope scope(*settings_, wrong);
    SessionTemplate::compile({"$b", {}}, scope, wrong);
    return wrong.formatAll();
  }
  static void same(const std::string& wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void setUp() override {
    Configured::setUp();
    loop_.emplace();
  }
  void tearDown() override {
    scope_.reset();
    loop_.reset();
  }

  void textsOfEitherCase() {
    compile(
        "[map $ssl_preread_server_name $backend]\ncase = mail.Example.COM exact\n"
        "case = \"\" none\ndefault = other\n");
    same("exact", backend("mail.example.com"));
    same("none", backend(""));
    same("other", backend("www.example.com"));
  }

  void namesWithAStar() {
    compile(
        "[map $ssl_preread_server_name $backend]\nhostnames = on\ncase = *.example.com any\n"
        "case = *.api.example.com api\ncase = www.* www\ncase = a.example.com a\n");
    same("a", backend("a.example.com"));
    same("any", backend("b.example.com"));
    same("api", backend("x.y.api.example.com"));
    same("www", backend("www.example.net"));
    same("any", backend("www.example.com"));
    same("", backend("example.com"));
  }

  void patternsComeAfterTexts() {
    compile(
        "[map $ssl_preread_server_name $backend]\nhostnames = on\ncase = ~example first\ncase = ~*^a second\n"
        "case = example.com text\ncase = .example.net host\ncase = \\~x tilde\ndefault = other\n");
    same("text", backend("example.com"));
    same("text", backend("Example.com."));
    same("host", backend("example.net"));
    same("host", backend("a.example.net"));
    same("first", backend("a.example.org"));
    same("other", backend("x.EXAMPLE.org"));
    same("second", backend("A"));
    same("tilde", backend("~x"));
    same("other", backend(""));
  }

  void groupsHoldInTheValue() {
    compile(
        "[map $ssl_preread_server_name $backend]\ncase = ~^(\\w+)\\.(?<zone>\\w+)\\.test$ $zone:$1-$inner\n"
        "[map $ssl_preread_server_name $inner]\ncase = ~^(.) $1\n");
    same("eu:db-d", backend("db.eu.test"));
  }

  void aMapMayUseAnother() {
    compile(
        "[map $team-$protocol $backend]\ncase = blue-TCP pool_$team\ndefault = 127.0.0.1:9\n"
        "[map $ssl_preread_server_name $team]\ncase = a blue\ndefault = red\n");
    same("pool_blue", backend("a"));
    same("127.0.0.1:9", backend("b"));
  }

  void whatIsWrongIsSaid() {
    auto says = [&](const std::string& text, const std::string& part) {
      CPPUNIT_ASSERT_MESSAGE(part, wrong(text).find(part) != std::string::npos);
    };
    says("[map $protocl $b]\ncase = a b\n", "did you mean \"$protocol\"?");
    says("[map $protocol $b]\ncase = ~( x\n", "\"~(\": missing closing parenthesis");
    says("[map $protocol $b]\ncase = a x\ncase = A y\n", "\"A\" is given twice");
    says("[map $protocol $b]\n[map $protocol $b]\n", "another [map] makes $b");
    says("[map $b $b]\ncase = a x\n", "the [map] of $b leads back to itself");
    says("[map $c $b]\n[map $b $c]\n", "the [map] of $b leads back to itself");
    same("conf/weir.ini:1: [map] needs \"$source $target\" behind its kind", complaint("[map $a]\ncase = a b\n"));
    same("conf/weir.ini:2: \"case\": takes 2 arguments, not 1", complaint("[map $a $b]\ncase = a\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SessionScopeTest);

}  // namespace weir
