// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/count_zone.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <span>
#include <utility>

#include "shared/base/siphash.h"

namespace weir {
namespace {

using Cell = CountZone::Cell;

// A cell: 39 bits of the key's hash, whether its worker asks for one more just now, the worker, how many it has.
// Zero: free.
constexpr uint64_t kCountMask = 0xffff;
constexpr int kWorkerShift = 16;
constexpr uint64_t kWorkerMask = uint64_t{0xff} << kWorkerShift;
constexpr uint64_t kAsks = uint64_t{1} << 24;
constexpr int kKeyShift = 25;
constexpr uint64_t kKeyMask = ~uint64_t{0} << kKeyShift;

constexpr uint64_t kOddMultiplier = 0x9e3779b97f4a7c15;

constexpr int kTries = 64;  // against others who want the last place at the same time

uint32_t countIn(uint64_t cell) { return static_cast<uint32_t>(cell & kCountMask); }
unsigned workerOf(uint64_t cell) { return static_cast<unsigned>((cell & kWorkerMask) >> kWorkerShift); }

using Sets = std::span<Cell* const>;

Cell* find(Sets sets, uint64_t owner) {
  for (Cell* set : sets)
    for (size_t i = 0; i < CountZone::kSetCells; ++i) {
      uint64_t value = set[i].load(std::memory_order_relaxed);
      if ((value & (kKeyMask | kWorkerMask)) == owner && (value & ~(kKeyMask | kWorkerMask)) != 0) return &set[i];
    }
  return nullptr;
}

int64_t freeIn(const Cell* set) {
  return std::count_if(set, set + CountZone::kSetCells,
                       [](const Cell& cell) { return cell.load(std::memory_order_relaxed) == 0; });
}

Cell* claim(Cell* set, uint64_t owner) {
  for (size_t i = 0; i < CountZone::kSetCells; ++i) {
    uint64_t free = 0;
    if (set[i].compare_exchange_strong(free, owner | kAsks, std::memory_order_seq_cst)) return &set[i];
  }
  return nullptr;
}

// The worker's cell of the key, with its wish in it; null when there is no room. A new one goes where more is free.
Cell* ask(Sets sets, uint64_t owner) {
  if (Cell* own = find(sets, owner)) {
    own->store(own->load(std::memory_order_relaxed) | kAsks, std::memory_order_seq_cst);
    return own;
  }
  Cell *one = sets.front(), *other = sets.back();
  if (one != other && freeIn(other) > freeIn(one)) std::swap(one, other);
  Cell* fresh = claim(one, owner);
  return fresh != nullptr || one == other ? fresh : claim(other, owner);
}

void stepBack(Cell& cell) {
  uint64_t value = cell.load(std::memory_order_relaxed) & ~kAsks;
  cell.store(countIn(value) == 0 ? 0 : value, std::memory_order_release);
}

struct Tally {
  uint32_t held = 0;
  uint32_t asking = 0;  // workers
};

Tally tallyOf(Sets sets, uint64_t key) {
  Tally tally;
  for (const Cell* set : sets)
    for (size_t i = 0; i < CountZone::kSetCells; ++i) {
      uint64_t value = set[i].load(std::memory_order_seq_cst);
      if (value == 0 || (value & kKeyMask) != key) continue;
      tally.held += countIn(value);
      tally.asking += (value & kAsks) != 0;
    }
  return tally;
}

// Unequal for two workers, and longer with every try.
void pause(unsigned worker, int tried) {
  unsigned turns = (worker * 7 + 3U) % 31 * (1U << std::min(tried, 8));
  for (unsigned i = 0; i < turns; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);  // not to be left out
}

}  // namespace

struct CountZone::Header {
  SipKey secret;
  // The sets follow, from the next page on.
  static constexpr size_t kSize = 4096;
};

Result<Fd> CountZone::create(uint64_t bytes) {
  size_t sets = std::max<size_t>(1, bytes / (kSetCells * sizeof(Cell)));
  Fd fd(::memfd_create("weir-zone", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(Header::kSize + sets * kSetCells * sizeof(Cell))) != 0)
    return systemError("memory of a zone");
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  SipKey secret{};
  if (::getrandom(&secret, sizeof secret, 0) != sizeof secret) return systemError("getrandom");
  if (::pwrite(fd.get(), &secret, sizeof secret, 0) != sizeof secret) return systemError("memory of a zone");
  return fd;
}

Result<Ref<CountZone>> CountZone::map(const Fd& fd) {
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return systemError("memory of a zone");
  auto size = static_cast<size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return systemError("memory of a zone");
  ::madvise(memory, size, MADV_DONTDUMP);
  size_t sets = (size - Header::kSize) / (kSetCells * sizeof(Cell));
  return Ref<CountZone>(new CountZone(static_cast<Header*>(memory), sets, status.st_ino));
}

CountZone::~CountZone() { ::munmap(header_, size()); }

size_t CountZone::size() const { return Header::kSize + sets_ * kSetCells * sizeof(Cell); }

// The high bits of the hash choose the first set, those of a multiple another, the low ones tell keys apart.
CountZone::Place CountZone::placeOf(std::string_view key) const {
  auto scaled = [](uint64_t value, size_t most) { return static_cast<size_t>((value >> 32) * most >> 32); };
  uint64_t hash = sipHash(header_->secret, key);
  size_t first = scaled(hash, sets_);
  auto* cells = reinterpret_cast<Cell*>(reinterpret_cast<char*>(header_) + Header::kSize);
  Place place{{cells + first * kSetCells}, 1, hash << kKeyShift};
  if (sets_ == 1) return place;
  size_t second = (first + 1 + scaled(hash * kOddMultiplier, sets_ - 1)) % sets_;
  place.sets[place.choices++] = cells + second * kSetCells;
  return place;
}

CountZone::Taken CountZone::take(std::string_view key, unsigned worker, uint32_t limit) {
  Place place = placeOf(key);
  uint64_t owner = place.key | static_cast<uint64_t>(worker) << kWorkerShift;
  for (int tried = 0; tried < kTries; ++tried) {
    Cell* own = ask(place.all(), owner);
    if (own == nullptr) return {Outcome::NoRoom};
    Tally tally = tallyOf(place.all(), place.key);
    if (tally.held < limit && tally.held + tally.asking <= limit) {
      own->store((own->load(std::memory_order_relaxed) & ~kAsks) + 1, std::memory_order_seq_cst);
      return {Outcome::Held, own};
    }
    stepBack(*own);
    if (tally.held >= limit) break;
    pause(worker, tried);
  }
  return {Outcome::AtLimit};
}

void CountZone::release(Cell& cell) {
  uint64_t value = cell.load(std::memory_order_relaxed) - 1;
  cell.store(countIn(value) == 0 ? 0 : value, std::memory_order_release);
}

void CountZone::forget(unsigned worker) {
  auto* cells = reinterpret_cast<Cell*>(reinterpret_cast<char*>(header_) + Header::kSize);
  for (size_t i = 0; i < sets_ * kSetCells; ++i) {
    uint64_t value = cells[i].load(std::memory_order_relaxed);
    if (value != 0 && workerOf(value) == worker) cells[i].store(0, std::memory_order_release);
  }
}

uint32_t CountZone::countOf(std::string_view key) const {
  Place place = placeOf(key);
  return tallyOf(place.all(), place.key).held;
}

}  // namespace weir
