// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cell: one integer of statistics in shared memory. One process writes it, with relaxed stores; any process reads it.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace weir {

using Cell = std::atomic<int64_t>;
static_assert(Cell::is_always_lock_free, "cells are shared between processes");

// A series' place in a slot, the same in every process's slot, for the life of the master.
using CellIndex = uint32_t;

// Cells of one slot. The first kScrapCells belong to no series: what had no place is counted there.
inline constexpr size_t kCellsPerSlot = 524'288;
inline constexpr CellIndex kScrapCells = 32;

}  // namespace weir
