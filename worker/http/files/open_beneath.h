// SPDX-License-Identifier: Apache-2.0
#pragma once
// Opening a file below a folder, and only there (S-43, S-44): with openat2, which lets the kernel check every step, or,
// on kernels without it, by a walk that holds each folder on the way by its descriptor. Never waits for the other end
// of a FIFO. Follows no link of /proc.

#include <cstdint>

#include "shared/base/fd.h"
#include "shared/config/content_settings.h"

namespace weir {

struct OpenedFd {
  Fd fd;
  int error = 0;  // errno when there is none; EXDEV: it lies outside
};

// What a lookup may cost: memory only, or whatever it takes.
enum class NameLookup : uint8_t { Cached, Full };

// Cached: EAGAIN where a name on the way is not in the kernel's memory, so that a Full one may have to wait for a disk.
// On kernels before 5.12, and where the walk is needed, both are Full.
// folder: may be opened with O_PATH. path: relative, without "." and ".." of its own; empty: the folder itself.
OpenedFd openBeneath(int folder, const char* path, Symlinks symlinks, NameLookup lookup = NameLookup::Full);

// A folder by its name, to open what is below it: O_PATH. EAGAIN as above.
OpenedFd openRoot(const char* path, NameLookup lookup);

// The walk, which needs no openat2 and alone can compare owners.
OpenedFd walkBeneath(int folder, const char* path, Symlinks symlinks);

}  // namespace weir
