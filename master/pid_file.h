// SPDX-License-Identifier: Apache-2.0
#pragma once
// PidFile: says which process is the master, and holds a lock on itself while that lives. The lock, not the number, is
// what tells a running master from a file that a dead one left behind. Removed when it ends.

#include <sys/types.h>

#include <optional>
#include <string>

#include "shared/base/fd.h"
#include "shared/base/result.h"

namespace weir {

class PidFile {
 public:
  // The master that runs with this file; nullopt when none does.
  static std::optional<pid_t> running(const std::string& path);

  // Appears whole, with this process's number and its lock. An error when a master runs with it already.
  static Result<PidFile> write(const std::string& path);

  PidFile(PidFile&&) noexcept = default;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  PidFile(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  Fd fd_;  // its lock ends with the last copy of it; children close theirs
};

}  // namespace weir
