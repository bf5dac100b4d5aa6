// SPDX-License-Identifier: Apache-2.0
#include "shared/base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <iterator>

#include "shared/base/syslog.h"
#include "shared/base/utf8.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, 8> kNames{"emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"};
// A line is at most PIPE_BUF bytes, so that it is whole in a pipe, too, that other processes write to.
constexpr size_t kMaxMessage = 3840;
constexpr size_t kMaxHostileMessage = 600;  // when each byte of it may have become six
constexpr std::string_view kCutMark = "...";

std::array<LogTarget, log::kMaxTargets> log_targets{LogTarget{LogLevel::Debug, LogForm::Text, STDERR_FILENO}};
size_t target_count = 1;

using Line = fmt::basic_memory_buffer<char, PIPE_BUF>;

void appendEscaped(std::string_view text, Line& line) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      fmt::format_to(std::back_inserter(line), "\\x{:02X}", byte);
    else
      line.push_back(c);
  }
}

// What is written, before any target has given it its form.
struct Entry {
  LogLevel level;
  std::string_view message;
  std::string_view mark;  // behind it: that it was cut
  std::time_t time;
};

Entry cutTo(size_t size, Entry entry) {
  if (entry.message.size() <= size) return entry;
  return {entry.level, cutText(entry.message, size), kCutMark, entry.time};
}

void appendText(const Entry& entry, Line& line) {
  std::tm parts{};
  localtime_r(&entry.time, &parts);
  fmt::format_to(std::back_inserter(line), "{:%Y/%m/%d %H:%M:%S} [{}] {}: ", parts, logLevelName(entry.level),
                 getpid());
  appendEscaped(entry.message, line);
  line.append(entry.mark);
}

void appendJson(const Entry& entry, Line& line) {
  std::tm parts{};
  localtime_r(&entry.time, &parts);
  long minutes = parts.tm_gmtoff / 60;
  fmt::format_to(std::back_inserter(line),
                 R"({{"time":"{:%Y-%m-%dT%H:%M:%S}{}{:02}:{:02}","level":"{}","pid":{},"message":")", parts,
                 minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60, logLevelName(entry.level),
                 getpid());
  appendJsonText(entry.message, line);
  line.append(entry.mark);
  line.append(std::string_view("\"}"));
}

void appendLine(const LogTarget& target, const Entry& entry, Line& line) {
  if (target.header != nullptr) line.append(target.header->at(entry.time, static_cast<uint8_t>(entry.level)));
  target.form == LogForm::Json ? appendJson(entry, line) : appendText(entry, line);
  line.push_back('\n');
}

void deliver(const LogTarget& target, const Entry& entry) {
  Line line;
  appendLine(target, entry, line);
  if (line.size() > PIPE_BUF) {
    line.clear();
    appendLine(target, cutTo(kMaxHostileMessage, entry), line);
  }
  if (target.sink != nullptr) return target.sink->write({line.data(), line.size()});
  // Nowhere is left to report a log that cannot be written.
  [[maybe_unused]] auto written = ::write(target.fd, line.data(), line.size());
}

}  // namespace

std::string_view logLevelName(LogLevel level) { return kNames[static_cast<size_t>(level)]; }

std::optional<LogLevel> parseLogLevel(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<LogLevel>(i);
  return std::nullopt;
}

namespace log {

LogLevel threshold = LogLevel::Notice;

void setTargets(const std::vector<LogTarget>& targets) {
  target_count = std::min(targets.size(), kMaxTargets);
  std::copy_n(targets.begin(), target_count, log_targets.begin());
  threshold = LogLevel::Emerg;
  for (size_t i = 0; i < target_count; ++i) threshold = std::max(threshold, log_targets[i].level);
}

void setDescriptor(int fd) {
  log_targets[0] = {LogLevel::Debug, LogForm::Text, fd};
  target_count = 1;
}

void setThreshold(LogLevel level) { threshold = level; }

int descriptor() {
  for (size_t i = 0; i < target_count; ++i)
    if (log_targets[i].sink == nullptr) return log_targets[i].fd;
  return STDERR_FILENO;
}

void write(LogLevel level, std::string_view message) {
  Entry entry = cutTo(kMaxMessage, {level, message, {}, std::time(nullptr)});
  for (size_t i = 0; i < target_count; ++i)
    if (level <= log_targets[i].level) deliver(log_targets[i], entry);
}

void vwrite(LogLevel level, fmt::string_view format, fmt::format_args args) {
  fmt::memory_buffer message;
  fmt::vformat_to(std::back_inserter(message), format, args);
  write(level, {message.data(), message.size()});
}

}  // namespace log
}  // namespace weir
