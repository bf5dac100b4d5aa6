// SPDX-License-Identifier: Apache-2.0
#include "worker/process/log_set.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "shared/base/log.h"

namespace weir {

class LogSetTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogSetTest);
  CPPUNIT_TEST(aFileIsOpenedOnce);
  CPPUNIT_TEST(otherBufferingIsAnotherFile);
  CPPUNIT_TEST(noDescriptorNoFile);
  CPPUNIT_TEST(aFileClosesWithItsLastUser);
  CPPUNIT_TEST(whatIsNotKeptIsClosed);
  CPPUNIT_TEST(reopeningSwitchesEveryFile);
  CPPUNIT_TEST(theErrorLogGoesThroughTheWriter);
  CPPUNIT_TEST(errorLogsComeAndGoWithConfigurations);
  CPPUNIT_TEST_SUITE_END();

  std::optional<LogWriter> writer_;
  std::optional<LogSet> set_;
  DescriptorSet descriptors_;

  // A file in memory, under that key; the test keeps a descriptor of its own to read it.
  Fd offer(const std::string& key) {
    Fd memory(::memfd_create("log", MFD_CLOEXEC));
    descriptors_.add(key, Fd(::dup(memory.get())));
    return memory;
  }
  static AccessLogSetting setting(std::string path) {
    AccessLogSetting made;
    made.path = std::move(path);
    return made;
  }
  static ErrorLogSetting errorLog(std::string path, LogLevel level) {
    ErrorLogSetting made;
    made.path = std::move(path);
    made.level = level;
    return made;
  }
  // Ends everything, so that it is written.
  std::string contentOf(const Fd& memory) {
    set_.reset();
    writer_.reset();
    char text[4096];
    ssize_t size = ::pread(memory.get(), text, sizeof text, 0);
    CPPUNIT_ASSERT(size >= 0);
    return {text, static_cast<size_t>(size)};
  }

 public:
  void setUp() override {
    descriptors_.clear();
    writer_.emplace(LogWriter::Counters{});
    set_.emplace(*writer_);
  }
  void tearDown() override {
    set_.reset();
    writer_.reset();
    log::setThreshold(LogLevel::Emerg);
  }

  void aFileIsOpenedOnce() {
    Fd memory = offer("log:/a");
    set_->beginPrepare(descriptors_);
    LogFile* first = set_->logFile(setting("/a"));
    CPPUNIT_ASSERT(first != nullptr);
    CPPUNIT_ASSERT(first == set_->logFile(setting("/a")));
    LogUse use = set_->endPrepare();
    set_->beginPrepare(descriptors_);
    CPPUNIT_ASSERT(first == set_->logFile(setting("/a")));
    LogUse next = set_->endPrepare();
  }

  void otherBufferingIsAnotherFile() {
    Fd memory = offer("log:/a");
    AccessLogSetting buffered = setting("/a");
    buffered.buffer = Size{4096};
    set_->beginPrepare(descriptors_);
    LogFile* plain = set_->logFile(setting("/a"));
    CPPUNIT_ASSERT(plain != set_->logFile(buffered));
    LogUse use = set_->endPrepare();
  }

  void noDescriptorNoFile() {
    set_->beginPrepare(descriptors_);
    CPPUNIT_ASSERT(set_->logFile(setting("/a")) == nullptr);
    LogUse use = set_->endPrepare();
  }

  void aFileClosesWithItsLastUser() {
    Fd memory = offer("log:/a");
    set_->beginPrepare(descriptors_);
    std::string name = set_->logFile(setting("/a"))->name();
    std::optional<LogUse> old = set_->endPrepare();
    set_->beginPrepare(descriptors_);
    set_->logFile(setting("/a"));
    std::optional<LogUse> next = set_->endPrepare();
    old.reset();
    CPPUNIT_ASSERT(writer_->find(name) != nullptr);
    next.reset();
    CPPUNIT_ASSERT(writer_->find(name) == nullptr);
  }

  void whatIsNotKeptIsClosed() {
    Fd memory = offer("log:/a");
    set_->beginPrepare(descriptors_);
    std::string name = set_->logFile(setting("/a"))->name();
    { LogUse abandoned = set_->endPrepare(); }
    CPPUNIT_ASSERT(writer_->find(name) == nullptr);
  }

  void reopeningSwitchesEveryFile() {
    Fd before = offer("log:/a");
    set_->beginPrepare(descriptors_);
    LogFile* file = set_->logFile(setting("/a"));
    std::optional<LogUse> use = set_->endPrepare();
    Fd after = offer("log:/a");
    set_->reopen(descriptors_);
    file->append("fresh\n");
    writer_->onTurnEnd(monotonicNow());
    use.reset();
    CPPUNIT_ASSERT_EQUAL(std::string("fresh\n"), contentOf(after));
    CPPUNIT_ASSERT_EQUAL(std::string(), contentOf(before));
  }

  void theErrorLogGoesThroughTheWriter() {
    Fd memory = offer("errorlog:/e");
    set_->commit({errorLog("/e", LogLevel::Alert)}, descriptors_);
    WEIR_LOG(Alert, "one {}", 1);
    Fd fresh = offer("errorlog:/e");
    set_->reopen(descriptors_);
    WEIR_LOG(Alert, "two");
    CPPUNIT_ASSERT(contentOf(fresh).find("two") != std::string::npos);
  }

  void errorLogsComeAndGoWithConfigurations() {
    Fd first = offer("errorlog:/a"), second = offer("errorlog:/b");
    set_->commit({errorLog("/a", LogLevel::Alert), errorLog("/b", LogLevel::Crit)}, descriptors_);
    WEIR_LOG(Crit, "crit");
    WEIR_LOG(Alert, "alert");
    set_->commit({errorLog("/b", LogLevel::Alert)}, descriptors_);
    WEIR_LOG(Crit, "unheard");
    WEIR_LOG(Alert, "later");
    std::string both = contentOf(second);
    CPPUNIT_ASSERT(both.find("crit") != std::string::npos && both.find("later") != std::string::npos);
    CPPUNIT_ASSERT(both.find("unheard") == std::string::npos);
    std::string one = contentOf(first);
    CPPUNIT_ASSERT(one.find("alert") != std::string::npos);
    CPPUNIT_ASSERT(one.find("crit") == std::string::npos && one.find("later") == std::string::npos);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogSetTest);

}  // namespace weir
