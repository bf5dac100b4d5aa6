// SPDX-License-Identifier: Apache-2.0
#include "worker/http/termination.h"

namespace weir {

Termination terminationOf(const RelayEnd& end) {
  using Party = Termination::Party;
  Party who = end.who == RelaySide::Downstream ? Party::Client : Party::Upstream;
  switch (end.why) {
    case RelayEnd::Why::Complete:
      return {who, "closed", Termination::Phase::Tunnel};
    case RelayEnd::Why::IdleTimeout:
      return {who, "idle_timeout", Termination::Phase::Tunnel};
    case RelayEnd::Why::Failed:
      return {who, "reset", Termination::Phase::Tunnel};
    case RelayEnd::Why::OutOfMemory:
      return {Party::Weir, rowOf(Cause::OutOfMemory).name, Termination::Phase::Tunnel};
    case RelayEnd::Why::Closed:
      break;
  }
  return {Party::Weir, rowOf(Cause::ShuttingDown).name, Termination::Phase::Tunnel};
}

}  // namespace weir
