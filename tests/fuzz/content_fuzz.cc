// SPDX-License-Identifier: Apache-2.0
// The fields that say what of a file is wanted: Range, dates, tags, Accept-Encoding. What is made of any bytes must
// keep its own promises.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "worker/codec/accept_encoding.h"
#include "worker/codec/byte_range.h"
#include "worker/codec/byteranges_body.h"
#include "worker/codec/conditional.h"
#include "worker/codec/http_date.h"

namespace {

void require(bool claim) {
  if (!claim) std::abort();
}

void checkRanges(std::string_view value, uint64_t size) {
  constexpr size_t kMost = 8;
  std::vector<weir::ByteRange> ranges;
  weir::RangeVerdict verdict = weir::parseByteRanges(value, size, kMost, ranges);
  require((verdict == weir::RangeVerdict::Partial) == !ranges.empty());
  require(ranges.size() <= kMost);
  uint64_t total = 0;
  for (const weir::ByteRange& range : ranges) {
    require(range.first <= range.last && range.last < size);
    if (ranges.size() > 1) total += range.size();
  }
  require(total <= size + 4096);
  if (ranges.empty()) return;
  weir::ByterangesBody body(ranges, size, "text/plain", "boundary");
  uint64_t length = body.ending().size();
  for (const auto& part : body.parts()) length += part.head.size() + part.range.size();
  require(length == body.length());
}

void checkDate(std::string_view text) {
  auto date = weir::parseHttpDate(text);
  if (date) require(weir::parseHttpDate(weir::HttpDate(*date).text()) == date);
}

void checkConditions(std::string_view text) {
  weir::Validators validators{"\"tag\"", 784111777, 784111800};
  weir::Conditions asked;
  asked.if_match = text;
  bool strong = weir::evaluate(asked, validators, weir::ModifiedSince::Before) == weir::ConditionVerdict::Proceed;
  asked = {};
  asked.if_none_match = text;
  bool weak = weir::evaluate(asked, validators, weir::ModifiedSince::Before) == weir::ConditionVerdict::NotModified;
  require(weak || !strong);  // what is the same strongly is so weakly
  asked = {};
  asked.if_range = text;
  weir::rangeApplies(asked, validators);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (uint64_t length : {uint64_t{0}, uint64_t{1}, uint64_t{100}, uint64_t{10} << 32}) checkRanges(text, length);
  checkDate(text);
  checkConditions(text);
  require(weir::codingQuality(text, "gzip") <= 1000);
  return 0;
}
