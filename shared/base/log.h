// SPDX-License-Identifier: Apache-2.0
#pragma once
// The process's error log. One per process, set up once by its main function; any code may write to it.
// A line is one write(2) of "2026/01/31 12:00:00 [level] pid: message\n", so that lines of processes do not mix.
// It may go to several targets, each with a level and a form of its own. Where a write may block (traffic), the process
// installs LogSinks that hand lines to a thread.

#include <fmt/core.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weir {

class SyslogHeader;

// nginx's levels, most severe first. The numbers are those of syslog's severities (RFC 3164 4.1.1), too.
enum class LogLevel : uint8_t { Emerg, Alert, Crit, Error, Warn, Notice, Info, Debug };

std::string_view logLevelName(LogLevel level);
std::optional<LogLevel> parseLogLevel(std::string_view name);

// Takes whole lines, newline included. Never blocks long, never fails.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(std::string_view line) = 0;
};

enum class LogForm : uint8_t {
  Text,
  Json,  // {"time":"2026-01-31T12:00:00+01:00","level":"error","pid":1,"message":"..."}
};

// Where lines go; nothing of it is owned.
struct LogTarget {
  LogLevel level = LogLevel::Debug;  // what is less severe is not for this one
  LogForm form = LogForm::Text;
  int fd = -1;                     // where there is no sink
  LogSink* sink = nullptr;         // null: the descriptor
  SyslogHeader* header = nullptr;  // stands before each line
};

namespace log {

// The most targets that a process may have.
inline constexpr size_t kMaxTargets = 8;

// Lines above this level are dropped before they are formatted.
extern LogLevel threshold;

// Takes the place of all targets, and makes the threshold that of the most talkative. REQUIRES: at most kMaxTargets
void setTargets(const std::vector<LogTarget>& targets);
// One target for everything up to the threshold, which stays; at first it is descriptor 2.
void setDescriptor(int fd);
void setThreshold(LogLevel level);
// The first target's that has one; else 2.
int descriptor();

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
