// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/residency.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace weir {
namespace {

bool isByteInMemory(int file, uint64_t at) {
  char byte;
  iovec part{&byte, 1};
  return ::preadv2(file, &part, 1, static_cast<off_t>(at), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

}  // namespace

bool isInMemory(int file, uint64_t from, uint64_t size) {
  for (uint64_t at = from; at < from + size; at += Residency::kPiece)
    if (!isByteInMemory(file, at)) return false;
  return isByteInMemory(file, from + size - 1);
}

bool Residency::covers(int file, uint64_t from, uint64_t size, Instant now) {
  forgetOld(now);
  uint64_t end = from + size;
  for (uint64_t piece = from / kPiece; piece * kPiece < end; ++piece) {
    if (isKnown(piece)) continue;
    uint64_t begins = piece * kPiece, ends = begins + kPiece;
    uint64_t first = std::max(from, begins);
    if (!isInMemory(file, first, std::min(end, ends) - first)) return false;
    bool looked_at_all = first == begins && end >= ends;
    if (looked_at_all || isInMemory(file, begins, kPiece)) remember(piece);
  }
  return true;
}

void Residency::forgetOld(Instant now) {
  if (now - since_ < kStaysInMemory) return;
  since_ = now;
  std::ranges::fill(known_, 0);
}

bool Residency::isKnown(uint64_t piece) const {
  return piece / kWord < known_.size() && (known_[piece / kWord] >> piece % kWord & 1) != 0;
}

void Residency::remember(uint64_t piece) {
  if (piece >= kMostPieces) return;
  if (piece / kWord >= known_.size()) known_.resize(piece / kWord + 1);
  known_[piece / kWord] |= uint64_t{1} << piece % kWord;
}

}  // namespace weir
