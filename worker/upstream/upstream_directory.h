// SPDX-License-Identifier: Apache-2.0
#pragma once
// UpstreamDirectory: the upstreams of this worker by name, over all configurations. A new configuration is prepared,
// which starts to resolve new names and changes nothing else, then committed. What is no longer configured ends when
// the last exchange that refers to it does. Outlives every Upstream.

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/ref.h"
#include "shared/config/settings.h"
#include "shared/stats/segment.h"
#include "worker/event/loop.h"
#include "worker/upstream/name_directory.h"
#include "worker/upstream/transports.h"
#include "worker/upstream/upstream.h"

namespace weir {

// The upstream that `proxy_pass = http://127.0.0.1:8081` means: one server, named as it is written; keeps 32 idle
// connections. host: "127.0.0.1:8081", "backend:80", "unix:/path"; a missing port is default_port.
UpstreamSettings implicitUpstream(std::string_view host, uint16_t default_port = 80);

// Holds what a configuration that is not committed yet refers to; letting go of it undoes the preparation.
class PreparedUpstreams {
 public:
  // Every new name has had its first answer, good or bad; worth waiting for, a little while.
  bool resolved() const;

 private:
  friend class UpstreamDirectory;
  std::vector<UpstreamSettings> settings_;
  std::vector<Ref<Upstream>> upstreams_;
  std::vector<Ref<ResolvedName>> names_;
};

class UpstreamDirectory final : NameDirectory::Owner {
 public:
  UpstreamDirectory(EventLoop& loop, Segment& segment) : loop_(loop), segment_(segment), names_(loop, segment, *this) {}
  UpstreamDirectory(const UpstreamDirectory&) = delete;
  UpstreamDirectory& operator=(const UpstreamDirectory&) = delete;

  // For the compilation of routes: the upstream of that name, made when there is none; it serves once committed.
  Ref<Upstream> obtain(std::string_view name);

  // For what variables make: the upstream of that name in the configuration that serves, else the one that an address
  // implies, which is SeriesScope::Variable; null when it is neither. Host names are not looked up for a request.
  Ref<Upstream> find(std::string_view name);

  // Explicit and implicit upstreams; of several with one name the first counts.
  PreparedUpstreams prepare(std::vector<UpstreamSettings> all);
  // Peers of unchanged addresses keep health, load and idle connections. Does not fail.
  void commit(PreparedUpstreams prepared);
  // The worker ends: idle connections are closed, and no more are kept.
  void drain();
  bool draining() const { return draining_; }

  // For names; null: nobody answers. Set before prepare(); a resolver ends after it is replaced.
  void setResolver(Resolver* resolver) { names_.setResolver(resolver); }
  Transports& transports() { return transports_; }
  EventLoop& loop() { return loop_; }
  Segment& segment() { return segment_; }
  NameDirectory& names() { return names_; }

 private:
  static constexpr size_t kMaxImplied = 64;

  friend class Upstream;
  using ByName = std::map<std::string, Upstream*, std::less<>>;

  void forget(const Upstream& upstream) {
    (upstream.scope() == SeriesScope::Variable ? varied_ : known_).erase(upstream.name());
  }
  void onAddressesChanged(const ResolvedName& name) override;

  EventLoop& loop_;
  Segment& segment_;
  NameDirectory names_;
  Transports transports_;
  ByName known_;   // not owned: an upstream forgets itself
  ByName varied_;  // the same, made by find()
  std::vector<Ref<Upstream>> configured_;
  std::deque<Ref<Upstream>> implied_;  // by find(), so that the pools of the last few addresses stay
  bool draining_ = false;
};

}  // namespace weir
