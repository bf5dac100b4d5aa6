// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/open_beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {
namespace {

constexpr int kRead = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr int kLook = O_PATH | O_NOFOLLOW | O_CLOEXEC;
constexpr int kMaxLinks = 40;   // as the kernel's
constexpr int kMaxSteps = 512;  // names on the way, those of links included
constexpr int kTries = 8;       // somebody may be renaming what we pass

uint64_t resolveFlags(Symlinks symlinks) {
  switch (symlinks) {
    case Symlinks::Follow:
      return RESOLVE_NO_MAGICLINKS;
    case Symlinks::Refuse:
      return RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
    default:
      return RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  }
}

// The walk from folder to folder. What is left to go is a text to which links add theirs.
class Walk {
 public:
  Walk(int folder, Symlinks symlinks) : symlinks_(symlinks) { folders_.emplace_back(::dup(folder)); }

  OpenedFd open(std::string_view path) {
    rest_ = path;
    for (int step = 0; step < kMaxSteps; ++step) {
      std::string name = takeName();
      if (name.empty()) return openFolder();
      if (name == "..") {
        if (!leave()) return {{}, EXDEV};
        continue;
      }
      if (int error = enter(name); error != 0) return {{}, error};
      if (opened_) return {std::move(opened_)};
    }
    return {{}, ELOOP};
  }

 private:
  int here() const { return folders_.back().get(); }

  std::string takeName() {
    size_t begin = 0;
    while (begin < rest_.size() && (rest_[begin] == '/' || isDot(begin))) ++begin;
    size_t end = std::min(rest_.find('/', begin), rest_.size());
    std::string name = rest_.substr(begin, end - begin);
    rest_.erase(0, end);
    return name;
  }
  // A name that is only "."
  bool isDot(size_t at) const {
    bool begins = at == 0 || rest_[at - 1] == '/';
    return begins && rest_[at] == '.' && (at + 1 == rest_.size() || rest_[at + 1] == '/');
  }

  OpenedFd openFolder() {
    Fd fd(::openat(here(), ".", kRead | O_DIRECTORY));
    if (!fd) return {{}, errno};
    return {std::move(fd)};
  }

  bool leave() {
    if (folders_.size() == 1) return false;
    folders_.pop_back();
    return true;
  }

  // One name on; 0, and opened_ when it was the last and a file.
  int enter(const std::string& name) {
    Fd next(::openat(here(), name.c_str(), kLook));
    if (!next) return errno;
    struct stat status;
    if (::fstat(next.get(), &status) != 0) return errno;
    if (S_ISLNK(status.st_mode)) return followLink(name, next.get(), status);
    if (S_ISDIR(status.st_mode)) return folders_.push_back(std::move(next)), 0;
    if (!rest_.empty()) return ENOTDIR;
    return openFile(name, status);
  }

  int openFile(const std::string& name, const struct stat& seen) {
    Fd fd(::openat(here(), name.c_str(), kRead | O_NOFOLLOW));
    if (!fd) return errno == ELOOP ? EAGAIN : errno;  // it was no link a moment ago
    struct stat status;
    if (::fstat(fd.get(), &status) != 0) return errno;
    if (status.st_ino != seen.st_ino || status.st_dev != seen.st_dev) return EAGAIN;
    opened_ = std::move(fd);
    return 0;
  }

  int followLink(const std::string& name, int link, const struct stat& status) {
    if (symlinks_ == Symlinks::Refuse || ++links_ > kMaxLinks) return ELOOP;
    std::array<char, PATH_MAX> target;
    ssize_t size = ::readlinkat(link, "", target.data(), target.size());
    if (size < 0) return errno;
    if (static_cast<size_t>(size) == target.size()) return ENAMETOOLONG;
    if (symlinks_ == Symlinks::IfSameOwner) {
      struct stat behind;
      if (::fstatat(here(), name.c_str(), &behind, 0) != 0) return errno;
      if (behind.st_uid != status.st_uid) return EACCES;
    }
    return goOn({target.data(), static_cast<size_t>(size)});
  }

  int goOn(std::string_view target) {
    rest_.insert(0, target);
    if (!target.starts_with('/')) return 0;
    if (symlinks_ == Symlinks::Beneath) return EXDEV;
    Fd top(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!top) return errno;
    folders_.clear();
    folders_.push_back(std::move(top));
    return 0;
  }

  Symlinks symlinks_;
  std::vector<Fd> folders_;  // from the root to where the walk is
  std::string rest_;
  Fd opened_;
  int links_ = 0;
};

// Kernels before 5.12 do not know it.
bool knowsCached(bool learnt_otherwise = false) {
  static std::atomic<bool> known{true};
  if (learnt_otherwise) known.store(false, std::memory_order_relaxed);
  return known.load(std::memory_order_relaxed);
}

int openat2(int folder, const char* path, int flags, uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, folder, path, &how, sizeof how));
}

OpenedFd openFully(int folder, const char* path, int flags, uint64_t resolve) {
  int fd;
  int tries = 0;
  do fd = openat2(folder, path, flags, resolve);
  while (fd < 0 && (errno == EINTR || errno == EAGAIN) && ++tries < kTries);
  if (fd < 0) return {{}, errno};
  return {Fd(fd)};
}

OpenedFd openWithKernel(int folder, const char* path, int flags, uint64_t resolve, NameLookup lookup) {
  if (lookup == NameLookup::Full || !knowsCached()) return openFully(folder, path, flags, resolve);
  int fd = openat2(folder, path, flags, resolve | RESOLVE_CACHED);
  if (fd >= 0) return {Fd(fd)};
  if (errno != EINVAL) return {{}, errno};
  OpenedFd opened = openFully(folder, path, flags, resolve);
  if (opened.error != EINVAL) knowsCached(true);
  return opened;
}

// EPERM: a seccomp filter that does not know the call.
bool isUnknown(int error) { return error == ENOSYS || error == EPERM; }

}  // namespace

OpenedFd walkBeneath(int folder, const char* path, Symlinks symlinks) {
  OpenedFd opened;
  for (int tries = 0; tries < kTries; ++tries) {
    opened = Walk(folder, symlinks).open(path);
    if (opened.error != EAGAIN) break;
  }
  return opened;
}

OpenedFd openBeneath(int folder, const char* path, Symlinks symlinks, NameLookup lookup) {
  if (symlinks == Symlinks::IfSameOwner) return walkBeneath(folder, path, symlinks);
  OpenedFd opened = openWithKernel(folder, *path == '\0' ? "." : path, kRead, resolveFlags(symlinks), lookup);
  if (!isUnknown(opened.error)) return opened;
  if (symlinks != Symlinks::Follow) return walkBeneath(folder, path, symlinks);
  Fd fd(::openat(folder, *path == '\0' ? "." : path, kRead));
  if (!fd) return {{}, errno};
  return {std::move(fd)};
}

OpenedFd openRoot(const char* path, NameLookup lookup) {
  constexpr int kRoot = O_PATH | O_DIRECTORY | O_CLOEXEC;
  OpenedFd opened = openWithKernel(AT_FDCWD, path, kRoot, 0, lookup);
  if (!isUnknown(opened.error)) return opened;
  Fd fd(::open(path, kRoot));
  if (!fd) return {{}, errno};
  return {std::move(fd)};
}

}  // namespace weir
