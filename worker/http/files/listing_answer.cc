// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/listing_answer.h"

#include <cerrno>
#include <utility>

#include "worker/http/exchange.h"

namespace weir {

class ListingAnswer::Job final : public DiskJob {
 public:
  Job(ListingAnswer& owner, ListingTask task) : owner_(&owner), task_(std::move(task)) {}

  void letGo() { owner_ = nullptr; }
  bool isHtml() const { return task_.style.format == ListingFormat::Html; }
  int error() const { return error_; }
  const std::string& body() const { return body_; }

  void work() override {
    FolderListing listing;
    if (!listing.read(task_.folder.get(), FileKey(task_.key, task_.symlinks), task_.dotfiles)) {
      error_ = errno;
      return;
    }
    listing.sort(task_.order);
    body_ = listing.render(task_.path, task_.order, task_.style);
  }
  void done() override {
    if (owner_ != nullptr) owner_->answer(*this);
  }

 private:
  ListingAnswer* owner_;
  ListingTask task_;
  std::string body_;
  int error_ = 0;
};

bool ListingAnswer::begin(DiskThread& thread, ListingTask task) {
  auto job = std::make_unique<Job>(*this, std::move(task));
  Job* posted = job.get();
  if (!thread.post(std::move(job))) return false;
  job_ = posted;
  return true;
}

void ListingAnswer::cancel() {
  if (job_ != nullptr) std::exchange(job_, nullptr)->letGo();
}

void ListingAnswer::answer(const Job& job) {
  job_ = nullptr;
  Exchange& exchange = exchange_;
  // Responding ends this answer.
  if (job.error() != 0) {
    exchange.fail({Cause::FileUnreadable, job.error()});
  } else {
    if (job.isHtml())
      exchange.addedFields().add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    exchange.respond(200, job.isHtml() ? "text/html; charset=utf-8" : "application/json", job.body());
  }
  exchange.postStep();
}

}  // namespace weir
