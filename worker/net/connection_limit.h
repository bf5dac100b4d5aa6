// SPDX-License-Identifier: Apache-2.0
#pragma once
// ConnectionLimit: how many clients a worker holds, of all protocols, against its worker_connections. One per worker.

#include <cstddef>
#include <cstdint>

namespace weir {

class ConnectionLimit {
 public:
  // False: no more are to be taken.
  bool mayOpen() const { return open_ < limit_; }
  void setLimit(size_t limit) { limit_ = limit; }
  void opened() {
    ++open_;
    ++number_;
  }
  void closed() { --open_; }
  size_t open() const { return open_; }
  // Of the last one that was opened, since the worker began.
  uint64_t number() const { return number_; }

 private:
  size_t open_ = 0;
  uint64_t number_ = 0;
  size_t limit_ = 0;
};

}  // namespace weir
