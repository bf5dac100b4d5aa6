// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogSpool: the memory in which log lines of a process wait to be written. It is a memfd of the master's, so that a
// process which is killed leaves its lines behind, and the monitor writes them (docs/decisions/0015). Grown by the
// process as it opens logs; lives as long as its LogWriter.
// LogBlock: the part of it that one LogFile has.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/fd.h"
#include "worker/net/line_ring.h"
#include "worker/net/log_tail.h"

namespace weir {

class LogBlock {
 public:
  LogBlock() = default;
  LogBlock(LogBlock&& other) noexcept;
  LogBlock& operator=(LogBlock&& other) noexcept;
  // Gives the memory back to who takes the next block of its size.
  ~LogBlock();

  // The log's name, and the syslog server that it goes to, empty for a file.
  std::string_view name() const;
  std::string_view server() const;
  LineRing ring();

  // The writer says what it is about to write, so that whoever finds the ring can tell whether it was written: between
  // write() and pop() a process may be killed.
  void announce(size_t size, const LogPlace& place);
  // What was announced and not popped; size is 0 when there is nothing of that kind.
  struct Interrupted {
    size_t size = 0;
    LogPlace place;
  };
  Interrupted interrupted() const;

 private:
  friend class LogSpool;
  struct Head;
  static LogBlock map(int fd, uint64_t offset, size_t capacity);
  bool isSound(size_t capacity) const;

  Head* head_ = nullptr;
  size_t capacity_ = 0;
};

class LogSpool {
 public:
  // Without a descriptor lines live and die with the process.
  explicit LogSpool(Fd memory = {}) : memory_(std::move(memory)) {}

  // The memory for a process to come: bytes in it may be changed and added, but not taken away.
  static Fd create();

  // capacity is rounded up to a power of two. Blocks outlive the spool.
  LogBlock take(std::string_view name, std::string_view server, size_t capacity);

  // The blocks of a dead process's spool that hold lines. What it may have spoiled is left out.
  static std::vector<LogBlock> leftIn(const Fd& memory);

 private:
  struct Extent {
    uint64_t offset;
    size_t capacity;
  };
  bool isFree(const Extent& extent) const;
  const Extent* extentFor(size_t capacity);

  Fd memory_;
  std::vector<Extent> extents_;
  uint64_t end_ = 0;
};

}  // namespace weir
