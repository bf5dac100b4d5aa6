// SPDX-License-Identifier: Apache-2.0
#include "shared/base/recycled.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <memory>
#include <set>

namespace weir {
namespace {

struct Thing : Recycled<Thing, 2> {
  virtual ~Thing() = default;
  int value = 7;
};

struct Larger final : Thing {
  std::array<char, 256> more{};
};

class RecycledTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RecycledTest);
  CPPUNIT_TEST(memoryComesBackLastFirst);
  CPPUNIT_TEST(objectsAreMadeAnew);
  CPPUNIT_TEST(liveObjectsNeverShareMemory);
  CPPUNIT_TEST(aDerivedClassOfAnotherSizeStaysOut);
  CPPUNIT_TEST_SUITE_END();

 public:
  void memoryComesBackLastFirst() {
    auto first = std::make_unique<Thing>();
    auto second = std::make_unique<Thing>();
    void* a = first.get();
    void* b = second.get();
    first.reset();
    second.reset();
    first = std::make_unique<Thing>();
    second = std::make_unique<Thing>();
    CPPUNIT_ASSERT(first.get() == b);
    CPPUNIT_ASSERT(second.get() == a);
  }

  void objectsAreMadeAnew() {
    auto thing = std::make_unique<Thing>();
    thing->value = 1;
    thing.reset();
    CPPUNIT_ASSERT_EQUAL(7, std::make_unique<Thing>()->value);
  }

  // More are freed than are kept; what is taken then comes from the list and from the system.
  void liveObjectsNeverShareMemory() {
    std::array<std::unique_ptr<Thing>, 5> things;
    for (auto& thing : things) thing = std::make_unique<Thing>();
    for (auto& thing : things) thing.reset();
    std::set<Thing*> distinct;
    for (auto& thing : things) distinct.insert((thing = std::make_unique<Thing>()).get());
    CPPUNIT_ASSERT_EQUAL(things.size(), distinct.size());
  }

  void aDerivedClassOfAnotherSizeStaysOut() {
    std::unique_ptr<Thing> larger = std::make_unique<Larger>();
    void* memory = larger.get();
    auto kept = std::make_unique<Thing>();
    void* small = kept.get();
    kept.reset();
    larger.reset();  // through its base: the size is the real one
    auto next = std::make_unique<Thing>();
    CPPUNIT_ASSERT(next.get() == small);
    CPPUNIT_ASSERT(next.get() != memory);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecycledTest);

}  // namespace
}  // namespace weir
