// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/resolved_name.h"

#include <algorithm>
#include <utility>

#include "shared/base/log.h"
#include "shared/stats/slot.h"
#include "worker/upstream/name_directory.h"

namespace weir {
namespace {

Milliseconds refreshAfter(std::chrono::seconds ttl) {
  if (ttl.count() == 0) return ResolvedName::kUnknownTtl;
  return std::clamp<Milliseconds>(ttl, ResolvedName::kMinimumTtl, ResolvedName::kMaximumTtl);
}

// The order of an answer changes from one to the next and means nothing.
bool sameAddresses(const std::vector<Address>& a, const std::vector<Address>& b) {
  return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

}  // namespace

ResolvedName::ResolvedName(NameDirectory& directory, std::string name, EventLoop& loop)
    : directory_(directory), loop_(loop), name_(std::move(name)), query_(*this), refresh_(loop, *this) {}

ResolvedName::~ResolvedName() {
  noteSuccess(0);
  directory_.forget(*this);
}

void ResolvedName::ask() {
  if (directory_.resolver() != nullptr) directory_.resolver()->resolve(name_, query_);
}

void ResolvedName::onResolved(Resolver::Query&, const Resolution& resolution) {
  refresh_.armIn(learn(resolution, loop_.now()));
}

Milliseconds ResolvedName::learn(const Resolution& resolution, Instant now) {
  answered_ = true;
  directory_.count(resolution.status);
  if (resolution.status != ResolveStatus::Found) return learnFailure(resolution, now);
  if (complained_) WEIR_LOG(Notice, "{} resolves again", name_);
  complained_ = false;
  missing_since_ = kNever;
  retry_ = kMinimumTtl;
  noteSuccess(loop_.wallNow().time_since_epoch().count());
  replace(resolution.addresses);
  return refreshAfter(resolution.ttl);
}

Milliseconds ResolvedName::learnFailure(const Resolution& resolution, Instant now) {
  if (!complained_)
    WEIR_LOG(Warn, "{} does not resolve: {}; {}", name_, resolution.text,
             addresses_.empty() ? "its peers are down" : "its last known addresses are kept");
  complained_ = true;
  if (resolution.status == ResolveStatus::Temporary) {
    missing_since_ = kNever;
  } else if (missing_since_ == kNever) {
    missing_since_ = now;
  } else if (now - missing_since_ >= kHold && !addresses_.empty()) {
    WEIR_LOG(Warn, "{} does not exist any more: its peers are down", name_);
    replace({});
  }
  return std::exchange(retry_, std::min(2 * retry_, kLongestRetry));
}

// 0 takes the name from the metrics.
void ResolvedName::noteSuccess(int64_t microseconds) const {
  stats::set(directory_.segment().series(Metric::DnsLastSuccessTimestampSeconds, {name_}), microseconds);
}

void ResolvedName::replace(std::vector<Address> addresses) {
  if (sameAddresses(addresses_, addresses)) return;
  addresses_ = std::move(addresses);
  directory_.changed(*this);
}

}  // namespace weir
