// SPDX-License-Identifier: Apache-2.0
#include "shared/config/line_reader.h"

#include <cppunit/extensions/HelperMacros.h>

#include "shared/config/ini_source.h"

namespace weir::config {
namespace {

class LineReaderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LineReaderTest);
  CPPUNIT_TEST(skipsBlankLinesAndComments);
  CPPUNIT_TEST(acceptsByteOrderMarkAndCrlf);
  CPPUNIT_TEST(joinsContinuations);
  CPPUNIT_TEST(aCommentIsOneLine);
  CPPUNIT_TEST(refusesControlCharacters);
  CPPUNIT_TEST(refusesTooLongLines);
  CPPUNIT_TEST(refusesAnUnfinishedLine);
  CPPUNIT_TEST_SUITE_END();

  // "1 a|3 b": the lines given, with their numbers; then what was complained about.
  static std::string read(std::string_view text) {
    Diagnostics diagnostics;
    LineReader reader(text, diagnostics.addFile("f"), diagnostics);
    std::string all, line;
    while (reader.next(line))
      all += (all.empty() ? "" : "|") + std::to_string(reader.origin().line) + " " + (line.size() > 99 ? "long" : line);
    return all + (diagnostics.hasErrors() ? " ! " + diagnostics.formatAll() : "");
  }

  static void expect(const std::string& wanted, std::string_view text) { CPPUNIT_ASSERT_EQUAL(wanted, read(text)); }

 public:
  void skipsBlankLinesAndComments() {
    expect("", "");
    expect("", "\n\n  \t\n");
    expect("3 a = 1|5 b", "# x\n  ; y\n  a = 1  \n\nb");
  }

  void acceptsByteOrderMarkAndCrlf() {
    expect("1 a|2 b",
           "\xEF\xBB\xBF"
           "a\r\nb\r\n");
  }

  void joinsContinuations() {
    expect("1 a  b|3 c", "a \\\n b\nc");
    expect("1 abc|4 d", "a\\\r\nb\\\r\nc\r\nd");
    expect("1 a # b", "a \\\n# b");
  }

  void aCommentIsOneLine() { expect("2 a", "# x \\\na"); }

  void refusesControlCharacters() {
    expect("2 b ! f:1: the line holds a NUL byte\n", std::string_view("a\0c\nb", 5));
    expect("2 b ! f:1: the line holds the control character 0x1B\n", "a\x1b[0m\nb");
    expect("2 b ! f:1: the line holds the control character 0x0D\n", "a\rc\nb");
  }

  void refusesTooLongLines() {
    expect("1 long|2 b", std::string(kMaxLine, 'x') + "\nb");
    expect("2 b ! f:1: the line is longer than 65536 bytes\n", std::string(kMaxLine + 1, 'x') + "\nb");
    expect("2 b ! f:1: the line is longer than 65536 bytes\n", std::string(1 << 20, 'x') + "\nb");
    std::string joined;
    for (int i = 0; i < 100; ++i) joined += std::string(1000, 'x') + "\\\n";
    expect("102 b ! f:1: the line is longer than 65536 bytes\n", joined + "\nb");
  }

  void refusesAnUnfinishedLine() {
    expect("1 a ! f:2: the file ends where the line was to go on after \"\\\"\n", "a\nb\\");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LineReaderTest);

}  // namespace
}  // namespace weir::config
