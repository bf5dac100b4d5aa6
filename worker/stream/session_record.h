// SPDX-License-Identifier: Apache-2.0
#pragma once
// SessionRecord: what is known of one session of a stream, as access logs, hash keys and routes by variables see it.
// Part of the session.

#include <cstdint>
#include <string>
#include <vector>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/failure.h"
#include "shared/base/ref.h"
#include "worker/codec/client_hello.h"
#include "worker/event/loop.h"
#include "worker/net/limit_holds.h"
#include "worker/upstream/peer.h"

namespace weir {

// A try of a peer.
struct SessionAttempt {
  Ref<Peer> peer;
  Instant begun{};
  Instant connected = kNever;
};

struct SessionRecord {
  explicit SessionRecord(EventLoop& loop) : loop(loop), begun(loop.now()) {}

  EventLoop& loop;
  Instant begun;
  bool udp = false;
  uint64_t number = 0;   // of the worker's sessions
  Address client;        // for whom the session is: by a PROXY header, else who connected
  Address connected;     // who connected
  Address proxied_to;    // where that client connected to, by a PROXY header;
                         // unspecified without
  Address local;         // of ours
  ClientHello hello;     // with ssl_preread
  std::string upstream;  // the name
  std::vector<SessionAttempt> attempts;
  uint64_t received = 0;  // from the client
  uint64_t sent = 0;
  uint64_t upstream_sent = 0;
  uint64_t upstream_received = 0;
  LimitHolds limits;          // of limit_conn
  Cause cause = Cause::None;  // why it ended
};

// As nginx's $status: 200, or what went wrong.
inline uint16_t statusOf(const SessionRecord& record) {
  uint16_t status = rowOf(record.cause).status;
  bool ended = status == 0 || status == 499;  // a session may well end by its client, or by its time
  if (status == 429) return 503;
  return ended ? 200 : status == 504 ? 502 : status == 408 ? 400 : status;
}

}  // namespace weir
