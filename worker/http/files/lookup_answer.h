// SPDX-License-Identifier: Apache-2.0
#pragma once
// LookupAnswer: stands for the answer of an exchange while the DiskThread looks a file up whose name is not in the
// kernel's memory (RESOLVE_CACHED); then the exchange goes on where it was, and finds it there. Belongs to its
// Exchange.

#include <string>

#include "worker/http/files/disk_thread.h"
#include "worker/http/files/file_root.h"
#include "worker/http/handler.h"

namespace weir {

class Exchange;
class FileServices;

class LookupAnswer final : public Answer {
 public:
  // Without a thread to be had the exchange goes on at once, and waits for the disk itself.
  static void begin(Exchange& exchange, FileServices& files, const FileKey& key);

  explicit LookupAnswer(Exchange& exchange) : exchange_(exchange) {}
  ~LookupAnswer() override { cancel(); }

  void step() override {}
  void cancel() override;

 private:
  class Job;

  void onLookedUp();

  Exchange& exchange_;
  Job* job_ = nullptr;  // the DiskThread's
};

}  // namespace weir
