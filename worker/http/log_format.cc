// SPDX-License-Identifier: Apache-2.0
#include "worker/http/log_format.h"

#include <algorithm>
#include <string_view>

#include "shared/base/utf8.h"
#include "worker/codec/byte_scan.h"

namespace weir {
namespace {

constexpr char kUpperHex[] = "0123456789ABCDEF";
constexpr std::string_view kCutMark = "...";
constexpr size_t kLongestEscape = 6;  // what one byte may become

// Nearly no value has to be escaped.
bool isPlainFrom(const std::string& text, size_t from) {
  return scanTo<QuotedStop>(text.data(), from, text.size()) == text.size();
}

}  // namespace

void escapeDefault(std::string& text, size_t from) {
  if (text.size() == from) return text.push_back('-');
  if (isPlainFrom(text, from)) return;
  // The old and the new text stand behind each other for a moment, so that no second buffer is needed.
  size_t end = text.size();
  for (size_t at = from; at < end; ++at) {
    auto byte = static_cast<unsigned char>(text[at]);
    if (QuotedStop::stops(text[at]))
      text.append({'\\', 'x', kUpperHex[byte >> 4], kUpperHex[byte & 15]});
    else
      text.push_back(text[at]);
  }
  text.erase(from, end - from);
}

void escapeJson(std::string& text, size_t from) {
  if (isPlainFrom(text, from)) return;
  size_t end = text.size();
  text.reserve(end + kLongestEscape * (end - from));  // so that the view stays
  appendJsonText(std::string_view(text).substr(from, end - from), text);
  text.erase(from, end - from);
}

LogFormat::LogFormat(const LogFormatSetting& setting, const GroupNames& groups, Diagnostics& diagnostics)
    : name_(setting.name), escape_(setting.escape), template_(Template::compile(setting.text, groups, diagnostics)) {}

LogFormat::Fit LogFormat::append(const Exchange& exchange, size_t bound, std::string& to) const {
  size_t begin = to.size();
  switch (escape_) {
    case Escape::Default:
      template_.appendEach(exchange, to, escapeDefault);
      break;
    case Escape::Json:
      template_.appendEach(exchange, to, escapeJson);
      break;
    case Escape::None:
      template_.append(exchange, to);
  }
  to.push_back('\n');
  if (to.size() <= bound) return Fit::Whole;
  to.resize(begin);
  appendCut(exchange, bound - std::min(bound, begin), to);
  return Fit::Cut;
}

void LogFormat::encode(std::string& text, size_t from) const {
  if (escape_ == Escape::Default) escapeDefault(text, from);
  if (escape_ == Escape::Json) escapeJson(text, from);
}

// Every value has the same share of what the format's own text leaves.
void LogFormat::appendCut(const Exchange& exchange, size_t room, std::string& to) const {
  size_t begin = to.size();
  size_t fixed = template_.literalSize() + 1;
  size_t share = (room - std::min(room, fixed)) / std::max<size_t>(1, template_.variableCount());
  share = std::max(share, kCutMark.size()) - kCutMark.size();
  template_.appendEach(exchange, to, [&](std::string& text, size_t from) {
    const std::string value = text.substr(from);
    encode(text, from);
    // First as many bytes as there is room for; fewer, when escapes made more of them.
    for (size_t limit : {share, share / kLongestEscape}) {
      if (text.size() - from <= share + kCutMark.size()) return;
      text.replace(from, std::string::npos, cutText(value, limit));
      encode(text, from);
      text.append(kCutMark);
    }
  });
  // Only where the format's own text is too long.
  if (to.size() - begin >= room) to.resize(begin + std::max<size_t>(1, room) - 1);
  to.push_back('\n');
}

}  // namespace weir
