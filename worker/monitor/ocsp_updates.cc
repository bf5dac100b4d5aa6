// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/ocsp_updates.h"

#include <algorithm>
#include <utility>

#include "shared/base/log.h"

namespace weir {

// One certificate's.
class OcspUpdates::Update final : Deadline::Owner, public OcspFetch::Owner {
 public:
  Update(OcspUpdates& all, std::unique_ptr<OcspSubject> subject)
      : all_(all), subject_(std::move(subject)), next_(all.loop_, *this) {}

  const OcspSubject& subject() const { return *subject_; }
  // Not asking, nor waiting to.
  bool rests() const { return next_.armed(); }

  // What another process has fetched before holds.
  void schedule() {
    WallTime now = wallNow();
    std::string known = all_.responses_->find(subject_->key(), now);
    auto verdict = known.empty() ? OcspSubject::Verdict{OcspFault::Stale, {}, {}} : subject_->judge(known, now);
    bool good = verdict.fault == OcspFault::None;
    next_.armIn(good ? pauseAfterSuccess(verdict.next_update, now) : Milliseconds(0));
  }

  void fetch() {
    fetch_ = std::make_unique<OcspFetch>(all_.loop_, *this);
    fetch_->start(*all_.resolver_, subject_->url(), subject_->request());
  }

 private:
  void onDeadline(Deadline&) override { all_.begin(*this); }
  void onFetched(OcspFault fault, std::string text) override;
  OcspSubject::Verdict take(const std::string& response, WallTime now);

  OcspUpdates& all_;
  std::unique_ptr<OcspSubject> subject_;
  Deadline next_;
  std::unique_ptr<OcspFetch> fetch_;
  unsigned failures_ = 0;
};

OcspSubject::Verdict OcspUpdates::Update::take(const std::string& response, WallTime now) {
  auto verdict = subject_->judge(response, now);
  if (verdict.fault != OcspFault::None) return verdict;
  if (!all_.responses_->put(subject_->key(), response, verdict.next_update, now))
    return {OcspFault::TooLarge, {}, "the response is too large"};
  return verdict;
}

void OcspUpdates::Update::onFetched(OcspFault fault, std::string text) {
  all_.loop_.retire(std::move(fetch_));
  WallTime now = wallNow();
  OcspSubject::Verdict verdict{fault, {}, {}};
  if (fault == OcspFault::None)
    verdict = take(text, now);
  else
    verdict.text = std::move(text);
  all_.count(verdict.fault);
  bool good = verdict.fault == OcspFault::None;
  failures_ = good ? 0 : failures_ + 1;
  if (!good)
    WEIR_LOG(Error, "ocsp_{}: {}, certificate: {}, responder: {}", nameOf(verdict.fault), verdict.text,
             subject_->name(), subject_->url());
  next_.armIn(good ? pauseAfterSuccess(verdict.next_update, now) : pauseAfterFailures(failures_));
  all_.ended(*this);
}

OcspUpdates::OcspUpdates(EventLoop& loop, Segment& segment) : loop_(loop), segment_(segment) {}
OcspUpdates::~OcspUpdates() = default;

Milliseconds OcspUpdates::pauseAfterSuccess(WallTime next_update, WallTime now) {
  auto half = std::chrono::duration_cast<Milliseconds>(next_update - now) / 2;
  return std::clamp<Milliseconds>(half, std::chrono::seconds(1), std::chrono::hours(1));
}

Milliseconds OcspUpdates::pauseAfterFailures(unsigned failures) {
  constexpr unsigned kDoublings = 7;
  Milliseconds pause = std::chrono::seconds(5) * (1 << std::min(failures == 0 ? 0 : failures - 1, kDoublings));
  return std::min<Milliseconds>(pause, std::chrono::minutes(10));
}

void OcspUpdates::follow(Subjects subjects, Ref<StapledResponses> responses, Resolver* resolver) {
  bool same_memory = responses_ == responses;
  responses_ = std::move(responses);
  resolver_ = resolver;
  auto before = std::exchange(updates_, {});
  waiting_.clear();
  running_ = 0;
  if (!responses_) return;
  for (auto& subject : subjects) {
    auto is_same = [&](const auto& update) { return update && update->subject().identity() == subject->identity(); };
    if (std::any_of(updates_.begin(), updates_.end(), is_same)) continue;  // several servers have it
    auto known = std::find_if(before.begin(), before.end(), is_same);
    // One that is asking has a resolver that is about to go: it begins anew.
    bool goes_on = known != before.end() && same_memory && (*known)->rests();
    updates_.push_back(goes_on ? std::move(*known) : std::make_unique<Update>(*this, std::move(subject)));
    if (!goes_on) updates_.back()->schedule();
  }
}

void OcspUpdates::begin(Update& update) {
  if (running_ >= kAtOnce) return waiting_.push_back(&update);
  ++running_;
  update.fetch();
}

void OcspUpdates::ended(Update&) {
  --running_;
  if (waiting_.empty()) return;
  Update& next = *waiting_.front();
  waiting_.pop_front();
  begin(next);
}

// By hand: the monitor's own counts go elsewhere.
void OcspUpdates::count(OcspFault fault) {
  CellIndex cell = segment_.series(Metric::TlsOcspFetchesTotal, {nameOf(fault)});
  segment_.slotCells(Segment::kMonitorSlot)[cell].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace weir
