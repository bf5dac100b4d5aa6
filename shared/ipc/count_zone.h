// SPDX-License-Identifier: Apache-2.0
#pragma once
// CountZone: how many connections each key has, of all workers: memory that the master makes and every worker maps.
// It is bounded: a value of a key takes 8 bytes for each worker in which it has any, and what finds no room is told so.
// No locks, and no count is ever half-changed: a worker changes its own cells only, so what a dead one held is known,
// and the master gives it back (S-6).
//
// A limit is never exceeded: who wants one more says so in its cell first and looks at those of the others then. Of two
// who do that for the last place at the same moment both see the other, step back and try again.
//
// Keys are told apart by a keyed hash of 39 bits and their places, which nobody who does not know the zone's secret can
// make collide. Counted: a worker holds it as long as a configuration or something that it counts does.

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shared/base/fd.h"
#include "shared/base/ref.h"
#include "shared/base/result.h"

namespace weir {

class CountZone final : public Counted {
 public:
  using Cell = std::atomic<uint64_t>;
  static constexpr size_t kSetCells = 64;  // a key's cells are in the two sets that its hash chooses

  // An empty one, as a memfd of about so many bytes.
  static Result<Fd> create(uint64_t bytes);
  // Of one that create() made.
  static Result<Ref<CountZone>> map(const Fd& fd);
  ~CountZone() override;

  enum class Outcome : uint8_t { Held, AtLimit, NoRoom };
  struct Taken {
    Outcome outcome;
    Cell* cell = nullptr;  // for release()
  };
  // One more of the key for this worker, unless all workers together have `limit` of it. REQUIRES: worker < 256, as the
  // only one that calls it for that number; 0 < limit < 65536
  Taken take(std::string_view key, unsigned worker, uint32_t limit);
  // One of what take() gave, by the worker it gave it to.
  static void release(Cell& cell);
  // For the master: a worker that is gone holds nothing.
  void forget(unsigned worker);

  // Of all workers together.
  uint32_t countOf(std::string_view key) const;
  // Which one it is: the same for every mapping.
  ino_t identity() const { return identity_; }

 private:
  struct Header;
  CountZone(Header* header, size_t sets, ino_t identity) : header_(header), sets_(sets), identity_(identity) {}
  struct Place {
    std::array<Cell*, 2> sets;
    size_t choices;  // of them: a small zone has a single one
    uint64_t key;    // in a cell's form

    std::span<Cell* const> all() const { return {sets.data(), choices}; }
  };
  Place placeOf(std::string_view key) const;
  size_t size() const;

  Header* header_;
  size_t sets_;
  ino_t identity_;
};

}  // namespace weir
