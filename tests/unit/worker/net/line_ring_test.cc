// SPDX-License-Identifier: Apache-2.0
#include "worker/net/line_ring.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <thread>

namespace weir {
namespace {

class LineRingTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LineRingTest);
  CPPUNIT_TEST(givesBackWhatWasPushed);
  CPPUNIT_TEST(refusesWhatDoesNotFit);
  CPPUNIT_TEST(wrapsAround);
  CPPUNIT_TEST(losesNothingBetweenThreads);
  CPPUNIT_TEST_SUITE_END();

  std::string take(LineRing& ring) {
    auto pieces = ring.readable();
    std::string text(pieces.first);
    text += pieces.second;
    ring.pop(text.size());
    return text;
  }

 public:
  void givesBackWhatWasPushed() {
    LineRing ring(64);
    CPPUNIT_ASSERT(ring.push("one\n") && ring.push("two\n"));
    CPPUNIT_ASSERT_EQUAL(size_t{8}, ring.used());
    CPPUNIT_ASSERT_EQUAL(std::string("one\ntwo\n"), take(ring));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, ring.used());
    CPPUNIT_ASSERT_EQUAL(std::string(), take(ring));
  }

  void refusesWhatDoesNotFit() {
    LineRing ring(50);
    CPPUNIT_ASSERT_EQUAL(size_t{64}, ring.capacity());
    CPPUNIT_ASSERT(!ring.push(std::string(65, 'x')));
    CPPUNIT_ASSERT(ring.push(std::string(60, 'x')));
    CPPUNIT_ASSERT(!ring.push("12345"));
    CPPUNIT_ASSERT(ring.push("1234"));
    ring.pop(5);
    CPPUNIT_ASSERT(ring.push("12345"));
  }

  void wrapsAround() {
    LineRing ring(64);
    for (int i = 0; i < 100; ++i) {
      std::string line = "line " + std::to_string(i) + " of many\n";
      CPPUNIT_ASSERT(ring.push(line));
      CPPUNIT_ASSERT_EQUAL(line, take(ring));
    }
  }

  void losesNothingBetweenThreads() {
    constexpr int kLines = 20000;
    LineRing ring(1024);
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
