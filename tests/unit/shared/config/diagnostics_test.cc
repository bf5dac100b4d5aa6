// SPDX-License-Identifier: Apache-2.0
#include "shared/config/diagnostics.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {
namespace {

class DiagnosticsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DiagnosticsTest);
  CPPUNIT_TEST(aPlaceComesFirst);
  CPPUNIT_TEST(ordersByPlace);
  CPPUNIT_TEST(warningsAreNoErrors);
  CPPUNIT_TEST(oneNameIsOneFile);
  CPPUNIT_TEST(saysAThingOnce);
  CPPUNIT_TEST(keepsNoMoreThanItsLimit);
  CPPUNIT_TEST_SUITE_END();

  Diagnostics diagnostics_;

  void expectAll(const std::string& text) { CPPUNIT_ASSERT_EQUAL(text, diagnostics_.formatAll()); }

 public:
  void aPlaceComesFirst() {
    auto file = diagnostics_.addFile("conf/weir.ini");
    diagnostics_.error({}, "nowhere");
    diagnostics_.error({file, 0}, "the file");
    diagnostics_.error({file, 12}, "the line");
    expectAll("nowhere\nconf/weir.ini: the file\nconf/weir.ini:12: the line\n");
  }

  void ordersByPlace() {
    auto a = diagnostics_.addFile("a"), b = diagnostics_.addFile("b");
    diagnostics_.error({b, 1}, "third");
    diagnostics_.error({a, 9}, "second");
    diagnostics_.error({a, 2}, "first");
    expectAll("a:2: first\na:9: second\nb:1: third\n");
  }

  void warningsAreNoErrors() {
    diagnostics_.warning({diagnostics_.addFile("a"), 1}, "careful");
    expectAll("a:1: warning: careful\n");
    CPPUNIT_ASSERT(!diagnostics_.hasErrors());
  }

  void oneNameIsOneFile() {
    auto file = diagnostics_.addFile("a");
    CPPUNIT_ASSERT(file != 0);
    CPPUNIT_ASSERT_EQUAL(file, diagnostics_.addFile("a"));
    CPPUNIT_ASSERT(file != diagnostics_.addFile("b"));
    CPPUNIT_ASSERT_EQUAL(std::string("a"), std::string(diagnostics_.fileName(file)));
    CPPUNIT_ASSERT_EQUAL(std::string(), std::string(diagnostics_.fileName(99)));
  }

  void saysAThingOnce() {
    auto file = diagnostics_.addFile("a");
    for (int i = 0; i < 2; ++i) diagnostics_.error({file, 1}, "wrong");
    diagnostics_.error({file, 2}, "wrong");
    CPPUNIT_ASSERT_EQUAL(size_t{2}, diagnostics_.errorCount());
  }

  void keepsNoMoreThanItsLimit() {
    auto file = diagnostics_.addFile("a");
    for (uint32_t line = 1; line <= Diagnostics::kMaxKept + 5; ++line) diagnostics_.error({file, line}, "wrong");
    CPPUNIT_ASSERT_EQUAL(Diagnostics::kMaxKept, diagnostics_.all().size());
    CPPUNIT_ASSERT_EQUAL(Diagnostics::kMaxKept + 5, diagnostics_.errorCount());
    CPPUNIT_ASSERT(diagnostics_.formatAll().ends_with("a:1000: wrong\n... and 5 more\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DiagnosticsTest);

}  // namespace
}  // namespace weir
