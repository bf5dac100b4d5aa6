// SPDX-License-Identifier: Apache-2.0
#include "shared/base/reused.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

namespace weir {
namespace {

struct Text {
  std::string value;
};

class ReusedTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReusedTest);
  CPPUNIT_TEST(anObjectComesBackAsItWasLeft);
  CPPUNIT_TEST(twoAtATimeAreTwo);
  CPPUNIT_TEST_SUITE_END();

 public:
  void anObjectComesBackAsItWasLeft() {
    const char* memory = nullptr;
    {
      Reused<Text> text;
      text->value.assign(1000, 'x');
      memory = text->value.data();
    }
    Reused<Text> again;
    CPPUNIT_ASSERT_EQUAL(size_t{1000}, again->value.size());
    CPPUNIT_ASSERT((*again).value.data() == memory);
  }

  void twoAtATimeAreTwo() {
    std::optional<Reused<Text>> first, second;
    first.emplace();
    second.emplace();
    Text* a = &**first;
    Text* b = &**second;
    CPPUNIT_ASSERT(a != b);
    first.reset();
    second.reset();
    Reused<Text> next;
    CPPUNIT_ASSERT(&*next == b);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReusedTest);

}  // namespace
}  // namespace weir
