// SPDX-License-Identifier: Apache-2.0
#include "master/status.h"

#include <cppunit/extensions/HelperMacros.h>
#include <rapidjson/document.h>

namespace weir {

class StatusTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(StatusTest);
  CPPUNIT_TEST(timesAreInUtc);
  CPPUNIT_TEST(peopleReadLines);
  CPPUNIT_TEST(programsReadJson);
  CPPUNIT_TEST(whatIsMissingIsNull);
  CPPUNIT_TEST(anyTextIsJson);
  CPPUNIT_TEST_SUITE_END();

  static Status status() {
    Status status;
    status.state = "serving";
    status.pid = 77;
    status.uptime = std::chrono::hours(50);
    status.file = "/etc/weir.ini";
    status.generation = 4;
    status.sha256 = "abcd";
    status.workers.push_back({0, 78, "running", 4, std::chrono::seconds(65), 12, 3});
    status.monitor = ProcessStatus{256, 79, "running", 4, std::chrono::seconds(5), 0, 0};
    status.listeners.push_back({"127.0.0.1:80", false, 2, 1});
    status.listeners.push_back({"127.0.0.1:9145", true, 1, 0});
    status.last_reload = ReloadOutcome{false, WallTime{}, Milliseconds(20), "weir.ini:3: no\nweir.ini:4: no\n"};
    return status;
  }
  static rapidjson::Document parsed(const Status& status) {
    rapidjson::Document document;
    std::string text = statusJson(status);
    document.Parse(text.c_str());
    CPPUNIT_ASSERT(!document.HasParseError());
    CPPUNIT_ASSERT_EQUAL('\n', text.back());
    return document;
  }
  static void expectIn(const std::string& text, const std::string& wanted) {
    CPPUNIT_ASSERT_MESSAGE(wanted + " in:\n" + text, text.find(wanted) != std::string::npos);
  }

 public:
  void timesAreInUtc() {
    CPPUNIT_ASSERT_EQUAL(std::string("2026-11-25T09:00:07Z"), isoTime(WallTime{std::chrono::seconds(1795597207)}));
  }

  void peopleReadLines() {
    std::string text = statusText(status());
    for (const char* wanted : {"serving, master 77, up 2d 2h", "/etc/weir.ini", "generation     4", "abcd", "failed",
                               "\n  weir.ini:4: no\n", "1m 5s", "127.0.0.1:9145 (metrics)"})
      expectIn(text, wanted);
  }

  void programsReadJson() {
    auto document = parsed(status());
    CPPUNIT_ASSERT_EQUAL(77, document["pid"].GetInt());
    CPPUNIT_ASSERT_EQUAL(4, document["configuration"]["generation"].GetInt());
    CPPUNIT_ASSERT_EQUAL(12, document["workers"][0]["connections"].GetInt());
    CPPUNIT_ASSERT_EQUAL(3, document["workers"][0]["restarts"].GetInt());
    CPPUNIT_ASSERT_EQUAL(79, document["monitor"]["pid"].GetInt());
    CPPUNIT_ASSERT_EQUAL(std::string("metrics"), std::string(document["listeners"][1]["for"].GetString()));
    CPPUNIT_ASSERT_EQUAL(1, document["listeners"][0]["leaving"].GetInt());
    CPPUNIT_ASSERT_EQUAL(2U, document["last_reload"]["diagnostics"].Size());
    CPPUNIT_ASSERT_EQUAL(0.02, document["last_reload"]["seconds"].GetDouble());
  }

  void whatIsMissingIsNull() {
    Status early;
    early.state = "starting";
    auto document = parsed(early);
    CPPUNIT_ASSERT(document["monitor"].IsNull() && document["last_reload"].IsNull());
    expectIn(statusText(early), "last reload    none");
  }

  void anyTextIsJson() {
    Status odd = status();
    odd.file = "/a\"b\\c\n";
    CPPUNIT_ASSERT_EQUAL(odd.file, std::string(parsed(odd)["configuration"]["file"].GetString()));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StatusTest);

}  // namespace weir
