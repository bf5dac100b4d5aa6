// SPDX-License-Identifier: Apache-2.0
#include "shared/config/file_source.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "shared/base/fd.h"

namespace weir::config {
namespace {

// A named pipe or a terminal would make the master wait for a writer. What is named under /dev is meant (/dev/stdin).
bool mayBlock(const Fd& fd, const std::string& path) {
  struct stat found {};
  if (path.starts_with("/dev/") || ::fstat(fd.get(), &found) != 0) return false;
  return S_ISFIFO(found.st_mode) || S_ISCHR(found.st_mode);
}

Bundle::File readFile(const std::string& path) {
  Bundle::File file{path, "", ""};
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return file.error = std::strerror(errno), file;
  if (mayBlock(fd, path)) return file.error = "it is not a file", file;
  ::fcntl(fd.get(), F_SETFL, 0);  // a pipe under /dev is read to its end
  std::array<char, 65536> chunk;
  ssize_t count = 0;
  while ((count = ::read(fd.get(), chunk.data(), chunk.size())) > 0 || (count < 0 && errno == EINTR)) {
    if (count > 0) file.text.append(chunk.data(), static_cast<size_t>(count));
    if (file.text.size() > kMaxText) return file.text.clear(), file.error = "it has more than 64 MiB", file;
  }
  if (count < 0) file.error = std::strerror(errno);
  return file;
}

std::vector<std::string> expandGlob(const std::string& pattern) {
  std::vector<std::string> paths;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

}  // namespace

const Bundle::File& DiskSource::file(const std::string& path) {
  auto known = files_.find(path);
  if (known == files_.end()) known = files_.emplace(path, readFile(path)).first;
  return known->second;
}

std::vector<std::string> DiskSource::glob(const std::string& pattern) {
  auto known = globs_.find(pattern);
  if (known == globs_.end()) known = globs_.emplace(pattern, expandGlob(pattern)).first;
  return known->second;
}

void DiskSource::moveTo(Bundle& bundle) {
  for (auto& [path, file] : files_) bundle.files.push_back(std::move(file));
  for (auto& [pattern, paths] : globs_) bundle.globs.push_back({pattern, std::move(paths)});
}

BundleSource::BundleSource(const Bundle& bundle) {
  for (const auto& file : bundle.files) files_.emplace(file.path, &file);
  for (const auto& glob : bundle.globs) globs_.emplace(glob.pattern, &glob);
  missing_.error = "it is not in the bundle";
}

const Bundle::File& BundleSource::file(const std::string& path) {
  auto known = files_.find(path);
  return known == files_.end() ? missing_ : *known->second;
}

std::vector<std::string> BundleSource::glob(const std::string& pattern) {
  auto known = globs_.find(pattern);
  return known == globs_.end() ? std::vector<std::string>{} : known->second->paths;
}

}  // namespace weir::config
