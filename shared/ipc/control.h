// SPDX-License-Identifier: Apache-2.0
#pragma once
// The control protocol: how `weir -s` speaks with the running master, over a unix stream socket beside the pid file.
// The client sends one command and a newline; the master answers "ok" or "failed" and a newline, then text for people,
// and closes. Only the user of the master may connect.

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/fd.h"
#include "shared/base/result.h"

namespace weir::control {

// A longer command is nonsense.
inline constexpr size_t kMaxCommand = 64;
// What a client reads at most: diagnostics are bounded, and so is this.
inline constexpr size_t kMaxAnswer = 4 * 1024 * 1024;

struct Answer {
  bool ok = false;
  std::string text;  // lines, each with its newline; may be empty
};

// Of the socket that belongs to a pid file.
std::string socketPath(const std::string& pid_path);

// Takes the place of a socket file that is there: who holds the pid file's lock may. The path may be longer than
// sun_path. Non-blocking, mode 0600.
Result<Fd> listenAt(const std::string& path);
// Blocking, but for reads after timeout_seconds.
Result<Fd> connectTo(const std::string& path, int timeout_seconds);

std::string encode(const Answer& answer);
std::optional<Answer> decode(std::string_view bytes);

// The client's whole part: sends the command and waits for the answer.
Result<Answer> ask(int fd, std::string_view command);

}  // namespace weir::control
