// SPDX-License-Identifier: Apache-2.0
// Values of access_log, error_log and log_format.
#include <algorithm>
#include <array>

#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

using Escape = LogFormatSetting::Escape;

constexpr std::array<std::string_view, 3> kEscapes{"default", "json", "none"};
constexpr Size kDefaultBuffer{64 << 10};  // nginx's, where only flush= is given

bool parseAccessLogWord(const Arguments& in, size_t i, AccessLogSetting& out) {
  constexpr std::array<std::string_view, 3> kKnown{"buffer=", "flush=", "if="};
  std::string_view text;
  if (takeParameter(in[i], "buffer", text)) {
    out.buffer = parseSize(text);
    bool fits = out.buffer && out.buffer->bytes >= 512 && out.buffer->bytes <= (64u << 20);
    return fits || in.refuse(i, "\"buffer=\" with a size from 512 to 64m");
  }
  if (takeParameter(in[i], "flush", text)) {
    out.flush = parseTime(text);
    return (out.flush && out.flush->count() > 0) || in.refuse(i, "\"flush=\" with a time");
  }
  if (takeParameter(in[i], "if", text)) {
    out.condition = {std::string(text), in.origin};
    return !text.empty() || in.refuse(i, "\"if=\" with a condition");
  }
  if (in[i] == "gzip" || in[i].starts_with("gzip="))
    return in.fail("\"gzip\" is not supported by this version of weir");
  return in.refuseParameter(i, kKnown);
}

std::string logPath(const Arguments& in, const std::string& path) {
  if (path == "stdout" || path == "/dev/stdout") return "stdout";
  if (path == "stderr" || path == "/dev/stderr") return "stderr";
  return in.absolute(path);
}

// What the first word of a log names; paths with variables would be opened and written by traffic.
template <class Log>
bool parsePlace(const Arguments& in, std::string_view wanted, Log& out) {
  if (in[0].starts_with("syslog:")) {
    out.path = in[0];
    return parseSyslog(in, out.syslog.emplace());
  }
  if (in[0].find('$') != std::string::npos)
    return in.fail("\"" + in[0].substr(0, 80) + "\" holds a variable: weir opens logs when it starts and at a reload");
  if (in[0].empty()) return in.refuse(0, wanted);
  out.path = logPath(in, in[0]);
  return true;
}

bool isParameter(std::string_view word) { return word.find('=') != std::string_view::npos; }

bool isOff(const Arguments& in) { return in.size() >= 1 && in[0] == "off" && !in.words[0].quoted; }

}  // namespace

bool parseValue(const Arguments& in, AccessLogSetting& out) {
  if (!in.count(1, 8)) return false;
  if (!parsePlace(in, "a file, \"stdout\", \"stderr\", \"syslog:\" or \"off\"", out)) return false;
  if (in.rule == TextRule::Stream) out.format = "stream";
  out.origin = in.origin;
  size_t i = 1;
  if (in.size() > 1 && !isParameter(in[1])) out.format = in[i++];
  bool good = true;
  for (; i < in.size(); ++i) good &= parseAccessLogWord(in, i, out);
  if (out.syslog && (out.buffer || out.flush)) return in.fail("messages to syslog cannot be buffered");
  if (out.flush && !out.buffer) out.buffer = kDefaultBuffer;
  return good;
}

bool parseValue(const Arguments& in, ErrorLogSetting& out) {
  if (!in.count(1, 3)) return false;
  if (!parsePlace(in, "a file, \"stderr\" or \"syslog:\"", out)) return false;
  out.origin = in.origin;
  out.json = in.size() > 1 && in[in.size() - 1] == "json";
  size_t words = in.size() - (out.json ? 1 : 0);
  if (words > 2) return in.refuse(2, "\"json\"");
  if (words == 1) return true;
  auto level = parseLogLevel(in[1]);
  out.level = level.value_or(LogLevel::Error);
  return level || in.refuse(1, "a level (debug, info, notice, warn, error, crit, alert, emerg)");
}

bool parseValue(const Arguments& in, LogFormatSetting& out) {
  if (!in.count(2, 4096)) return false;
  out.name = in[0];
  if (out.name.empty() || isParameter(out.name) || out.name == "off") return in.refuse(0, "a name for a format");
  size_t i = 1;
  std::string_view escape;
  if (takeParameter(in[1], "escape", escape) && !in.words[1].quoted) {
    auto found = std::find(kEscapes.begin(), kEscapes.end(), escape);
    if (found == kEscapes.end()) return in.refuse(1, "\"escape=\" with default, json or none");
    out.escape = static_cast<Escape>(found - kEscapes.begin());
    if (++i == in.size()) return in.fail("the format is missing");
  }
  for (; i < in.size(); ++i) out.text.text += in[i];
  out.text.origin = in.origin;
  return true;
}

bool appendValue(const Arguments& in, std::vector<AccessLogSetting>& list) {
  if (!isOff(in)) return parseValue(in, list.emplace_back());
  if (in.size() > 1) return in.fail("\"off\" takes no parameters");
  if (!in.earlier.empty()) return in.fail("\"off\" cannot stand beside other logs of the same section");
  return list.clear(), true;
}

bool appendValue(const Arguments& in, std::vector<ErrorLogSetting>& list) {
  if (list.size() == log::kMaxTargets) return in.fail("more than " + std::to_string(log::kMaxTargets) + " of them");
  return parseValue(in, list.emplace_back());
}

bool appendValue(const Arguments& in, std::vector<LogFormatSetting>& list) {
  LogFormatSetting format;
  if (!parseValue(in, format)) return false;
  auto same = std::find_if(list.begin(), list.end(), [&](const auto& other) { return other.name == format.name; });
  if (same == list.end()) return list.push_back(std::move(format)), true;
  bool built_in = same->text.origin == Origin{};
  if (!built_in)
    return in.fail("the format \"" + format.name + "\" is already there, at " +
                   in.load.diagnostics.place(same->text.origin));
  *same = std::move(format);
  return true;
}

std::string printValue(const AccessLogSetting& value) {
  std::string text = quoteWord(value.path) + " " + quoteWord(value.format);
  if (value.buffer) text += " buffer=" + printSize(*value.buffer);
  if (value.flush) text += " flush=" + printTime(*value.flush);
  if (!value.condition.text.empty()) text += " " + quoteWord("if=" + value.condition.text);
  return text;
}

std::string printValue(const ErrorLogSetting& value) {
  return quoteWord(value.path) + " " + std::string(logLevelName(value.level)) + (value.json ? " json" : "");
}

std::string printValue(const LogFormatSetting& value) {
  auto escape = kEscapes[static_cast<size_t>(value.escape)];
  return quoteWord(value.name) + " escape=" + std::string(escape) + " " + quoteWord(value.text.text, true);
}

}  // namespace weir::config
