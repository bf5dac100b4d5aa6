// SPDX-License-Identifier: Apache-2.0
// S-46: RFC 9110 13.2.2, every step and their order.
#include "worker/codec/conditional.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {
namespace {

constexpr std::string_view kTag = "\"t\"";
constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr int64_t kModified = 784111777;

}  // namespace

class ConditionalTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConditionalTest);
  CPPUNIT_TEST(withoutConditions);
  CPPUNIT_TEST(ifMatchIsStrong);
  CPPUNIT_TEST(ifUnmodifiedSince);
  CPPUNIT_TEST(ifNoneMatchIsWeak);
  CPPUNIT_TEST(ifModifiedSinceByMode);
  CPPUNIT_TEST(tagsOutdoDates);
  CPPUNIT_TEST(preconditionsComeFirst);
  CPPUNIT_TEST(whatIsNoDateIsNotThere);
  CPPUNIT_TEST(withoutATag);
  CPPUNIT_TEST(ifRange);
  CPPUNIT_TEST_SUITE_END();

  Conditions asked_;
  Validators has_{kTag, kModified, kModified + 60};

  void expect(ConditionVerdict verdict, ModifiedSince mode = ModifiedSince::Before) {
    CPPUNIT_ASSERT(evaluate(asked_, has_, mode) == verdict);
    asked_ = {};
  }
  void proceeds() { expect(ConditionVerdict::Proceed); }
  void fails() { expect(ConditionVerdict::PreconditionFailed); }
  void isCurrent() { expect(ConditionVerdict::NotModified); }
  bool ranges(std::string_view if_range) {
    asked_.if_range = if_range;
    return rangeApplies(asked_, has_);
  }

 public:
  void setUp() override {
    asked_ = {};
    has_ = {kTag, kModified, kModified + 60};
  }

  void withoutConditions() {
    proceeds();
    CPPUNIT_ASSERT(rangeApplies(asked_, has_));
  }

  void ifMatchIsStrong() {
    for (auto good : {"\"t\"", "*", "\"x\", \"t\"", "\"x\",\"t\""}) asked_.if_match = good, proceeds();
    for (auto bad : {"W/\"t\"", "\"x\"", "", "t", "\"t", "\"x\" \"T\""}) asked_.if_match = bad, fails();
  }

  void ifUnmodifiedSince() {
    asked_.if_unmodified_since = kBefore, fails();
    asked_.if_unmodified_since = kSame, proceeds();
    asked_.if_unmodified_since = kAfter, proceeds();
  }

  void ifNoneMatchIsWeak() {
    for (auto current : {"\"t\"", "W/\"t\"", "*", "\"x\", W/\"t\""}) asked_.if_none_match = current, isCurrent();
    for (auto other : {"\"x\"", "", "t"}) asked_.if_none_match = other, proceeds();
  }

  void ifModifiedSinceByMode() {
    using Verdict = ConditionVerdict;
    for (auto mode : {ModifiedSince::Ignored, ModifiedSince::Exact, ModifiedSince::Before}) {
      asked_.if_modified_since = kBefore, expect(Verdict::Proceed, mode);
      asked_.if_modified_since = kSame;
      expect(mode == ModifiedSince::Ignored ? Verdict::Proceed : Verdict::NotModified, mode);
      asked_.if_modified_since = kAfter;
      expect(mode == ModifiedSince::Before ? Verdict::NotModified : Verdict::Proceed, mode);
    }
  }

  void tagsOutdoDates() {
    asked_.if_none_match = "\"x\"", asked_.if_modified_since = kAfter, proceeds();
    asked_.if_none_match = kTag, asked_.if_modified_since = kBefore, isCurrent();
    asked_.if_match = kTag, asked_.if_unmodified_since = kBefore, proceeds();
    asked_.if_match = "\"x\"", asked_.if_unmodified_since = kAfter, fails();
  }

  void preconditionsComeFirst() {
    asked_.if_match = "\"x\"", asked_.if_none_match = kTag, fails();
    asked_.if_unmodified_since = kBefore, asked_.if_modified_since = kAfter, fails();
    asked_.if_match = kTag, asked_.if_none_match = kTag, isCurrent();
  }

  void whatIsNoDateIsNotThere() {
    asked_.if_unmodified_since = "yesterday", proceeds();
    asked_.if_modified_since = "tomorrow", proceeds();
  }

  void withoutATag() {
    has_.etag = {};
    asked_.if_match = "*", proceeds();
    asked_.if_match = "\"t\"", fails();
    asked_.if_none_match = "\"t\"", proceeds();
    CPPUNIT_ASSERT(!ranges("\"t\""));
  }

  void ifRange() {
    CPPUNIT_ASSERT(ranges("\"t\""));
    CPPUNIT_ASSERT(!ranges("W/\"t\""));
    CPPUNIT_ASSERT(!ranges("\"x\""));
    CPPUNIT_ASSERT(ranges(kSame));
    CPPUNIT_ASSERT(!ranges(kBefore));
    CPPUNIT_ASSERT(!ranges(kAfter));
    CPPUNIT_ASSERT(!ranges("neither"));
    has_.now = kModified;  // it may still change within this second
    CPPUNIT_ASSERT(!ranges(kSame));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConditionalTest);

}  // namespace weir
