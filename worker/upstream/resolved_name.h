// SPDX-License-Identifier: Apache-2.0
#pragma once
// ResolvedName: one host name of the configuration and the addresses that it has, asked again when their time is over
// (S-24). Failures keep what was known; that the name does not exist is believed after kHold. Shared by all upstreams
// and configurations that use the name; made by NameDirectory.

#include <string>
#include <vector>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/ref.h"
#include "worker/event/deadline.h"
#include "worker/net/resolver.h"

namespace weir {

class NameDirectory;

class ResolvedName final : public Counted, Resolver::Query::Owner, Deadline::Owner {
 public:
  static constexpr Milliseconds kMinimumTtl{1000};
  static constexpr Milliseconds kMaximumTtl{3600000};
  static constexpr Milliseconds kUnknownTtl{60000};    // the source gave none
  static constexpr Milliseconds kHold{30000};          // "no such name" does not count before
  static constexpr Milliseconds kLongestRetry{30000};  // after failures: 1 s, 2 s, 4 s, .. this

  ResolvedName(NameDirectory& directory, std::string name, EventLoop& loop);
  ~ResolvedName() override;

  const std::string& name() const { return name_; }
  // Port 0. Empty: not known (yet), or no such name.
  const std::vector<Address>& addresses() const { return addresses_; }
  // The first answer has come, whatever it was.
  bool answered() const { return answered_; }

  void ask();
  // What onResolved() does; a test's way in. Returns when to ask again.
  Milliseconds learn(const Resolution& resolution, Instant now);

 private:
  void onResolved(Resolver::Query& query, const Resolution& resolution) override;
  void onDeadline(Deadline&) override { ask(); }
  Milliseconds learnFailure(const Resolution& resolution, Instant now);
  void noteSuccess(int64_t microseconds) const;
  void replace(std::vector<Address> addresses);

  NameDirectory& directory_;
  EventLoop& loop_;
  std::string name_;
  std::vector<Address> addresses_;
  bool answered_ = false;
  bool complained_ = false;         // the log has the failure that lasts
  Instant missing_since_ = kNever;  // since when there is no such name
  Milliseconds retry_{kMinimumTtl};
  Resolver::Query query_;
  Deadline refresh_;
};

}  // namespace weir
