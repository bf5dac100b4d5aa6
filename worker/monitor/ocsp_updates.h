// SPDX-License-Identifier: Apache-2.0
#pragma once
// OcspUpdates: keeps the OCSP responses of all certificates with ssl_stapling fresh: asks for each in good time before
// the one that there is ends, again and again with longer pauses when that fails, and a few at a time. What is not good
// is counted, logged and not kept; what was good before serves until it ends. Owned by the monitor.

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "shared/stats/segment.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/monitor/ocsp_fetch.h"
#include "worker/net/resolver.h"
#include "worker/tls/ocsp_subject.h"
#include "worker/tls/stapled_responses.h"

namespace weir {

class OcspUpdates {
 public:
  using Subjects = std::vector<std::unique_ptr<OcspSubject>>;

  // segment: where it is counted, in the monitor's slot.
  OcspUpdates(EventLoop& loop, Segment& segment);
  ~OcspUpdates();

  // From here on for these. Those that were there before keep their schedule; the others begin with what the responses
  // hold of them. The resolver outlives this, or the next call.
  void follow(Subjects subjects, Ref<StapledResponses> responses, Resolver* resolver);

  // When to ask again: half of what is left before the response ends, an hour at most.
  static Milliseconds pauseAfterSuccess(WallTime next_update, WallTime now);
  // After so many failures in a row: 5 s, doubled with each, ten minutes at most.
  static Milliseconds pauseAfterFailures(unsigned failures);

 private:
  static constexpr size_t kAtOnce = 8;  // questions under way

  class Update;
  void begin(Update& update);
  void ended(Update& update);
  void count(OcspFault fault);

  EventLoop& loop_;
  Segment& segment_;
  Ref<StapledResponses> responses_;
  Resolver* resolver_ = nullptr;
  std::list<std::unique_ptr<Update>> updates_;
  std::list<Update*> waiting_;  // for their turn
  size_t running_ = 0;
};

}  // namespace weir
