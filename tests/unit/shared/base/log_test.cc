// SPDX-License-Identifier: Apache-2.0
#include "shared/base/log.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <string>

#include "shared/base/fd.h"
#include "shared/base/syslog.h"

namespace weir {
namespace {

class Collector : public LogSink {
 public:
  void write(std::string_view line) override { text += line; }
  std::string text;
};

}  // namespace

// The log is the process's own: each test leaves it as it was.
class LogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogTest);
  CPPUNIT_TEST(knowsLevelsByName);
  CPPUNIT_TEST(lineHasTimeLevelAndPid);
  CPPUNIT_TEST(thresholdDropsWhatIsLessSevere);
  CPPUNIT_TEST(argumentsOfDroppedLinesAreNotEvaluated);
  CPPUNIT_TEST(controlCharactersAreEscaped);
  CPPUNIT_TEST(utf8IsKept);
  CPPUNIT_TEST(longMessagesAreCut);
  CPPUNIT_TEST(bracesInArgumentsAreJustText);
  CPPUNIT_TEST(writesToItsDescriptorWithoutASink);
  CPPUNIT_TEST(targetsHaveLevelsOfTheirOwn);
  CPPUNIT_TEST(jsonIsOneObjectALine);
  CPPUNIT_TEST(aHeaderStandsBeforeEachLine);
  CPPUNIT_TEST_SUITE_END();

  Collector collector_;
  LogLevel former_ = log::threshold;
  int former_descriptor_ = log::descriptor();

 public:
  void setUp() override { log::setTargets({{LogLevel::Info, LogForm::Text, -1, &collector_, nullptr}}); }
  void tearDown() override {
    log::setDescriptor(former_descriptor_);
    log::setThreshold(former_);
  }

  // What follows the fixed part "2026/01/31 12:00:00 [error] 4711: ".
  std::string messageOf(std::string_view text) {
    collector_.text.clear();
    log::write(LogLevel::Error, text);
    return collector_.text.substr(collector_.text.find("]") + 1);
  }

  std::string expected(std::string_view text) {
    return " " + std::to_string(getpid()) + ": " + std::string(text) + "\n";
  }

  void knowsLevelsByName() {
    CPPUNIT_ASSERT(parseLogLevel("emerg") == LogLevel::Emerg);
    CPPUNIT_ASSERT(parseLogLevel("debug") == LogLevel::Debug);
    CPPUNIT_ASSERT(!parseLogLevel("Error"));
    CPPUNIT_ASSERT(!parseLogLevel(""));
    CPPUNIT_ASSERT(logLevelName(LogLevel::Warn) == "warn");
  }

  void lineHasTimeLevelAndPid() {
    WEIR_LOG(Error, "no {} for {}", "room", 3);
    CPPUNIT_ASSERT(collector_.text.ends_with(" [error]" + expected("no room for 3")));
    CPPUNIT_ASSERT_EQUAL(size_t{19}, collector_.text.find(" [error]"));
    CPPUNIT_ASSERT_EQUAL('/', collector_.text[4]);
  }

  void thresholdDropsWhatIsLessSevere() {
    log::setThreshold(LogLevel::Warn);
    WEIR_LOG(Notice, "quiet");
    CPPUNIT_ASSERT_EQUAL(std::string(), collector_.text);
    WEIR_LOG(Warn, "loud");
    CPPUNIT_ASSERT(!collector_.text.empty());
  }

  void argumentsOfDroppedLinesAreNotEvaluated() {
    int evaluated = 0;
    WEIR_LOG(Debug, "{}", ++evaluated);
    CPPUNIT_ASSERT_EQUAL(0, evaluated);
  }

  void controlCharactersAreEscaped() {
    CPPUNIT_ASSERT_EQUAL(expected("a\\x0D\\x0Ab"), messageOf("a\r\nb"));
    CPPUNIT_ASSERT_EQUAL(expected("\\x1B[31m\\x00\\x7F\\x09"), messageOf({"\x1b[31m\0\x7f\t", 8}));
  }

  void utf8IsKept() { CPPUNIT_ASSERT_EQUAL(expected("grüße"), messageOf("grüße")); }

  void longMessagesAreCut() {
    auto line = messageOf(std::string(100000, 'a'));
    CPPUNIT_ASSERT(line.size() > 3800 && line.size() <= 4096);
    CPPUNIT_ASSERT(line.ends_with("a...\n"));
    // What is escaped gets longer.
    line = messageOf(std::string(100000, '\n'));
    CPPUNIT_ASSERT(line.size() > 2000 && line.size() <= 4096);
    CPPUNIT_ASSERT(line.ends_with("\\x0A...\n"));
  }

  void bracesInArgumentsAreJustText() {
    WEIR_LOG(Error, "{}", "{0} {} {{");
    CPPUNIT_ASSERT(collector_.text.ends_with(expected("{0} {} {{")));
  }

  void targetsHaveLevelsOfTheirOwn() {
    Collector errors;
    log::setTargets({{LogLevel::Error, LogForm::Text, -1, &errors, nullptr},
                     {LogLevel::Notice, LogForm::Text, -1, &collector_, nullptr}});
    CPPUNIT_ASSERT(log::threshold == LogLevel::Notice);
    WEIR_LOG(Notice, "small");
    WEIR_LOG(Error, "big");
    CPPUNIT_ASSERT(errors.text.find("small") == std::string::npos);
    CPPUNIT_ASSERT(errors.text.find("big") != std::string::npos);
    CPPUNIT_ASSERT(collector_.text.find("small") != std::string::npos);
    CPPUNIT_ASSERT(collector_.text.find("big") != std::string::npos);
  }

  void jsonIsOneObjectALine() {
    log::setTargets({{LogLevel::Info, LogForm::Json, -1, &collector_, nullptr}});
    log::write(LogLevel::Error, "a\"b\n\xff");
    std::string tail =
        ",\"level\":\"error\",\"pid\":" + std::to_string(getpid()) + ",\"message\":\"a\\\"b\\n\xef\xbf\xbd\"}\n";
    CPPUNIT_ASSERT(collector_.text.ends_with(tail));
    CPPUNIT_ASSERT_EQUAL(std::string("{\"time\":\"2026-01-31T12:00:00+01:00\"").size() + tail.size(),
                         collector_.text.size());
    collector_.text.clear();
    log::write(LogLevel::Error, std::string(100000, '\x01'));
    CPPUNIT_ASSERT(collector_.text.size() <= 4096 && collector_.text.ends_with("\\u0001...\"}\n"));
  }

  void aHeaderStandsBeforeEachLine() {
    SyslogHeader header(3, "weir", "");
    log::setTargets({{LogLevel::Info, LogForm::Text, -1, &collector_, &header}});
    log::write(LogLevel::Warn, "x");
    CPPUNIT_ASSERT(collector_.text.starts_with("<28>"));
    CPPUNIT_ASSERT(collector_.text.find(" weir: 20") != std::string::npos);
  }

  void writesToItsDescriptorWithoutASink() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, pipe(ends));
    Fd reader(ends[0]), writer(ends[1]);
    log::setDescriptor(writer.get());
    log::write(LogLevel::Crit, "through a pipe");
    char bytes[256];
    auto size = read(reader.get(), bytes, sizeof bytes);
    CPPUNIT_ASSERT(size > 0);
    CPPUNIT_ASSERT(std::string(bytes, static_cast<size_t>(size)).ends_with(expected("through a pipe")));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);

}  // namespace weir
