// SPDX-License-Identifier: Apache-2.0
#pragma once
// TicketKeys: the keys of TLS session tickets, in memory that the master shares with all its children: it makes and
// rotates them, workers read. So a ticket of one worker is good at every other, and over reloads. The first key
// encrypts, the others still decrypt. Made before the first fork; lives as long as the master.

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "shared/base/result.h"

namespace weir {

struct TicketKey {
  std::array<uint8_t, 16> name{};
  std::array<uint8_t, 32> cipher{};  // AES
  std::array<uint8_t, 32> mac{};     // HMAC with SHA-256
  uint64_t size = 32;                // bytes of cipher and mac that count: 16 or 32
};

class TicketKeys {
 public:
  // One encrypts; what it made is good for as many more rotations.
  static constexpr size_t kKept = 3;
  using Ring = std::array<TicketKey, kKept>;

  // With fresh keys.
  static Result<TicketKeys> create();
  TicketKeys(TicketKeys&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  TicketKeys& operator=(TicketKeys&& other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
  }
  ~TicketKeys();

  // For the master: a fresh key encrypts from now on, and the oldest is gone.
  Result<void> rotate();
  // For children, that only read.
  Ring read() const;
  // In a child: it cannot write them any more.
  void protect();

 private:
  struct Shared;
  explicit TicketKeys(Shared* shared) : shared_(shared) {}
  void write(const Ring& ring);

  Shared* shared_;
};

}  // namespace weir
