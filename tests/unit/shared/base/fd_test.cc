// SPDX-License-Identifier: Apache-2.0
#include "shared/base/fd.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>

#include <utility>

namespace weir {
namespace {

Fd opened() { return Fd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }
bool isOpen(int fd) { return fcntl(fd, F_GETFD) != -1; }

}  // namespace

class FdTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FdTest);
  CPPUNIT_TEST(closesWhenItEnds);
  CPPUNIT_TEST(emptyOwnsNothing);
  CPPUNIT_TEST(movingGivesItOn);
  CPPUNIT_TEST(assigningClosesTheFormer);
  CPPUNIT_TEST(assigningToItselfKeepsIt);
  CPPUNIT_TEST(releaseLeavesItOpen);
  CPPUNIT_TEST_SUITE_END();

 public:
  void closesWhenItEnds() {
    int number;
    {
      Fd fd = opened();
      number = fd.get();
      CPPUNIT_ASSERT(fd && isOpen(number));
    }
    CPPUNIT_ASSERT(!isOpen(number));
  }

  void emptyOwnsNothing() {
    Fd fd;
    CPPUNIT_ASSERT(!fd);
    CPPUNIT_ASSERT_EQUAL(-1, fd.get());
    fd.reset();
  }

  void movingGivesItOn() {
    Fd first = opened();
    int number = first.get();
    Fd second = std::move(first);
    CPPUNIT_ASSERT(!first);
    CPPUNIT_ASSERT_EQUAL(number, second.get());
    CPPUNIT_ASSERT(isOpen(number));
  }

  void assigningClosesTheFormer() {
    Fd fd = opened();
    Fd other = opened();
    int former = fd.get();
    fd = std::move(other);
    CPPUNIT_ASSERT(!isOpen(former));
    CPPUNIT_ASSERT(isOpen(fd.get()));
  }

  void assigningToItselfKeepsIt() {
    Fd fd = opened();
    Fd& same = fd;
    fd = std::move(same);
    CPPUNIT_ASSERT(isOpen(fd.get()));
  }

  void releaseLeavesItOpen() {
    Fd fd = opened();
    int number = fd.release();
    CPPUNIT_ASSERT(!fd);
    CPPUNIT_ASSERT(isOpen(number));
    Fd again(number);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FdTest);

}  // namespace weir
