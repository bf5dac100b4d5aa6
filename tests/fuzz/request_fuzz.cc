// SPDX-License-Identifier: Apache-2.0
// RequestParser over arbitrary bytes. The first two bytes choose the limits and how the rest is cut into pieces.

#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/head_checks.h"

namespace {

using namespace weir;

void require(const std::string& wrong, std::string_view text) {
  if (wrong.empty()) return;
  std::fprintf(stderr, "%s\n%.*s\n", wrong.c_str(), static_cast<int>(text.size()), text.data());
  std::abort();
}

RequestLimits limitsOf(uint8_t choice) {
  RequestLimits limits;
  limits.underscores_in_headers = (choice & 1) != 0;
  if ((choice & 2) != 0) limits.max_request_line = 64;
  if ((choice & 4) != 0) limits.max_field_line = 48;
  if ((choice & 8) != 0) limits.max_fields = 4;
  if ((choice & 16) != 0) limits.max_head = 200;
  return limits;
}

void checkPipelined(const RequestParser& parser, std::string_view text) {
  if (parser.head().size > text.size()) require("the head is longer than the text", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const RequestLimits limits = limitsOf(data[0]);
  const size_t step = data[1] % 32 + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);

  RequestParser whole;
  whole.reset(limits);
  const ParseStatus status = feed(whole, text, [&](size_t) { return text.size(); });
  RequestParser pieces;
  pieces.reset(limits);
  if (feed(pieces, text, [&](size_t) { return step; }) != status || pieces.failure() != whole.failure())
    require("cut into pieces, it ends otherwise", text);
  if (status != ParseStatus::Done) return 0;
  checkPipelined(whole, text);
  if (describe(whole.head(), text) != describe(pieces.head(), text))
    require("cut into pieces, it reads otherwise", text);
  require(checkRequest(whole.head(), text), text);
  return 0;
}
