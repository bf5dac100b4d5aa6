// SPDX-License-Identifier: Apache-2.0
#pragma once
// The process's error log. One per process, set up once by its main function; any code may write to it.
// A line is one write(2) of "2026/01/31 12:00:00 [level] pid: message\n", so that lines of processes do not mix.
// Where a write may block (traffic), the process installs a LogSink that hands lines to a thread.

#include <fmt/core.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

// nginx's levels, most severe first.
enum class LogLevel : uint8_t { Emerg, Alert, Crit, Error, Warn, Notice, Info, Debug };

std::string_view logLevelName(LogLevel level);
std::optional<LogLevel> parseLogLevel(std::string_view name);

// Takes whole lines, newline included. Never blocks long, never fails.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(std::string_view line) = 0;
};

namespace log {

// Lines above this level are dropped before they are formatted.
extern LogLevel threshold;

// Where lines go: a descriptor (not owned, 2 at first), or a sink (not owned; null: the descriptor again).
void setDescriptor(int fd);
int descriptor();
void setThreshold(LogLevel level);
void setSink(LogSink* sink);

inline bool enabled(LogLevel level) { return level <= threshold; }
// Control characters in the message are written as \xHH: a stranger's bytes must not forge lines.
void write(LogLevel level, std::string_view message);
void vwrite(LogLevel level, fmt::string_view format, fmt::format_args args);

template <class... Args>
void line(LogLevel level, fmt::format_string<Args...> format, const Args&... args) {
  vwrite(level, format, fmt::make_format_args(args...));
}

}  // namespace log
}  // namespace weir

// Arguments are not evaluated when the level is off.
#define WEIR_LOG(level, ...)                                                                                    \
  do {                                                                                                          \
    if (::weir::log::enabled(::weir::LogLevel::level)) ::weir::log::line(::weir::LogLevel::level, __VA_ARGS__); \
  } while (0)
