// SPDX-License-Identifier: Apache-2.0
#pragma once
// Opening a file below a folder, and only there (S-43, S-44): with openat2, which lets the kernel check every step, or,
// on kernels without it, by a walk that holds each folder on the way by its descriptor. Never waits for the other end
// of a FIFO. Follows no link of /proc.

#include "shared/base/fd.h"
#include "shared/config/content_settings.h"

namespace weir {

struct OpenedFd {
  Fd fd;
  int error = 0;  // errno when there is none; EXDEV: it lies outside
};

// folder: may be opened with O_PATH. path: relative, without "." and ".." of its own; empty: the folder itself.
OpenedFd openBeneath(int folder, const char* path, Symlinks symlinks);

// The walk, which needs no openat2 and alone can compare owners.
OpenedFd walkBeneath(int folder, const char* path, Symlinks symlinks);

}  // namespace weir
