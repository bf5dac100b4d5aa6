// SPDX-License-Identifier: Apache-2.0
#include "worker/net/log_spool.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

namespace weir {
namespace {

class LogSpoolTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogSpoolTest);
  CPPUNIT_TEST(whatIsNotPoppedIsLeft);
  CPPUNIT_TEST(emptyAndClosedBlocksAreNot);
  CPPUNIT_TEST(memoryIsUsedAgain);
  CPPUNIT_TEST(withoutMemoryItWorksAllTheSame);
  CPPUNIT_TEST(poppingEndsWhatWasAnnounced);
  CPPUNIT_TEST(spoiledBlocksAreLeftOut);
  CPPUNIT_TEST(memoryDoesNotShrink);
  CPPUNIT_TEST_SUITE_END();

  Fd memory_;

  Fd copy() { return Fd(fcntl(memory_.get(), F_DUPFD_CLOEXEC, 0)); }
  off_t size() {
    struct stat about {};
    CPPUNIT_ASSERT_EQUAL(0, fstat(memory_.get(), &about));
    return about.st_size;
  }
  static std::string textOf(LogBlock& block) {
    auto lines = block.ring().readable();
    return std::string(lines.first).append(lines.second);
  }

 public:
  void setUp() override { memory_ = LogSpool::create(); }

  void whatIsNotPoppedIsLeft() {
    LogSpool spool(copy());
    LogBlock one = spool.take(std::string_view("/log\0a", 6), "", 5000);
    LogBlock two = spool.take("syslog:x", "127.0.0.1:514", 100);
    CPPUNIT_ASSERT(one.ring().push("written\nwaiting\n") && two.ring().push("message\n"));
    one.ring().pop(8);
    auto left = LogSpool::leftIn(memory_);
    CPPUNIT_ASSERT_EQUAL(size_t{2}, left.size());
    CPPUNIT_ASSERT_EQUAL(std::string("/log\0a", 6), std::string(left[0].name()));
    CPPUNIT_ASSERT_EQUAL(std::string("waiting\n"), textOf(left[0]));
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:514"), std::string(left[1].server()));
  }

  void emptyAndClosedBlocksAreNot() {
    LogSpool spool(copy());
    LogBlock empty = spool.take("empty", "", 4096);
    {
      LogBlock closed = spool.take("closed", "", 4096);
      CPPUNIT_ASSERT(closed.ring().push("x\n"));
    }
    LogBlock last = spool.take("last", "", 8192);
    CPPUNIT_ASSERT(last.ring().push("y\n"));
    auto left = LogSpool::leftIn(memory_);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, left.size());
    CPPUNIT_ASSERT_EQUAL(std::string("last"), std::string(left[0].name()));
  }

  void memoryIsUsedAgain() {
    LogSpool spool(copy());
    LogBlock stays = spool.take("stays", "", 4096);
    { LogBlock closed = spool.take("closed", "", 4096); }
    off_t before = size();
    for (int i = 0; i < 10; ++i) {
      LogBlock next = spool.take("next", "", 4096);
      CPPUNIT_ASSERT_EQUAL(size_t{0}, next.ring().readable().size());
      CPPUNIT_ASSERT(next.ring().push("x\n"));
    }
    CPPUNIT_ASSERT_EQUAL(before, size());
    LogBlock larger = spool.take("larger", "", 4097);
    CPPUNIT_ASSERT(size() > before);
  }

  void withoutMemoryItWorksAllTheSame() {
    LogSpool spool;
    LogBlock block = spool.take("a", "", 4096);
    CPPUNIT_ASSERT(block.ring().push("x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("x\n"), textOf(block));
  }

  void poppingEndsWhatWasAnnounced() {
    LogBlock block = LogSpool(copy()).take("a", "", 4096);
    CPPUNIT_ASSERT(block.ring().push("one\ntwo\n"));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, block.interrupted().size);
    block.announce(4, {1, 2, 3});
    CPPUNIT_ASSERT_EQUAL(size_t{4}, block.interrupted().size);
    CPPUNIT_ASSERT_EQUAL(uint64_t{3}, LogSpool::leftIn(memory_).at(0).interrupted().place.size);
    block.ring().pop(4);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, block.interrupted().size);
  }

  // Whatever a process that went wrong wrote there, nobody reads beyond the memory.
  void spoiledBlocksAreLeftOut() {
    constexpr std::array<uint64_t, 5> kBad{0, 1, 4097, uint64_t{1} << 20, ~uint64_t{0}};
    for (uint64_t bad : kBad) {
      for (off_t at = 0; at < 512; at += 8) {
        memory_ = LogSpool::create();
        LogBlock block = LogSpool(copy()).take("name", "", 4096);
        CPPUNIT_ASSERT(block.ring().push("x\n"));
        CPPUNIT_ASSERT_EQUAL(ssize_t{8}, pwrite(memory_.get(), &bad, 8, at));
        for (LogBlock& left : LogSpool::leftIn(memory_)) {
          CPPUNIT_ASSERT(left.ring().readable().size() <= 4096 && left.name().size() < 4096);
          CPPUNIT_ASSERT(left.interrupted().size <= 4096);
        }
      }
    }
  }

  void memoryDoesNotShrink() {
    LogBlock block = LogSpool(copy()).take("a", "", 4096);
    CPPUNIT_ASSERT(ftruncate(memory_.get(), 0) != 0);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogSpoolTest);

}  // namespace
}  // namespace weir
