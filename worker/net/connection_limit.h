// SPDX-License-Identifier: Apache-2.0
#pragma once
// ConnectionLimit: how many clients a worker holds, of all protocols, against its worker_connections. One per worker.

#include <cstddef>

namespace weir {

class ConnectionLimit {
 public:
  // False: no more are to be taken.
  bool mayOpen() const { return open_ < limit_; }
  void setLimit(size_t limit) { limit_ = limit; }
  void opened() { ++open_; }
  void closed() { --open_; }
  size_t open() const { return open_; }

 private:
  size_t open_ = 0;
  size_t limit_ = 0;
};

}  // namespace weir
