// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/shared_records.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>
#include <thread>
#include <vector>

namespace weir {

class SharedRecordsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SharedRecordsTest);
  CPPUNIT_TEST(whatWasPutIsFound);
  CPPUNIT_TEST(anotherPutReplaces);
  CPPUNIT_TEST(theirTimeEnds);
  CPPUNIT_TEST(whatIsTooLargeIsRefused);
  CPPUNIT_TEST(theOldestMakesRoom);
  CPPUNIT_TEST(whatHasExpiredMakesRoomFirst);
  CPPUNIT_TEST(erasedIsGone);
  CPPUNIT_TEST(whatAWriterLeftHalfDoneIsNoRecord);
  CPPUNIT_TEST(anyBitThatIsOffIsNoRecord);
  CPPUNIT_TEST(twoWritersAtOnceMakeNoMixture);
  CPPUNIT_TEST_SUITE_END();

  using Key = SharedRecords::Key;
  using Stored = SharedRecords::Stored;
  static constexpr size_t kSlot = 128;

  std::vector<std::atomic<uint64_t>> memory_ = std::vector<std::atomic<uint64_t>>(4 * 8 * kSlot / 8);
  SharedRecords records_{memory_, kSlot};
  WallTime now_{std::chrono::hours(500'000)};

  static Key key(uint8_t first, uint8_t rest = 7) {
    Key key;
    key.fill(rest);
    key[0] = first;
    return key;
  }
  WallTime later() const { return now_ + std::chrono::minutes(5); }
  Stored put(const Key& key, std::string_view bytes) { return records_.put(key, bytes, later(), now_); }
  std::string find(const Key& key) const { return records_.find(key, now_); }

 public:
  void whatWasPutIsFound() {
    CPPUNIT_ASSERT_EQUAL(size_t{32}, records_.capacity());
    CPPUNIT_ASSERT_EQUAL(std::string(), find(key(1)));
    CPPUNIT_ASSERT(put(key(1), "one") == Stored::InFreeRoom);
    CPPUNIT_ASSERT(put(key(2), std::string(records_.mostBytes(), 'x')) == Stored::InFreeRoom);
    CPPUNIT_ASSERT_EQUAL(std::string("one"), find(key(1)));
    CPPUNIT_ASSERT_EQUAL(std::string(records_.mostBytes(), 'x'), find(key(2)));
    CPPUNIT_ASSERT_EQUAL(std::string(), find(key(1, 8)));
  }
  void anotherPutReplaces() {
    put(key(1), "a longer one");
    CPPUNIT_ASSERT(put(key(1), "short") == Stored::InFreeRoom);
    CPPUNIT_ASSERT_EQUAL(std::string("short"), find(key(1)));
  }
  void theirTimeEnds() {
    put(key(1), "one");
    now_ = later();
    CPPUNIT_ASSERT_EQUAL(std::string(), find(key(1)));
  }
  void whatIsTooLargeIsRefused() {
    CPPUNIT_ASSERT(put(key(1), std::string(records_.mostBytes() + 1, 'x')) == Stored::TooLarge);
    CPPUNIT_ASSERT_EQUAL(std::string(), find(key(1)));
  }
  void theOldestMakesRoom() {
    // Of one set: the same first word.
    for (uint8_t i = 0; i < 9; ++i) {
      Key same = key(1, 0);
      same[31] = i;
      CPPUNIT_ASSERT(put(same, std::to_string(i)) == (i < 8 ? Stored::InFreeRoom : Stored::InAnothersPlace));
      now_ += std::chrono::milliseconds(1);
    }
    for (uint8_t i = 0; i < 9; ++i) {
      Key same = key(1, 0);
      same[31] = i;
      CPPUNIT_ASSERT_EQUAL(i == 0 ? std::string() : std::to_string(i), find(same));
    }
  }
  void whatHasExpiredMakesRoomFirst() {
    for (uint8_t i = 0; i < 8; ++i) {
      Key same = key(1, 0);
      same[31] = i;
      records_.put(same, "x", now_ + std::chrono::seconds(i == 5 ? 1 : 100), now_ + std::chrono::milliseconds(i));
    }
    now_ += std::chrono::seconds(2);
    CPPUNIT_ASSERT(put(key(1, 0), "new") == Stored::InFreeRoom);
    Key oldest = key(1, 0);
    oldest[31] = 1;
    CPPUNIT_ASSERT_EQUAL(std::string("x"), find(oldest));
  }
  void erasedIsGone() {
    put(key(1), "one");
    records_.erase(key(1));
    records_.erase(key(2));
    CPPUNIT_ASSERT_EQUAL(std::string(), find(key(1)));
    CPPUNIT_ASSERT(put(key(1), "again") == Stored::InFreeRoom);
    CPPUNIT_ASSERT_EQUAL(std::string("again"), find(key(1)));
  }
  // A worker that dies while it writes leaves the beginning of one record and the end of another.
  void whatAWriterLeftHalfDoneIsNoRecord() {
    std::vector<std::atomic<uint64_t>> other(memory_.size());
    SharedRecords fresh(other, kSlot);
    put(key(1), std::string(40, 'a'));
    fresh.put(key(1), std::string(40, 'b'), later(), now_ + std::chrono::milliseconds(3));
    size_t begin = 0;
    while (memory_[begin].load() == 0) ++begin;
    constexpr size_t kUsed = 9 + 5;
    for (size_t written = 1; written < kUsed; ++written) {
      memory_[begin + written - 1].store(other[begin + written - 1].load());
      CPPUNIT_ASSERT_EQUAL(std::string(), find(key(1)));
    }
    memory_[begin + kUsed - 1].store(other[begin + kUsed - 1].load());
    CPPUNIT_ASSERT_EQUAL(std::string(40, 'b'), find(key(1)));
  }
  void anyBitThatIsOffIsNoRecord() {
    put(key(1), std::string(40, 'a'));
    for (auto& word : memory_) {
      uint64_t good = word.load();
      for (int bit = 0; good != 0 && bit < 64; ++bit) {
        word.store(good ^ (uint64_t{1} << bit));
        std::string found = find(key(1));
        CPPUNIT_ASSERT(found.empty());
      }
      word.store(good);
    }
    CPPUNIT_ASSERT_EQUAL(std::string(40, 'a'), find(key(1)));
  }
  void twoWritersAtOnceMakeNoMixture() {
    std::atomic<bool> done{false};
    auto write = [&](char letter) {
      SharedRecords mine(memory_, kSlot);
      for (int i = 0; i < 20'000; ++i) mine.put(key(1), std::string(48, letter), later(), now_);
    };
    auto read = [&] {
      SharedRecords mine(memory_, kSlot);
      int torn = 0;
      while (!done.load()) {
        std::string found = mine.find(key(1), now_);
        torn += !found.empty() && found != std::string(48, 'a') && found != std::string(48, 'b');
      }
      CPPUNIT_ASSERT_EQUAL(0, torn);
    };
    std::thread reader(read), first(write, 'a'), second(write, 'b');
    first.join();
    second.join();
    done.store(true);
    reader.join();
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SharedRecordsTest);

}  // namespace weir
