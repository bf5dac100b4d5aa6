// SPDX-License-Identifier: Apache-2.0
// S-58: inih behind its door. What it would cut, split, join or drop arrives whole or is reported.
#include "shared/config/ini_source.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir::config {
namespace {

// Writes down what it is told; reads nested text where a directive "read" says so, as an include does.
class Recorder : public IniSink {
 public:
  explicit Recorder(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  size_t section(std::string_view header, Origin origin) override {
    log_ += std::to_string(origin.line) + "[" + std::string(header) + "] ";
    return ++sections_;
  }

  void directive(std::optional<size_t> section, std::string_view name, std::string_view value, Origin origin) override {
    log_ += std::to_string(origin.line) + ":" + (section ? std::to_string(*section) : "-") + ":" + std::string(name) +
            "=" + std::string(value) + " ";
    if (name == "read") readIni(value == "section" ? "[inner]\na = 1\n" : "a = 1\n", origin.file, *this, diagnostics_);
  }

  const std::string& log() const { return log_; }

 private:
  Diagnostics& diagnostics_;
  std::string log_;
  size_t sections_ = 0;
};

class IniSourceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(IniSourceTest);
  CPPUNIT_TEST(sectionsAreNumbered_S58);
  CPPUNIT_TEST(linesAreNumbered_S58);
  CPPUNIT_TEST(repeatedNamesArriveEachTime_S58);
  CPPUNIT_TEST(indentationJoinsNothing_S58);
  CPPUNIT_TEST(longLinesArriveWhole_S58);
  CPPUNIT_TEST(longHeadersArriveWhole_S58);
  CPPUNIT_TEST(valuesKeepWhatLooksLikeSyntax_S58);
  CPPUNIT_TEST(anEmptyValueArrives);
  CPPUNIT_TEST(emptySectionsArrive);
  CPPUNIT_TEST(whatFollowsARefusedHeaderIsLeftOut);
  CPPUNIT_TEST(nestedTextLeavesTheOuterSectionAlone);
  CPPUNIT_TEST_SUITE_END();

  Diagnostics diagnostics_;

  std::string read(std::string_view text) {
    Recorder recorder(diagnostics_);
    readIni(text, diagnostics_.addFile("f"), recorder, diagnostics_);
    return recorder.log();
  }

  void expect(const std::string& wanted, std::string_view text) {
    diagnostics_ = {};
    CPPUNIT_ASSERT_EQUAL(wanted, read(text));
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics_.formatAll());
  }

 public:
  void sectionsAreNumbered_S58() {
    expect("1[a] 2:1:x=1 3[b c] 4:2:y=2 5[a] 6:3:z=3 ", "[a]\nx=1\n[ b c ]\ny=2\n[a]\nz=3\n");
  }
  void linesAreNumbered_S58() { expect("2:-:a=1 5:-:b=2   3 7:-:c=4 ", "\na=1\n#\n;\nb = 2 \\\n  3\nc = 4"); }
  void repeatedNamesArriveEachTime_S58() { expect("1:-:a=1 2:-:a=1 ", "a = 1\na = 1\n"); }
  void indentationJoinsNothing_S58() { expect("1:-:a=1 2:-:b=2 ", "a = 1\n    b = 2\n"); }

  void longLinesArriveWhole_S58() {
    std::string value(kMaxLine - 2, 'x');
    expect("1:-:a=" + value + " 2:-:b=1 ", "a=" + value + "\nb=1\n");
  }

  void longHeadersArriveWhole_S58() {
    std::string header(1000, 'x');
    expect("1[" + header + "] 2:1:a=1 ", "[" + header + "]\na=1\n");
  }

  void valuesKeepWhatLooksLikeSyntax_S58() {
    expect("1:-:a=b=c:d ; e # f ", "a = b=c:d ; e # f\n");
    expect("1:-:a=[x] ", "a = [x]\n");
    expect("1:-:a=\"  b  \" ", "a = \"  b  \"\n");
    expect("1:-:a=\xEF\xBB\xBFz ", "a = \xEF\xBB\xBFz\n");
  }

  void anEmptyValueArrives() { expect("1:-:a= 2:-:b= ", "a =\nb=  \n"); }
  void emptySectionsArrive() { expect("1[a] 2[b] ", "[a]\n[b]\n"); }

  void whatFollowsARefusedHeaderIsLeftOut() {
    CPPUNIT_ASSERT_EQUAL(std::string("1[a] 4[b] 5:2:y=1 "), read("[a]\n[x]]\nz=1\n[b]\ny=1\n"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, diagnostics_.errorCount());
  }

  void nestedTextLeavesTheOuterSectionAlone() {
    expect("1[a] 2:1:read=section 1[inner] 2:2:a=1 3:1:b=2 ", "[a]\nread = section\nb = 2\n");
    expect("1[a] 2:1:read=lines 1:-:a=1 3:1:b=2 ", "[a]\nread = lines\nb = 2\n");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IniSourceTest);

}  // namespace
}  // namespace weir::config
