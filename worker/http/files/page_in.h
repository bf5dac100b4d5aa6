// SPDX-License-Identifier: Apache-2.0
#pragma once
// PageIn: brings a piece of a file into memory in the DiskThread, so that sending it afterwards does not wait for a
// disk. Belongs to the DiskThread; who waits for it is told, unless it has let go.

#include <cstdint>

#include "shared/base/ref.h"
#include "worker/http/files/disk_thread.h"
#include "worker/http/files/open_file.h"

namespace weir {

class PageIn final : public DiskJob {
 public:
  class Owner {
   public:
    virtual void onPagedIn() = 0;

   protected:
    ~Owner() = default;
  };

  PageIn(Owner& owner, Ref<const OpenFile> file, uint64_t from, uint64_t size)
      : owner_(&owner), file_(std::move(file)), from_(from), size_(size) {}

  // Nobody waits any more.
  void letGo() { owner_ = nullptr; }

  void work() override;
  void done() override {
    if (owner_ != nullptr) owner_->onPagedIn();
  }

 private:
  Owner* owner_;
  Ref<const OpenFile> file_;  // keeps the descriptor
  uint64_t from_, size_;
};

}  // namespace weir
