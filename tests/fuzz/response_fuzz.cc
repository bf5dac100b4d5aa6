// SPDX-License-Identifier: Apache-2.0
// ResponseParser over arbitrary bytes. The first two bytes choose method, limits and how the rest is cut into pieces.

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

void checkBody(const ResponseHead& head, Method method, std::string_view text) {
  const bool bodiless = method == Method::Head || head.status < 200 || head.status == 204 || head.status == 304;
  if (bodiless && head.framing != BodyFraming::None) require("a body where there is none (S-34)", text);
  if (head.framing == BodyFraming::UntilClose && head.keep_alive) require("kept alive until close", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  constexpr Method kMethods[] = {Method::Get, Method::Head, Method::Connect, Method::Post};
  const Method method = kMethods[data[0] & 3];
  const ResponseLimits limits{(data[0] & 4) != 0 ? 200u : 16384u, (data[0] & 8) != 0 ? 4u : 1000u};
  const size_t step = data[1] % 32 + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);

  ResponseParser whole;
  whole.reset(limits, method);
  const ParseStatus status = feed(whole, text, [&](size_t) { return text.size(); });
  ResponseParser pieces;
  pieces.reset(limits, method);
  if (feed(pieces, text, [&](size_t) { return step; }) != status || pieces.failure() != whole.failure())
    require("cut into pieces, it ends otherwise", text);
  if (status != ParseStatus::Done) return 0;
  if (describe(whole.head(), text) != describe(pieces.head(), text))
    require("cut into pieces, it reads otherwise", text);
  checkBody(whole.head(), method, text);
  require(checkResponse(whole.head(), text), text);
  return 0;
}
