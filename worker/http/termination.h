// SPDX-License-Identifier: Apache-2.0
#pragma once
// Termination: how an exchange ended: who ended it, why, and what it was waiting for then. For logs: weir's form of
// HAProxy's two letters. The reasons are the words of weir_http_aborts_total.

#include <array>
#include <cstdint>
#include <string_view>

#include "shared/base/failure.h"
#include "worker/net/relay.h"

namespace weir {

struct Termination {
  enum class Party : uint8_t { Nobody, Client, Upstream, Weir };
  // Named for what was going on.
  enum class Phase : uint8_t {
    None,      // it is complete
    Head,      // the request head was being received
    Request,   // nobody was asked yet
    Connect,   // a connection to a peer was being made
    Header,    // the peer had the request, or was getting it, and had not answered
    Response,  // the response was on its way
    Tunnel,    // bytes were copied both ways
  };

  Party who = Party::Nobody;
  std::string_view why{};  // lives for ever; empty: nothing went wrong
  Phase phase = Phase::None;

  static constexpr Party partyOf(Fault fault) {
    return fault == Fault::Downstream ? Party::Client : fault == Fault::Upstream ? Party::Upstream : Party::Weir;
  }
  std::string_view whoText() const {
    static constexpr std::array<std::string_view, 4> kNames{"-", "client", "upstream", "weir"};
    return kNames[static_cast<size_t>(who)];
  }
  std::string_view phaseText() const {
    static constexpr std::array<std::string_view, 7> kNames{"-",      "head",     "request", "connect",
                                                            "header", "response", "tunnel"};
    return kNames[static_cast<size_t>(phase)];
  }
};

// Who closed first, or did not go on.
Termination terminationOf(const RelayEnd& end);

}  // namespace weir
