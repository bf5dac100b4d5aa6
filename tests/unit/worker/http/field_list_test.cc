// SPDX-License-Identifier: Apache-2.0
#include "worker/http/field_list.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class FieldListTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FieldListTest);
  CPPUNIT_TEST(givesWhatWasAddedInOrder);
  CPPUNIT_TEST(emptyNamesAndValuesAreKept);
  CPPUNIT_TEST(valueMadeInPlace);
  CPPUNIT_TEST(cancelledLeavesNothing);
  CPPUNIT_TEST(linesAreReadyToBeSent);
  CPPUNIT_TEST(whatIsRemovedLeavesNoTrace);
  CPPUNIT_TEST(clearKeepsTheMemory);
  CPPUNIT_TEST_SUITE_END();

  FieldList list_;

  std::string all() const {
    std::string text;
    list_.each([&](std::string_view name, std::string_view value) {
      text.append(name).append("=").append(value).append(";");
    });
    return text;
  }

 public:
  void givesWhatWasAddedInOrder() {
    CPPUNIT_ASSERT(list_.empty());
    list_.add("Via", "1.1 weir");
    list_.add("Age", "3");
    list_.add("Via", "again");
    CPPUNIT_ASSERT_EQUAL(std::string("Via=1.1 weir;Age=3;Via=again;"), all());
    CPPUNIT_ASSERT(!list_.empty());
  }

  void emptyNamesAndValuesAreKept() {
    list_.add("Empty", "");
    list_.add("", "x");
    CPPUNIT_ASSERT_EQUAL(std::string("Empty=;=x;"), all());
  }

  void valueMadeInPlace() {
    list_.add("A", "1");
    list_.begin("B").append("2").append("3");
    CPPUNIT_ASSERT_EQUAL(std::string("23"), std::string(list_.pendingValue()));
    list_.end();
    list_.add("C", "4");
    CPPUNIT_ASSERT_EQUAL(std::string("A=1;B=23;C=4;"), all());
  }

  void cancelledLeavesNothing() {
    list_.add("A", "1");
    list_.begin("B").append("unwanted");
    list_.cancel();
    list_.add("C", "4");
    CPPUNIT_ASSERT_EQUAL(std::string("A=1;C=4;"), all());
  }

  void linesAreReadyToBeSent() {
    FieldList other;
    other.add("ETag", "\"1\"");
    list_.add("Empty", "");
    list_.append(other);
    list_.begin("No");
    list_.cancel();
    CPPUNIT_ASSERT_EQUAL(std::string("Empty: \r\nETag: \"1\"\r\n"), std::string(list_.lines()));
  }

  void whatIsRemovedLeavesNoTrace() {
    for (std::string_view name : {"Vary", "A", "VARY", "vary", "B", "Vary"}) list_.add(name, "v");
    list_.remove("Vary");
    CPPUNIT_ASSERT_EQUAL(std::string("A=v;B=v;"), all());
    CPPUNIT_ASSERT_EQUAL(std::string("A: v\r\nB: v\r\n"), std::string(list_.lines()));
    list_.remove("C");
    list_.add("C", "w");
    CPPUNIT_ASSERT_EQUAL(std::string("A=v;B=v;C=w;"), all());
  }

  void clearKeepsTheMemory() {
    list_.add("Name", std::string(500, 'v'));
    const char* before = list_.begin("").data();
    list_.cancel();
    list_.clear();
    CPPUNIT_ASSERT(list_.empty());
    CPPUNIT_ASSERT_EQUAL(std::string(), all());
    list_.add("Name", std::string(400, 'w'));
    const char* after = list_.begin("").data();
    CPPUNIT_ASSERT(before == after);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FieldListTest);

}  // namespace weir
