// SPDX-License-Identifier: Apache-2.0
#pragma once
// Figures: what the master itself counts, in its own slot of the segment. Made once, before the first fork.

#include "master/child.h"
#include "shared/base/clock.h"
#include "shared/stats/segment.h"

namespace weir {

class Figures {
 public:
  explicit Figures(Segment& segment);

  void childEnded(unsigned slot, ExitReason reason);
  // The generation serves from now on; the first one is not counted as a reload.
  void generationServes(uint64_t number, const ConfigDigest& digest, WallTime now);
  void reloadFailed();

 private:
  Segment& segment_;
};

}  // namespace weir
