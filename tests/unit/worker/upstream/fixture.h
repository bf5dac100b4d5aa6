// SPDX-License-Identifier: Apache-2.0
#pragma once
// What tests of upstreams share: statistics with this process as worker 0, settings in a few words, and peers named by
// letters: 'a' is 127.0.0.1:1, 'b' is 127.0.0.1:2 and so on.

#include <cppunit/TestFixture.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/log.h"
#include "shared/config/settings.h"
#include "shared/stats/segment.h"
#include "shared/stats/slot.h"
#include "tests/unit/worker/net/sockets.h"
#include "worker/upstream/peer_set.h"

namespace weir {

class SharedStats {
 public:
  SharedStats() : segment_(std::move(Segment::create()).value()) { stats::attach(segment_->slotCells(0)); }
  ~SharedStats() { stats::attach(nullptr); }
  SharedStats(const SharedStats&) = delete;
  SharedStats& operator=(const SharedStats&) = delete;

  Segment& segment() { return *segment_; }
  int64_t sum(Metric metric, const LabelValues& labels) { return segment_->sum(segment_->series(metric, labels)); }
  // Gives another worker that much of a gauge.
  void setElsewhere(unsigned slot, Metric metric, const LabelValues& labels, int64_t value) {
    segment_->slotCells(slot)[segment_->series(metric, labels)] = value;
  }

 private:
  std::unique_ptr<Segment> segment_;
};

// Fixtures are made before the first test runs, so what a test attaches to the process is made in setUp().
class UpstreamFixture : public CppUnit::TestFixture {
 public:
  void setUp() override {
    stats_.emplace();
    log::setThreshold(LogLevel::Emerg);
  }
  void tearDown() override {
    stats_.reset();
    log::setThreshold(LogLevel::Error);
  }

 protected:
  SharedStats& stats() { return *stats_; }

 private:
  std::optional<SharedStats> stats_;
};

inline Address peerAddress(char letter) {
  return Address::parse("127.0.0.1:" + std::to_string(letter - 'a' + 1)).value();
}
inline char letterOf(const Peer& peer) { return static_cast<char>('a' + peer.address().port() - 1); }

inline PeerSetting server(char letter, uint32_t weight = 1) {
  PeerSetting setting;
  setting.address = peerAddress(letter);
  setting.host = setting.address->toString();
  setting.weight = weight;
  return setting;
}
inline PeerSetting backup(char letter) {
  PeerSetting setting = server(letter);
  setting.backup = true;
  return setting;
}
inline PeerSetting down(char letter) {
  PeerSetting setting = server(letter);
  setting.down = true;
  return setting;
}

inline UpstreamSettings upstreamOf(std::vector<PeerSetting> servers) {
  UpstreamSettings settings;
  settings.name = "app";
  settings.servers = std::move(servers);
  settings.keepalive = 32;
  settings.keepalive_requests = 1000;
  settings.keepalive_time = std::chrono::hours(1);
  settings.keepalive_timeout = std::chrono::seconds(60);
  return settings;
}

// A connection to a peer, seen from both ends.
struct Wire {
  explicit Wire(EventLoop& loop) : Wire(loop, unixPair()) {}
  Wire(EventLoop& loop, std::pair<Fd, Fd> ends)
      : stream(std::make_unique<TcpStream>(loop, std::move(ends.first))), far(std::move(ends.second)) {}

  bool open() const { return !atEnd(far.get()); }

  std::unique_ptr<TcpStream> stream;  // until it is given away
  Fd far;
};

// Lets the loop see what happened and destroy what was retired.
inline void settle(EventLoop& loop) {
  for (int i = 0; i < 3; ++i) loop.turn(Milliseconds(0));
}

// A set without an Upstream around it, at a time that the test moves.
class PeerGroup {
 public:
  PeerGroup(SharedStats& stats, const UpstreamSettings& settings) {
    std::vector<PeerEntry> entries;
    for (const PeerSetting& server : settings.servers) {
      PeerEntry entry;
      entry.peer = makeRef<Peer>(settings.name, *server.address, stats.segment());
      entry.weight = server.weight;
      entry.policy = {server.max_fails, server.fail_timeout};
      entry.max_conns = server.max_conns;
      entry.backup = server.backup;
      entry.down = server.down;
      entries.push_back(entry);
    }
    set_ = makeRef<PeerSet>(settings, std::move(entries), Ref<ConnectionPool>());
  }

  PeerSet& set() { return *set_; }
  size_t indexOf(char letter) const {
    for (size_t i = 0; i < set_->size(); ++i)
      if (letterOf(*(*set_)[i].peer) == letter) return i;
    return kNoPeer;
  }
  Peer& peer(char letter) { return *(*set_)[indexOf(letter)].peer; }

  // The peer chosen when those are tried already; '-' when there is none.
  char pick(const std::string& tried = "", const std::string& key = "") {
    TriedPeers indexes;
    for (char letter : tried) indexes.add(indexOf(letter));
    const size_t chosen = set_->pick({now, indexes, key});
    return chosen == kNoPeer ? '-' : letterOf(*(*set_)[chosen].peer);
  }
  std::string picks(int count) {
    std::string letters;
    while (count-- > 0) letters += pick();
    return letters;
  }
  void fail(char letter, int times = 1) {
    while (times-- > 0) set_->failed(indexOf(letter), now);
  }
  void succeed(char letter) { set_->succeeded(indexOf(letter)); }
  void wait(Milliseconds time) { now += time; }

  Instant now{std::chrono::hours(1)};

 private:
  Ref<PeerSet> set_;
};

}  // namespace weir
