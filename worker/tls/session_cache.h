// SPDX-License-Identifier: Apache-2.0
#pragma once
// SessionCache: the sessions of ssl_session_cache = shared:NAME:SIZE, by their ids, in memory that all workers use. A
// small slot holds a session without a client's certificate, a large one those with; half of the memory is for each.
// SessionCaches: a worker's, by name. The contexts that use one hold it; memory that stays the same over a reload keeps
// its sessions.

#include <map>
#include <memory>
#include <span>
#include <string>

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/ref.h"
#include "shared/ipc/shared_memory.h"
#include "shared/stats/segment.h"
#include "worker/tls/shared_records.h"

namespace weir {

class SessionCache final : public Counted {
 public:
  static constexpr size_t kSmallSlot = 384, kLargeSlot = 2048;
  static constexpr size_t kIdSize = 32;  // of a session that can be kept

  SessionCache(const std::string& name, SharedMemory memory, Segment& segment);

  // session: as OpenSSL serialises it.
  void store(std::span<const unsigned char> id, std::string_view session, WallTime expires, WallTime now);
  // Empty: it is not there.
  std::string find(std::span<const unsigned char> id, WallTime now);
  void erase(std::span<const unsigned char> id);

  bool isOf(int fd) const { return memory_.is(fd); }

 private:
  SharedMemory memory_;
  SharedRecords small_;
  SharedRecords large_;
  CellIndex hits_, misses_, stored_, evicted_, too_large_;
};

class SessionCaches {
 public:
  explicit SessionCaches(Segment& segment) : segment_(segment) {}

  // From here on these are all that there are. What is wrong with one's memory is logged; there is then no such cache.
  void use(std::map<std::string, Fd> memory);

  // Null: there is none of that name.
  Ref<SessionCache> find(const std::string& name) const;

 private:
  Ref<SessionCache> obtain(const std::string& name, const Fd& memory) const;

  Segment& segment_;
  std::map<std::string, Ref<SessionCache>> caches_;
};

}  // namespace weir
