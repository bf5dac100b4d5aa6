// SPDX-License-Identifier: Apache-2.0
#include "worker/net/pipe.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace weir {

class PipeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PipeTest);
  CPPUNIT_TEST(aPipeIsUsedAgain);
  CPPUNIT_TEST(oneWithBytesIsNot);
  CPPUNIT_TEST(thereIsAMost);
  CPPUNIT_TEST(aHandleMoves);
  CPPUNIT_TEST_SUITE_END();

  PipePool pool_;

 public:
  void aPipeIsUsedAgain() {
    Pipe pipe = pool_.take();
    CPPUNIT_ASSERT(pipe && pipe.room() >= PipePool::kLeast && pipe.size() == 0);
    int end = pipe.readEnd();
    pipe.release();
    CPPUNIT_ASSERT(!pipe);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, pool_.idle());
    CPPUNIT_ASSERT_EQUAL(end, pool_.take().readEnd());
  }

  // The next user must not get a stranger's bytes.
  void oneWithBytesIsNot() {
    Pipe pipe = pool_.take();
    size_t room = pipe.room();
    CPPUNIT_ASSERT(::write(pipe.writeEnd(), "x", 1) == 1);
    pipe.produced(1);
    CPPUNIT_ASSERT_EQUAL(room - 1, pipe.room());
    pipe.release();
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.idle());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }

  void thereIsAMost() {
    std::vector<Pipe> all;
    while (Pipe pipe = pool_.take()) all.push_back(std::move(pipe));
    CPPUNIT_ASSERT(!all.empty() && all.size() <= PipePool::kMost);
    CPPUNIT_ASSERT_EQUAL(all.size(), pool_.outstanding());
    all.clear();
    CPPUNIT_ASSERT(pool_.idle() <= PipePool::kMostIdle);
    CPPUNIT_ASSERT(pool_.take());
  }

  void aHandleMoves() {
    Pipe first = pool_.take();
    int end = first.readEnd();
    Pipe second = std::move(first);
    CPPUNIT_ASSERT(!first && second.readEnd() == end);
    second = pool_.take();
    CPPUNIT_ASSERT_EQUAL(size_t{1}, pool_.idle());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PipeTest);

}  // namespace weir
