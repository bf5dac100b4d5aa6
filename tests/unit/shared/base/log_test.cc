// SPDX-License-Identifier: Apache-2.0
#include "shared/base/log.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <string>

#include "shared/base/fd.h"

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
  CPPUNIT_TEST_SUITE_END();

  Collector collector_;
  LogLevel former_ = log::threshold;

 public:
  void setUp() override {
    log::setSink(&collector_);
    log::setThreshold(LogLevel::Info);
  }
  void tearDown() override {
    log::setSink(nullptr);
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
    CPPUNIT_ASSERT(line.size() > 4000 && line.size() < 4200);
    CPPUNIT_ASSERT_EQUAL('\n', line.back());
  }

  void bracesInArgumentsAreJustText() {
    WEIR_LOG(Error, "{}", "{0} {} {{");
    CPPUNIT_ASSERT(collector_.text.ends_with(expected("{0} {} {{")));
  }

  void writesToItsDescriptorWithoutASink() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, pipe(ends));
    Fd reader(ends[0]), writer(ends[1]);
    int former = log::descriptor();
    log::setSink(nullptr);
    log::setDescriptor(writer.get());
    log::write(LogLevel::Crit, "through a pipe");
    log::setDescriptor(former);
    char bytes[256];
    auto size = read(reader.get(), bytes, sizeof bytes);
    CPPUNIT_ASSERT(size > 0);
    CPPUNIT_ASSERT(std::string(bytes, static_cast<size_t>(size)).ends_with(expected("through a pipe")));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);

}  // namespace weir
