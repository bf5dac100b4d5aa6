// SPDX-License-Identifier: Apache-2.0
#pragma once
// ListingAnswer: answers with the listing of a folder, which the DiskThread reads and renders: a folder may be large,
// and its disk slow.

#include <string>

#include "shared/base/fd.h"
#include "worker/http/files/disk_thread.h"
#include "worker/http/files/folder_listing.h"
#include "worker/http/handler.h"

namespace weir {

class Exchange;

struct ListingTask {
  Fd folder;
  std::string path;
  std::string key;  // of the folder
  Symlinks symlinks;
  Dotfiles dotfiles;
  ListingOrder order;
  ListingStyle style;
};

class ListingAnswer final : public Answer {
 public:
  explicit ListingAnswer(Exchange& exchange) : exchange_(exchange) {}
  ~ListingAnswer() override { cancel(); }

  // False: the thread has too much to do already.
  bool begin(DiskThread& thread, ListingTask task);

  void step() override {}
  void cancel() override;

 private:
  class Job;
  void answer(const Job& job);

  Exchange& exchange_;
  Job* job_ = nullptr;  // the thread's
};

}  // namespace weir
