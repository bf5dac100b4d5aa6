// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;

static_assert(sizeof(std::atomic<uint64_t>) == sizeof(uint64_t) && std::atomic<uint64_t>::is_always_lock_free);

}  // namespace

Result<Fd> SharedMemory::make(const char* name, size_t bytes) {
  Fd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return systemError("memfd_create");
  if (ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return systemError("shared memory");
  if (fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return systemError("seal memfd");
  return fd;
}

Result<SharedMemory> SharedMemory::map(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return systemError("stat shared memory");
  int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) return Error{EPERM, "map memory that is not sealed"};
  auto bytes = static_cast<size_t>(status.st_size);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return systemError("map shared memory");
  ::madvise(memory, bytes, MADV_DONTDUMP);
  return SharedMemory({static_cast<std::atomic<uint64_t>*>(memory), bytes / sizeof(uint64_t)}, status.st_ino);
}

SharedMemory::~SharedMemory() {
  if (!words_.empty()) ::munmap(words_.data(), words_.size_bytes());
}

bool SharedMemory::is(int fd) const {
  struct stat status;
  return fstat(fd, &status) == 0 && status.st_ino == inode_;
}

}  // namespace weir
