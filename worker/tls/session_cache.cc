// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/session_cache.h"

#include <cstring>
#include <utility>

#include "shared/base/log.h"
#include "shared/stats/slot.h"

namespace weir {
namespace {

using Words = std::span<std::atomic<uint64_t>>;

Words firstHalf(Words words) { return words.first(words.size() / 2); }
Words secondHalf(Words words) { return words.subspan(words.size() / 2); }

SharedRecords::Key keyOf(std::span<const unsigned char> id) {
  SharedRecords::Key key{};
  std::memcpy(key.data(), id.data(), key.size());
  return key;
}

}  // namespace

SessionCache::SessionCache(const std::string& name, SharedMemory memory, Segment& segment)
    : memory_(std::move(memory)),
      small_(firstHalf(memory_.words()), kSmallSlot),
      large_(secondHalf(memory_.words()), kLargeSlot),
      hits_(segment.series(Metric::TlsSessionCacheLookupsTotal, {name, "hit"})),
      misses_(segment.series(Metric::TlsSessionCacheLookupsTotal, {name, "miss"})),
      stored_(segment.series(Metric::TlsSessionCacheStoresTotal, {name, "stored"})),
      evicted_(segment.series(Metric::TlsSessionCacheStoresTotal, {name, "evicted"})),
      too_large_(segment.series(Metric::TlsSessionCacheStoresTotal, {name, "too_large"})) {}

void SessionCache::store(std::span<const unsigned char> id, std::string_view session, WallTime expires, WallTime now) {
  if (id.size() != kIdSize) return;
  SharedRecords& records = session.size() <= small_.mostBytes() ? small_ : large_;
  switch (records.put(keyOf(id), session, expires, now)) {
    case SharedRecords::Stored::InFreeRoom:
      return stats::add(stored_);
    case SharedRecords::Stored::InAnothersPlace:
      return stats::add(evicted_);
    case SharedRecords::Stored::TooLarge:
      return stats::add(too_large_);
  }
}

std::string SessionCache::find(std::span<const unsigned char> id, WallTime now) {
  std::string found;
  if (id.size() == kIdSize) found = small_.find(keyOf(id), now);
  if (id.size() == kIdSize && found.empty()) found = large_.find(keyOf(id), now);
  stats::add(found.empty() ? misses_ : hits_);
  return found;
}

void SessionCache::erase(std::span<const unsigned char> id) {
  if (id.size() != kIdSize) return;
  small_.erase(keyOf(id));
  large_.erase(keyOf(id));
}

void SessionCaches::use(std::map<std::string, Fd> memory) {
  std::map<std::string, Ref<SessionCache>> fresh;
  for (const auto& [name, fd] : memory)
    if (auto cache = obtain(name, fd)) fresh.emplace(name, cache);
  caches_ = std::move(fresh);
}

Ref<SessionCache> SessionCaches::obtain(const std::string& name, const Fd& memory) const {
  auto known = caches_.find(name);
  if (known != caches_.end() && known->second->isOf(memory.get())) return known->second;
  auto mapped = SharedMemory::map(memory.get());
  if (mapped) return makeRef<SessionCache>(name, std::move(mapped).value(), segment_);
  WEIR_LOG(Error, "ssl_session_cache {}: {}", name, mapped.error().message());
  return {};
}

Ref<SessionCache> SessionCaches::find(const std::string& name) const {
  auto found = caches_.find(name);
  return found == caches_.end() ? Ref<SessionCache>() : found->second;
}

}  // namespace weir
