// SPDX-License-Identifier: Apache-2.0
#include "worker/net/line_ring.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <thread>
#include <vector>

namespace weir {
namespace {

class LineRingTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LineRingTest);
  CPPUNIT_TEST(givesBackWhatWasPushed);
  CPPUNIT_TEST(refusesWhatDoesNotFit);
  CPPUNIT_TEST(wrapsAround);
  CPPUNIT_TEST(anotherGoesOnWithTheMemory);
  CPPUNIT_TEST(losesNothingBetweenThreads);
  CPPUNIT_TEST_SUITE_END();

  struct Memory {
    explicit Memory(size_t size) : bytes(size) {}
    LineRing::Ends ends{};
    std::vector<char> bytes;
    LineRing ring{ends, bytes};
  };

  std::string take(LineRing& ring) {
    auto pieces = ring.readable();
    std::string text(pieces.first);
    text += pieces.second;
    ring.pop(text.size());
    return text;
  }

 public:
  void givesBackWhatWasPushed() {
    Memory memory(64);
    LineRing& ring = memory.ring;
    CPPUNIT_ASSERT(ring.push("one\n") && ring.push("two\n"));
    CPPUNIT_ASSERT_EQUAL(size_t{8}, ring.used());
    CPPUNIT_ASSERT_EQUAL(std::string("one\ntwo\n"), take(ring));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, ring.used());
    CPPUNIT_ASSERT_EQUAL(std::string(), take(ring));
  }

  void refusesWhatDoesNotFit() {
    Memory memory(64);
    LineRing& ring = memory.ring;
    CPPUNIT_ASSERT(!ring.push(std::string(65, 'x')));
    CPPUNIT_ASSERT(ring.push(std::string(60, 'x')));
    CPPUNIT_ASSERT(!ring.push("12345"));
    CPPUNIT_ASSERT(ring.push("1234"));
    ring.pop(5);
    CPPUNIT_ASSERT(ring.push("12345"));
  }

  void wrapsAround() {
    Memory memory(64);
    LineRing& ring = memory.ring;
    for (int i = 0; i < 100; ++i) {
      std::string line = "line " + std::to_string(i) + " of many\n";
      CPPUNIT_ASSERT(ring.push(line));
      CPPUNIT_ASSERT_EQUAL(line, take(ring));
    }
  }

  void anotherGoesOnWithTheMemory() {
    Memory memory(64);
    CPPUNIT_ASSERT(memory.ring.push(std::string(60, 'x')));
    memory.ring.pop(60);
    CPPUNIT_ASSERT(memory.ring.push("left by one\n"));
    LineRing heir(memory.ends, memory.bytes);
    CPPUNIT_ASSERT(!heir.push(std::string(60, 'x')));
    CPPUNIT_ASSERT(heir.push("more\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("left by one\nmore\n"), take(heir));
  }

  void losesNothingBetweenThreads() {
    constexpr int kLines = 20000;
    Memory memory(1024);
    LineRing& ring = memory.ring;
    std::thread writer([&] {
      for (int i = 0; i < kLines; ++i)
        while (!ring.push(std::to_string(i) + "\n")) std::this_thread::yield();
    });
    std::string all, expected;
    for (int i = 0; i < kLines; ++i) expected += std::to_string(i) + "\n";
    while (all.size() < expected.size()) {
      std::string some = take(ring);
      if (some.empty()) std::this_thread::yield();
      all += some;
    }
    writer.join();
    CPPUNIT_ASSERT(all == expected);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LineRingTest);

}  // namespace
}  // namespace weir
