// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/session_log.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "worker/net/log_file.h"

namespace weir {
namespace {

using Escape = LogFormatSetting::Escape;

constexpr char kUpperHex[] = "0123456789ABCDEF";

bool isPlain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

// What is no plain ASCII in a session's values can only be bytes of an ALPN name, or of a unix path.
void escape(std::string& text, size_t from, Escape how) {
  if (text.size() == from && how == Escape::Default) return text.push_back('-');
  if (how == Escape::None || std::all_of(text.begin() + static_cast<ptrdiff_t>(from), text.end(), isPlain)) return;
  const std::string value = text.substr(from);
  text.resize(from);
  for (char c : value) {
    auto byte = static_cast<unsigned char>(c);
    if (isPlain(c))
      text.push_back(c);
    else if (how == Escape::Json && byte >= 0x80)
      text.append("\\ufffd");
    else
      text.append(how == Escape::Json ? "\\u00" : "\\x").append({kUpperHex[byte >> 4], kUpperHex[byte & 15]});
  }
}

}  // namespace

void SessionLog::add(const AccessLogSetting& setting, Escape escape, SessionTemplate text, SessionTemplate condition,
                     LogDirectory* directory) {
  LogFile* file = directory == nullptr ? nullptr : directory->logFile(setting);
  logs_.push_back({file, escape, std::move(text), std::move(condition)});
}

// if=: neither empty nor "0".
bool SessionLog::wants(const Log& log, const SessionRecord& record) const {
  if (log.condition.isEmpty()) return true;
  line_.clear();
  log.condition.append(record, line_);
  return !line_.empty() && line_ != "0";
}

void SessionLog::write(const SessionRecord& record) const {
  for (const Log& log : logs_) {
    if (log.file == nullptr || !wants(log, record)) continue;
    line_.clear();
    log.text.appendEach(record, line_, [&](std::string& text, size_t from) { escape(text, from, log.escape); });
    line_.push_back('\n');
    log.file->append(line_);
  }
}

}  // namespace weir
