// SPDX-License-Identifier: Apache-2.0
#pragma once
// What must hold for every head that a parser accepts, shared by the fuzz targets and the unit tests: the answer does
// not depend on how the bytes were cut, offsets stay inside and in order, and llhttp reads the same.
// Each check returns an empty string, or what is wrong.

#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/llhttp_oracle.h"
#include "worker/codec/http1_request.h"
#include "worker/codec/http1_response.h"

namespace weir {

// Gives the parser text in growing pieces, each time in fresh memory of exactly that size, so that a sanitizer sees a
// view that outlives its bytes or reads over them. cut(n) is the size of the piece after n bytes.
template <class Parser, class Cut>
ParseStatus feed(Parser& parser, std::string_view text, Cut cut) {
  ParseStatus status = ParseStatus::NeedMore;
  for (size_t given = 0; given < text.size() && status == ParseStatus::NeedMore;) {
    given += cut(given);
    if (given > text.size()) given = text.size();
    const std::vector<char> piece(text.begin(), text.begin() + static_cast<ptrdiff_t>(given));
    status = parser.parse({piece.data(), piece.size()});
    // A caller may ask again without having more: the answer stays.
    if (status == ParseStatus::NeedMore) status = parser.parse({piece.data(), piece.size()});
  }
  return status;
}

inline std::string describe(const MessageHead& head, std::string_view text) {
  std::string out = "size " + std::to_string(head.size) + " minor " + std::to_string(head.minor_version) + " framing " +
                    std::to_string(static_cast<int>(head.framing)) + " length " + std::to_string(head.content_length) +
                    " keep_alive " + std::to_string(head.keep_alive) + " upgrade " + std::to_string(head.upgrade);
  for (const HeaderField& field : head.fields) {
    out += "\n  " + std::string(field.nameIn(text.data())) + "=" + std::string(field.valueIn(text.data())) + " id " +
           std::to_string(static_cast<int>(field.id)) + " hop " + std::to_string(field.hop_by_hop) + " ignored " +
           std::to_string(field.ignored) + " end " + std::to_string(field.line_end);
  }
  return out;
}

// Field lines follow each other without a gap, from fields_begin to the final CRLF.
inline std::string checkLayout(const MessageHead& head, std::string_view text) {
  uint32_t at = head.fields_begin;
  for (const HeaderField& field : head.fields) {
    const std::string_view line = field.lineIn(text.data());
    if (field.name != at || field.line_end > text.size() || !line.ends_with("\r\n")) return "a line is out of place";
    if (line.find('\n') != line.size() - 1 || line[field.name_size] != ':') return "a line is not one line";
    if (field.value < field.name + field.name_size + 1 || field.value + field.value_size + 2 > field.line_end)
      return "a value is outside its line";
    at = field.line_end;
  }
  const bool ends = at + 2 == head.size && text.substr(at, 2) == "\r\n";
  return ends ? "" : "the head does not end behind its last field";
}

inline std::string compareFields(const MessageHead& head, std::string_view text, const LlhttpOracle& oracle) {
  if (head.fields.size() != oracle.fields.size()) return "llhttp counts other fields";
  for (size_t i = 0; i < head.fields.size(); ++i) {
    if (head.fields[i].nameIn(text.data()) != oracle.fields[i].first) return "llhttp reads another name";
    if (head.fields[i].valueIn(text.data()) != oracle.fields[i].second)
      return "llhttp reads another value: " + oracle.fields[i].second;
  }
  return "";
}

inline std::string compareFraming(const MessageHead& head, const LlhttpOracle& oracle) {
  if ((head.framing == BodyFraming::Chunked) != oracle.chunked()) return "llhttp disagrees on chunked";
  const bool has_length = head.framing == BodyFraming::Length;
  if (has_length != oracle.hasLength()) return "llhttp disagrees on Content-Length";
  if (has_length && head.content_length != oracle.length()) return "llhttp reads another length";
  return "";
}

// llhttp 8.1 takes a tab around a Content-Length or Transfer-Encoding for a part of the value; RFC 9110 5.6.3 does not.
inline void blankTabs(std::string& text, const HeaderField& field) {
  const size_t value_end = field.value + field.value_size;
  for (size_t i = field.name + field.name_size + 1; i < field.line_end; ++i)
    if (text[i] == '\t' && (i < field.value || i >= value_end)) text[i] = ' ';
}

// Where weir is laxer, on purpose: a minor version above 1 is 1 (RFC 9110 2.5), white space may be a tab, and any token
// is a method (RFC 9110 9.1). So llhttp is given what it knows. version: offset of "HTTP/1.1"
inline std::string forLlhttp(const MessageHead& head, std::string_view text, size_t version) {
  std::string known(text.substr(0, head.size));
  known[version + 7] = head.minor_version == 0 ? '0' : '1';
  for (const HeaderField& field : head.fields) blankTabs(known, field);
  return known;
}

inline std::string forLlhttp(const RequestHead& head, std::string_view text) {
  std::string known = forLlhttp(head, text, head.target.at + head.target.size + 1);
  if (head.method == Method::Other) known.replace(head.method_text.at, head.method_text.size, "REPORT");
  return known;
}

inline std::string checkRequest(const RequestHead& head, std::string_view text) {
  if (std::string wrong = checkLayout(head, text); !wrong.empty()) return wrong;
  const std::string known = forLlhttp(head, text);
  const LlhttpOracle oracle(HTTP_REQUEST, known);
  if (!oracle.headComplete()) return "llhttp refuses: " + oracle.why();
  if (head.method != Method::Other && methodName(head.method) != oracle.method()) return "llhttp reads another method";
  if (head.target.in(text.data()) != oracle.target) return "llhttp reads another target: " + oracle.target;
  if (std::string wrong = compareFields(head, text, oracle); !wrong.empty()) return wrong;
  return compareFraming(head, oracle);
}

inline std::string checkResponse(const ResponseHead& head, std::string_view text) {
  if (std::string wrong = checkLayout(head, text); !wrong.empty()) return wrong;
  const std::string known = forLlhttp(head, text, 0);
  const LlhttpOracle oracle(HTTP_RESPONSE, known);
  if (!oracle.headComplete()) return "llhttp refuses: " + oracle.why();
  if (head.status != oracle.status()) return "llhttp reads another status";
  if (std::string wrong = compareFields(head, text, oracle); !wrong.empty()) return wrong;
  return head.framing == BodyFraming::None || head.framing == BodyFraming::UntilClose ? ""
                                                                                      : compareFraming(head, oracle);
}

}  // namespace weir
