// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/lookup_answer.h"

#include <memory>
#include <utility>

#include "worker/http/exchange.h"
#include "worker/http/files/file_services.h"
#include "worker/http/files/open_file.h"

namespace weir {

class LookupAnswer::Job final : public DiskJob {
 public:
  Job(LookupAnswer& answer, const FileKey& key) : answer_(&answer), text_(key.text()), symlinks_(key.symlinks()) {}

  void letGo() { answer_ = nullptr; }

  // What is found is not kept: the loop opens it again, which takes no disk any more.
  void work() override { OpenedFd opened = openKey(FileKey(text_, symlinks_)); }
  void done() override {
    if (answer_ != nullptr) answer_->onLookedUp();
  }

 private:
  LookupAnswer* answer_;
  std::string text_;
  Symlinks symlinks_;
};

void LookupAnswer::begin(Exchange& exchange, FileServices& files, const FileKey& key) {
  exchange.lookups().waitsFor(key.text());
  auto answer = std::make_unique<LookupAnswer>(exchange);
  auto job = std::make_unique<Job>(*answer, key);
  Job* posted = job.get();
  if (!files.disk().post(std::move(job))) return exchange.lookups().waitNoMore(), exchange.goOn();
  files.countDiskWait();
  answer->job_ = posted;
  exchange.setAnswer(std::move(answer));
}

void LookupAnswer::cancel() {
  if (job_ != nullptr) std::exchange(job_, nullptr)->letGo();
}

void LookupAnswer::onLookedUp() {
  job_ = nullptr;
  Exchange& exchange = exchange_;
  exchange.goOn();
  exchange.downstream().wake();
}

}  // namespace weir
