// SPDX-License-Identifier: Apache-2.0
#include "shared/base/registry.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {
namespace {

using Maker = std::string (*)();

std::string makeOne() { return "one"; }
std::string makeTwo() { return "two"; }

const Registry<Maker>::Entry one("one", makeOne);
const Registry<Maker>::Entry two("two", makeTwo);

}  // namespace

class RegistryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RegistryTest);
  CPPUNIT_TEST(findsByName);
  CPPUNIT_TEST(unknownNameIsNull);
  CPPUNIT_TEST(listsInTheOrderOfNames);
  CPPUNIT_TEST_SUITE_END();

 public:
  void findsByName() { CPPUNIT_ASSERT_EQUAL(std::string("two"), (*Registry<Maker>::instance().find("two"))()); }

  void unknownNameIsNull() { CPPUNIT_ASSERT(Registry<Maker>::instance().find("three") == nullptr); }

  void listsInTheOrderOfNames() {
    std::string names;
    for (const auto& [name, make] : Registry<Maker>::instance().rows()) names += name;
    CPPUNIT_ASSERT_EQUAL(std::string("onetwo"), names);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RegistryTest);

}  // namespace weir
