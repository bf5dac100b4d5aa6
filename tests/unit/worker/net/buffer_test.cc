// SPDX-License-Identifier: Apache-2.0
#include "worker/net/buffer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <utility>
#include <vector>

namespace weir {

class BufferPoolTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BufferPoolTest);
  CPPUNIT_TEST(smallestClassThatFits);
  CPPUNIT_TEST(largerThanTheLargestHasItsOwnSize);
  CPPUNIT_TEST(givenBackIsGivenOutAgain);
  CPPUNIT_TEST(countsWhatIsOut);
  CPPUNIT_TEST(burstGoesBackToTheSystem);
  CPPUNIT_TEST(handleMoves);
  CPPUNIT_TEST(bytesComeOutInOrder);
  CPPUNIT_TEST(compactMovesTheUnreadToTheFront);
  CPPUNIT_TEST(recycledIsEmpty);
  CPPUNIT_TEST_SUITE_END();

  BufferPool pool_;

 public:
  void smallestClassThatFits() {
    CPPUNIT_ASSERT_EQUAL(BufferPool::kSmall, pool_.take(0).capacity());
    CPPUNIT_ASSERT_EQUAL(BufferPool::kSmall, pool_.take(4096).capacity());
    CPPUNIT_ASSERT_EQUAL(BufferPool::kMedium, pool_.take(4097).capacity());
    CPPUNIT_ASSERT_EQUAL(BufferPool::kMedium, pool_.take(16384).capacity());
    CPPUNIT_ASSERT_EQUAL(BufferPool::kLarge, pool_.take(65536).capacity());
  }

  void largerThanTheLargestHasItsOwnSize() {
    Buffer buffer = pool_.take(100'000);
    CPPUNIT_ASSERT_EQUAL(size_t{100'000}, buffer.capacity());
    buffer.append(std::string(100'000, 'x'));
    CPPUNIT_ASSERT(buffer.space().empty());
  }

  void givenBackIsGivenOutAgain() {
    Buffer first = pool_.take(1);
    char* block = first.begin();
    first.release();
    CPPUNIT_ASSERT(!first);
    CPPUNIT_ASSERT(pool_.take(5000).begin() != block);
    CPPUNIT_ASSERT(pool_.take(1).begin() == block);
  }

  void countsWhatIsOut() {
    Buffer small = pool_.take(1);
    {
      Buffer own = pool_.take(70'000);
      CPPUNIT_ASSERT_EQUAL(size_t{2}, pool_.outstanding());
      CPPUNIT_ASSERT_EQUAL(size_t{74'096}, pool_.outstandingBytes());
    }
    CPPUNIT_ASSERT_EQUAL(size_t{4096}, pool_.outstandingBytes());
    small.release();
    small.release();
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstandingBytes());
  }

  // More than the pool keeps; a leak would show in the sanitizer build.
  void burstGoesBackToTheSystem() {
    std::vector<Buffer> burst;
    for (int i = 0; i < 200; ++i) burst.push_back(pool_.take(BufferPool::kLarge));
    burst.clear();
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }

  void handleMoves() {
    Buffer from = pool_.take(1);
    from.append("abc");
    Buffer to = pool_.take(1);
    to = std::move(from);
    CPPUNIT_ASSERT(!from);  // NOLINT: what a moved handle is, is promised
    CPPUNIT_ASSERT_EQUAL(size_t{1}, pool_.outstanding());
    CPPUNIT_ASSERT(to.data() == "abc");
    CPPUNIT_ASSERT(isEmpty(from) && !isEmpty(to));
  }

  void bytesComeOutInOrder() {
    Buffer buffer = pool_.take(1);
    buffer.append("hello ");
    buffer.append("world");
    buffer.consumed(6);
    CPPUNIT_ASSERT(buffer.data() == "world");
    CPPUNIT_ASSERT_EQUAL(size_t{6}, buffer.readOffset());
    CPPUNIT_ASSERT_EQUAL(size_t{11}, buffer.writeOffset());
    buffer.consumed(5);
    CPPUNIT_ASSERT(isEmpty(buffer));
  }

  void compactMovesTheUnreadToTheFront() {
    Buffer buffer = pool_.take(1);
    buffer.append(std::string(4090, 'x') + "abcdef");
    CPPUNIT_ASSERT(buffer.space().empty());
    buffer.consumed(4090);
    buffer.compact();
    CPPUNIT_ASSERT(buffer.data() == "abcdef");
    CPPUNIT_ASSERT_EQUAL(size_t{4090}, buffer.space().size());
    buffer.compact();
    CPPUNIT_ASSERT(buffer.data() == "abcdef");
  }

  void recycledIsEmpty() {
    pool_.take(1).append("old");
    Buffer buffer = pool_.take(1);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, buffer.size());
    CPPUNIT_ASSERT_EQUAL(size_t{4096}, buffer.space().size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BufferPoolTest);

}  // namespace weir
