// SPDX-License-Identifier: Apache-2.0
// S-56: what strangers send must not forge lines or break JSON.
#include "worker/http/log_format.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/http/served_exchange.h"

namespace weir {
namespace {

using Escape = LogFormat::Escape;

constexpr size_t kBound = 4096;

class LogFormatTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogFormatTest);
  CPPUNIT_TEST(defaultEscapesWhatIsNotPrintable);
  CPPUNIT_TEST(defaultShowsNothingAsADash);
  CPPUNIT_TEST(jsonEscapesControlCharacters);
  CPPUNIT_TEST(jsonKeepsUtf8);
  CPPUNIT_TEST(jsonReplacesWhatIsNotUtf8);
  CPPUNIT_TEST(escapesOnlyFromTheGivenPlace);
  CPPUNIT_TEST(writesALine);
  CPPUNIT_TEST(writesJson);
  CPPUNIT_TEST(noneLeavesValuesAlone);
  CPPUNIT_TEST(aLineAllocatesNothingTwice);
  CPPUNIT_TEST(findsSpecialBytesAnywhere);
  CPPUNIT_TEST(longValuesAreCut_S56);
  CPPUNIT_TEST(cutJsonIsStillJson_S56);
  CPPUNIT_TEST(aFormatThatIsTooLongItselfIsCut);
  CPPUNIT_TEST_SUITE_END();

  std::string plain(std::string text) {
    escapeDefault(text, 0);
    return text;
  }
  std::string json(std::string text) {
    escapeJson(text, 0);
    return text;
  }
  Ref<const LogFormat> format(Escape escape, std::string text) {
    LogFormatSetting setting;
    setting.name = "main";
    setting.escape = escape;
    setting.text.text = std::move(text);
    auto made = makeRef<const LogFormat>(setting, variables_, diagnostics_);
    CPPUNIT_ASSERT(!diagnostics_.hasErrors());
    return made;
  }
  std::string line(Escape escape, std::string text) {
    std::string to;
    format(escape, std::move(text))->append(served_.exchange, kBound, to);
    return to;
  }
  static void same(std::string_view expected, const std::string& actual) {
    CPPUNIT_ASSERT_EQUAL(std::string(expected), actual);
  }

  Diagnostics diagnostics_;
  VariableScope variables_;
  ServedExchange served_;

 public:
  void defaultEscapesWhatIsNotPrintable() {
    same("abc ~", plain("abc ~"));
    same("\\x22\\x5C\\x0A\\x7F\\xC3\\xA4\\x00.", plain(std::string("\"\\\n\x7f\xc3\xa4\0.", 8)));
  }

  void defaultShowsNothingAsADash() { same("-", plain("")); }

  void jsonEscapesControlCharacters() {
    same("", json(""));
    same("\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\\u0000", json(std::string("\"\\\n\r\t\b\f\x01\x1f\0", 10)));
    same("a/b\x7f", json("a/b\x7f"));
  }

  void jsonKeepsUtf8() {
    for (std::string text :
         {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"})
      same(text, json(text));
    same("\xc3\xa4\\n\xe2\x82\xac", json("\xc3\xa4\n\xe2\x82\xac"));
  }

  void jsonReplacesWhatIsNotUtf8() {
    const std::string bad = "\xef\xbf\xbd";
    same(bad, json("\xff"));
    same(bad + "a", json("\xc3"
                         "a"));
    same("a" + bad, json("a\xc3"));
    same(bad + bad, json("\xc0\x80"));                      // longer than needed
    same(bad + bad + bad, json("\xed\xa0\x80"));            // a surrogate
    same(bad + bad + bad + bad, json("\xf4\x90\x80\x80"));  // past U+10FFFF
    same(bad + bad, json("\xe2\x82"));
  }

  void escapesOnlyFromTheGivenPlace() {
    std::string text = "\"kept\" \"";
    escapeDefault(text, 7);
    same("\"kept\" \\x22", text);
  }

  void writesALine() {
    served_.serve("GET /a?b=\"\xff HTTP/1.1\r\nHost: h\r\nUser-Agent: a\"b\\c\r\n\r\n");
    same("192.0.2.7 - - \"GET /a?b=\\x22\\xFF HTTP/1.1\" 404 \"a\\x22b\\x5Cc\" \"-\"\n",
         line(Escape::Default,
              "$remote_addr - $remote_user \"$request\" $status \"$http_user_agent\" \"$http_referer\""));
  }

  void writesJson() {
    served_.serve("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: a\"b\xff\r\n\r\n");
    same("{\"agent\":\"a\\\"b\xef\xbf\xbd\",\"referer\":\"\",\"status\":404}\n",
         line(Escape::Json, "{\"agent\":\"$http_user_agent\",\"referer\":\"$http_referer\",\"status\":$status}"));
  }

  void noneLeavesValuesAlone() {
    served_.serve("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: a\"b\\\r\n\r\n");
    same("a\"b\\ []\n", line(Escape::None, "$http_user_agent [$http_referer]"));
  }

  void findsSpecialBytesAnywhere() {
    for (size_t size = 1; size < 40; ++size) {
      for (size_t at = 0; at < size; ++at) {
        for (char special : {'"', '\\', '\x1f', '\x7f', '\x80'}) {
          std::string text(size, 'a');
          text[at] = special;
          CPPUNIT_ASSERT_EQUAL(size + 3, plain(text).size());
        }
      }
      same(std::string(size, ' '), plain(std::string(size, ' ')));
      same(std::string(size, '~'), plain(std::string(size, '~')));
      same(std::string(size, '\x7f'), json(std::string(size, '\x7f')));
    }
  }

  LogFormat::Fit cutTo(size_t bound, Escape escape, const std::string& text, std::string& to) {
    return format(escape, text)->append(served_.exchange, bound, to);
  }

  void longValuesAreCut_S56() {
    served_.serve("GET /" + std::string(500, 'x') + " HTTP/1.1\r\nHost: h\r\nUser-Agent: short\r\n\r\n");
    std::string to = "<1>";
    CPPUNIT_ASSERT(LogFormat::Fit::Whole == cutTo(700, Escape::Default, "$uri $http_user_agent", to));
    to = "<1>";
    CPPUNIT_ASSERT(LogFormat::Fit::Cut == cutTo(203, Escape::Default, "$uri $http_user_agent", to));
    same("<1>/" + std::string(95, 'x') + "... short\n", to);
    CPPUNIT_ASSERT(to.size() <= 203);
  }

  void cutJsonIsStillJson_S56() {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += "\xe2\x82\xac\"";
    served_.serve("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: " + bytes + "\r\n\r\n");
    std::string to;
    CPPUNIT_ASSERT(LogFormat::Fit::Cut == cutTo(100, Escape::Json, "{\"a\":\"$http_user_agent\"}", to));
    same("{\"a\":\"\xe2\x82\xac\\\"\xe2\x82\xac\\\"\xe2\x82\xac\\\"...\"}\n", to);
    CPPUNIT_ASSERT(to.size() <= 100);
  }

  void aFormatThatIsTooLongItselfIsCut() {
    served_.serve("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    std::string to;
    CPPUNIT_ASSERT(LogFormat::Fit::Cut == cutTo(50, Escape::Default, std::string(200, 'y') + "$uri", to));
    same(std::string(49, 'y') + "\n", to);
  }

  void aLineAllocatesNothingTwice() {
    served_.serve("GET /\"\"\"\"\"\" HTTP/1.1\r\nHost: h\r\n\r\n");
    Ref<const LogFormat> made = format(Escape::Default, "$time_local $request $remote_addr");
    std::string to;
    made->append(served_.exchange, kBound, to);
    size_t capacity = to.capacity();
    to.clear();
    made->append(served_.exchange, kBound, to);
    CPPUNIT_ASSERT_EQUAL(capacity, to.capacity());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogFormatTest);

}  // namespace
}  // namespace weir
