// SPDX-License-Identifier: Apache-2.0
#pragma once
// KernelTls: what this machine's kernel makes TLS records with (kTLS), found out by having it make some. One for each
// process; a kernel without it takes nothing.

#include <cstdint>

#include "worker/tls/kernel_keys.h"

namespace weir {

class EventLoop;

class KernelTls {
 public:
  KernelTls() = default;
  // Tries every cipher on a connection of its own, over loopback.
  static KernelTls probe(EventLoop& loop);

  bool any() const { return taken_ != 0; }
  bool takes(const KernelKeys& keys) const { return (taken_ & bitOf(keys)) != 0; }

 private:
  static uint8_t bitOf(const KernelKeys& keys);

  uint8_t taken_ = 0;
};

}  // namespace weir
