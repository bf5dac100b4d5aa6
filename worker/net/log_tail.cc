// SPDX-License-Identifier: Apache-2.0
#include "worker/net/log_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "shared/base/fd.h"

namespace weir {
namespace {

// Behind the place are at most some milliseconds of what all processes wrote.
constexpr size_t kFarthest = size_t{32} << 20;
// How much of the lines' beginning is looked for: fewer bytes than it takes to write a part of a page.
constexpr size_t kMark = 64;

std::string readBehind(int fd, uint64_t from) {
  std::string text;
  for (size_t had = 0; had < kFarthest;) {
    text.resize(std::min(kFarthest, had + (size_t{1} << 20)));
    ssize_t got = pread(fd, text.data() + had, text.size() - had, static_cast<off_t>(from + had));
    text.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0) break;
    had = text.size();
  }
  return text;
}

size_t commonSize(std::string_view a, std::string_view b) {
  size_t most = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(most), b.begin()).first -
                             a.begin());
}

// The first line ends the file, after fewer bytes than a mark has. Other lines end in a newline.
size_t tornIn(std::string_view behind, std::string_view lines) {
  for (size_t size = std::min({kMark, behind.size(), lines.find('\n')}); size > 0; --size)
    if (behind.ends_with(lines.substr(0, size))) return size;
  return 0;
}

}  // namespace

LogPlace placeOf(int fd) {
  struct stat about {};
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return {};
  return {about.st_dev, about.st_ino, static_cast<uint64_t>(about.st_size)};
}

size_t alreadyIn(std::string_view behind, std::string_view lines) {
  size_t most = 0;
  std::string_view mark = lines.substr(0, std::min(kMark, lines.find('\n') + 1));
  for (size_t at = behind.find(mark); at != std::string_view::npos; at = behind.find(mark, at + 1)) {
    size_t same = commonSize(behind.substr(at), lines);
    bool at_end = at + same == behind.size();
    most = std::max(most, at_end ? same : lines.substr(0, same).rfind('\n') + 1);
  }
  return most > 0 ? most : tornIn(behind, lines);
}

// The descriptor is one to write only, so the file is opened again by it.
size_t alreadyWritten(int fd, const LogPlace& place, const LineRing::Pieces& lines) {
  LogPlace now = placeOf(fd);
  if (place.inode == 0 || now.inode != place.inode || now.device != place.device) return 0;
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  Fd readable(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!readable) return 0;
  return alreadyIn(readBehind(readable.get(), place.size), std::string(lines.first).append(lines.second));
}

}  // namespace weir
