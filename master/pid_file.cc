// SPDX-License-Identifier: Apache-2.0
#include "master/pid_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <utility>

namespace weir {
namespace {

pid_t readNumber(int fd) {
  char text[32];
  ssize_t size = pread(fd, text, sizeof text, 0);
  pid_t pid = 0;
  if (size > 0) std::from_chars(text, text + size, pid);
  return pid;
}

Result<Fd> writeLocked(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return systemError("create " + path);
  std::string text = std::to_string(getpid()) + "\n";
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || write(fd.get(), text.data(), text.size()) < 0)
    return systemError("write " + path);
  return fd;
}

}  // namespace

std::optional<pid_t> PidFile::running(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;
  pid_t pid = readNumber(fd.get());
  return pid > 0 ? std::optional(pid) : std::nullopt;
}

Result<PidFile> PidFile::write(const std::string& path) {
  if (auto pid = running(path)) return Error{0, path + ": weir runs already, as process " + std::to_string(*pid)};
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
  if (failed) return Error{failed.value(), "create the folder of " + path};
  std::string fresh = path + "." + std::to_string(getpid());
  auto fd = writeLocked(fresh);
  if (fd && rename(fresh.c_str(), path.c_str()) == 0) return PidFile(path, std::move(fd).value());
  Error error = fd ? systemError("create " + path) : fd.error();
  unlink(fresh.c_str());
  return error;
}

PidFile::~PidFile() {
  if (fd_) unlink(path_.c_str());
}

}  // namespace weir
