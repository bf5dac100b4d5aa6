// SPDX-License-Identifier: Apache-2.0
#include "shared/base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <iterator>

namespace weir {
namespace {

constexpr std::array<std::string_view, 8> kNames{"emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"};
constexpr size_t kMaxLine = 4096;

int log_descriptor = STDERR_FILENO;
LogSink* log_sink = nullptr;

using Line = fmt::basic_memory_buffer<char, kMaxLine>;

void appendEscaped(Line& line, std::string_view text) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      fmt::format_to(std::back_inserter(line), "\\x{:02X}", byte);
    else
      line.push_back(c);
  }
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

void setDescriptor(int fd) { log_descriptor = fd; }
int descriptor() { return log_descriptor; }
void setThreshold(LogLevel level) { threshold = level; }
void setSink(LogSink* sink) { log_sink = sink; }

void write(LogLevel level, std::string_view message) {
  Line line;
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  fmt::format_to(std::back_inserter(line), "{:%Y/%m/%d %H:%M:%S} [{}] {}: ", parts, logLevelName(level), getpid());
  appendEscaped(line, message.substr(0, kMaxLine));
  line.push_back('\n');
  if (log_sink != nullptr) return log_sink->write({line.data(), line.size()});
  // Nowhere is left to report a log that cannot be written.
  [[maybe_unused]] auto written = ::write(log_descriptor, line.data(), line.size());
}

void vwrite(LogLevel level, fmt::string_view format, fmt::format_args args) {
  fmt::memory_buffer message;
  fmt::vformat_to(std::back_inserter(message), format, args);
  write(level, {message.data(), message.size()});
}

}  // namespace log
}  // namespace weir
