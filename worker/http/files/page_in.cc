// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/page_in.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace weir {
namespace {

constexpr size_t kPiece = 256 << 10;

}  // namespace

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
