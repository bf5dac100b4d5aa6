// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/page_in.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace weir {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr uint64_t kBetweenLooks = 1 << 20;

bool isInMemory(int file, uint64_t at) {
  char byte;
  iovec part{&byte, 1};
  return ::preadv2(file, &part, 1, static_cast<off_t>(at), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

}  // namespace

bool isInMemory(int file, uint64_t from, uint64_t size) {
  for (uint64_t at = from; at < from + size; at += kBetweenLooks)
    if (!isInMemory(file, at)) return false;
  return isInMemory(file, from + size - 1);
}

void PageIn::work() {
  ::posix_fadvise(file_->fd(), static_cast<off_t>(from_), static_cast<off_t>(size_), POSIX_FADV_WILLNEED);
  auto scrap = std::make_unique_for_overwrite<char[]>(kPiece);
  for (uint64_t at = from_, end = from_ + size_; at < end;) {
    ssize_t got = ::pread(file_->fd(), scrap.get(), std::min<uint64_t>(kPiece, end - at), static_cast<off_t>(at));
    if (got <= 0) return;  // who sends it will see
    at += static_cast<uint64_t>(got);
  }
}

}  // namespace weir
