// SPDX-License-Identifier: Apache-2.0
#include "shared/base/ref.h"

#include <cppunit/extensions/HelperMacros.h>

#include <utility>

namespace weir {
namespace {

struct Base : Counted {};

struct Thing : Base {
  explicit Thing(int& ends) : ends(ends) {}
  ~Thing() override { ++ends; }
  int& ends;
};

class RefTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RefTest);
  CPPUNIT_TEST(theLastOneEndsTheObject);
  CPPUNIT_TEST(aMovedOneIsEmpty);
  CPPUNIT_TEST(assigningLetsGoOfTheOldObject);
  CPPUNIT_TEST(assigningToItselfKeepsTheObject);
  CPPUNIT_TEST(convertsAsPointersDo);
  CPPUNIT_TEST(anEmptyOneIsFalse);
  CPPUNIT_TEST_SUITE_END();

  Ref<Thing> make() { return makeRef<Thing>(ends_); }

  int ends_ = 0;

 public:
  void setUp() override { ends_ = 0; }

  void theLastOneEndsTheObject() {
    Ref<Thing> first = make();
    {
      Ref<Thing> second = first;
      first = {};
      CPPUNIT_ASSERT_EQUAL(0, ends_);
    }
    CPPUNIT_ASSERT_EQUAL(1, ends_);
  }

  void aMovedOneIsEmpty() {
    Ref<Thing> first = make();
    Thing* object = first.get();
    Ref<Thing> second = std::move(first);
    CPPUNIT_ASSERT(!first);
    CPPUNIT_ASSERT(second.get() == object);
    second = {};
    CPPUNIT_ASSERT_EQUAL(1, ends_);
  }

  void assigningLetsGoOfTheOldObject() {
    Ref<Thing> ref = make();
    Ref<Thing> other = make();
    ref = other;
    CPPUNIT_ASSERT_EQUAL(1, ends_);
    CPPUNIT_ASSERT(ref == other);
  }

  void assigningToItselfKeepsTheObject() {
    Ref<Thing> ref = make();
    Ref<Thing>& same = ref;
    ref = same;
    CPPUNIT_ASSERT(ref);
    CPPUNIT_ASSERT_EQUAL(0, ends_);
  }

  void convertsAsPointersDo() {
    Ref<const Counted> all;
    {
      Ref<Thing> thing = make();
      Ref<Base> base = thing;
      all = base;
    }
    CPPUNIT_ASSERT_EQUAL(0, ends_);
    all = {};
    CPPUNIT_ASSERT_EQUAL(1, ends_);
  }

  void anEmptyOneIsFalse() {
    CPPUNIT_ASSERT(!Ref<Thing>());
    CPPUNIT_ASSERT(Ref<Thing>().get() == nullptr);
    CPPUNIT_ASSERT(!Ref<Thing>(static_cast<Thing*>(nullptr)));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RefTest);

}  // namespace
}  // namespace weir
