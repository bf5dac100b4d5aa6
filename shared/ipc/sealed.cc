// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/sealed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

Result<Fd> sealBytes(std::string_view bytes) {
  Fd fd(memfd_create("weir", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return systemError("memfd_create");
  while (!bytes.empty()) {
    ssize_t written = write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return systemError("write to memfd");
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return systemError("seal memfd");
  return fd;
}

Result<std::string> readSealed(int fd) {
  int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0) return systemError("read sealed memory");
  if ((seals & kSeals) != kSeals) return Error{EPERM, "read memory that is not sealed"};
  struct stat status;
  if (fstat(fd, &status) != 0) return systemError("stat sealed memory");
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  for (size_t done = 0; done < bytes.size();) {
    ssize_t got = pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got == 0) return Error{EIO, "read sealed memory"};
    if (got < 0 && errno != EINTR) return systemError("read sealed memory");
    if (got > 0) done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace weir
