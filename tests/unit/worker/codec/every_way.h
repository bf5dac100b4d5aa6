// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parses a text whole, byte by byte and cut in two at every place, and insists on one answer, which llhttp must share
// when it is Done. The views of Parsed live as long as it does.

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/fuzz/head_checks.h"

namespace weir {

template <class Parser>
struct Parsed {
  std::string text;
  Parser parser;
  ParseStatus status = ParseStatus::NeedMore;

  bool done() const { return status == ParseStatus::Done; }
  Cause failure() const { return parser.failure(); }
  const auto& head() const { return parser.head(); }
  std::string in(Slice slice) const { return std::string(slice.in(text.data())); }
  // The value of a field by its name; nullopt when absent.
  std::optional<std::string> value(std::string_view name) const {
    for (const HeaderField& field : head().fields)
      if (field.nameIn(text.data()) == name) return std::string(field.valueIn(text.data()));
    return std::nullopt;
  }
  const HeaderField& field(std::string_view name) const {
    for (const HeaderField& field : head().fields)
      if (field.nameIn(text.data()) == name) return field;
    throw CppUnit::Exception(CppUnit::Message("no field " + std::string(name)));
  }
};

inline std::string check(const RequestHead& head, std::string_view text) { return checkRequest(head, text); }
inline std::string check(const ResponseHead& head, std::string_view text) { return checkResponse(head, text); }

template <class Parser, class Reset, class Cut>
void parseLike(const Parsed<Parser>& first, const Reset& reset, const Cut& cut, const std::string& how) {
  Parser parser;
  reset(parser);
  const std::string what = how + " of: " + first.text;
  CPPUNIT_ASSERT_MESSAGE(what, feed(parser, first.text, cut) == first.status);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(what, rowOf(first.failure()).name, rowOf(parser.failure()).name);
  if (first.done())
    CPPUNIT_ASSERT_EQUAL_MESSAGE(what, describe(first.head(), first.text), describe(parser.head(), first.text));
}

template <class Parser, class Reset>
Parsed<Parser> parseEveryWay(std::string text, const Reset& reset) {
  Parsed<Parser> parsed{std::move(text), {}, {}};
  const size_t size = parsed.text.size();
  reset(parsed.parser);
  parsed.status = parsed.parser.parse(parsed.text);
  parseLike(
      parsed, reset, [](size_t) { return size_t{1}; }, "byte by byte");
  for (size_t split = 1; split < size; ++split)
    parseLike(
        parsed, reset, [&](size_t given) { return given == 0 ? split : size; }, "cut at " + std::to_string(split));
  if (parsed.done()) CPPUNIT_ASSERT_EQUAL_MESSAGE(parsed.text, std::string(), check(parsed.head(), parsed.text));
  return parsed;
}

}  // namespace weir
