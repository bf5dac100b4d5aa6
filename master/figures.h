// SPDX-License-Identifier: Apache-2.0
#pragma once
// Figures: what the master itself counts, in its own slot of the segment. Made once, before the first fork.

#include <vector>

#include "master/child.h"
#include "shared/base/clock.h"
#include "shared/stats/segment.h"
#include "worker/entry.h"

namespace weir {

class Figures {
 public:
  explicit Figures(Segment& segment);

  void childEnded(unsigned slot, ExitReason reason);
  // The generation serves from now on; the first one is not counted as a reload.
  void generationServes(uint64_t number, const ConfigDigest& digest, WallTime now);
  void reloadFailed();
  // Those of before that are not among them are no longer told.
  void certificates(const std::vector<CertificateFact>& facts);

 private:
  Segment& segment_;
  std::vector<CellIndex> certificates_;
};

}  // namespace weir
