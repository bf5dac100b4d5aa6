// SPDX-License-Identifier: Apache-2.0
#pragma once
// StapledResponses: the OCSP responses that ssl_stapling sends, by the certificate that they are about, in memory that
// the monitor writes and workers read. Shared by the contexts that use it; kept over reloads.

#include <string>
#include <string_view>
#include <utility>

#include "shared/base/ref.h"
#include "shared/ipc/shared_memory.h"
#include "worker/tls/shared_records.h"

namespace weir {

class StapledResponses final : public Counted {
 public:
  using Key = SharedRecords::Key;  // SHA-256 of the certificate
  static constexpr size_t kSlot = 8192;

  explicit StapledResponses(SharedMemory memory) : memory_(std::move(memory)), records_(memory_.words(), kSlot) {}

  // response: DER. False: it is too large.
  bool put(const Key& key, std::string_view response, WallTime expires, WallTime now) {
    return records_.put(key, response, expires, now) != SharedRecords::Stored::TooLarge;
  }
  // Empty: there is none that is still good.
  std::string find(const Key& key, WallTime now) const { return records_.find(key, now); }

  bool isOf(int fd) const { return memory_.is(fd); }

 private:
  SharedMemory memory_;
  SharedRecords records_;
};

}  // namespace weir
