// SPDX-License-Identifier: Apache-2.0
#include "master/tls_memory.h"

#include <fcntl.h>

#include <utility>

#include "shared/config/tls_servers.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/shared_memory.h"

namespace weir {
namespace {

// 4,096 responses of 8 KiB at most; pages exist once they are written.
constexpr uint64_t kResponses = 32 << 20;

}  // namespace

TlsMemory TlsMemory::open(const Settings& settings, const TlsMemory* previous, Diagnostics& diagnostics) {
  TlsMemory opened;
  eachTlsServer(settings, [&](const TlsSettings& tls, const std::string&, Origin origin) {
    const SessionCacheSetting& cache = tls.session_cache;
    if (!cache.shared.empty())
      opened.add(kSessionsKey + cache.shared, cache.size.bytes, cache.origin, previous, diagnostics);
    if (tls.stapling) opened.add(kOcspKey, kResponses, origin, previous, diagnostics);
  });
  return opened;
}

void TlsMemory::add(const std::string& key, uint64_t bytes, Origin origin, const TlsMemory* previous,
                    Diagnostics& diagnostics) {
  if (pieces_.contains(key)) return;
  Fd fd;
  if (previous != nullptr) {
    auto kept = previous->pieces_.find(key);
    if (kept != previous->pieces_.end() && kept->second.bytes == bytes)
      fd = Fd(::fcntl(kept->second.fd.get(), F_DUPFD_CLOEXEC, 3));
  }
  if (!fd) {
    auto made = SharedMemory::make("weir-tls", bytes);
    if (!made) return diagnostics.error(origin, key + ": " + made.error().message());
    fd = std::move(made).value();
  }
  pieces_.emplace(key, Piece{bytes, std::move(fd)});
}

std::vector<KeyedDescriptor> TlsMemory::descriptors() const {
  std::vector<KeyedDescriptor> all;
  for (const auto& [key, piece] : pieces_) all.push_back({key, piece.fd.get()});
  return all;
}

std::vector<KeyedDescriptor> TlsMemory::monitorDescriptors() const {
  auto responses = pieces_.find(kOcspKey);
  if (responses == pieces_.end()) return {};
  return {{responses->first, responses->second.fd.get()}};
}

}  // namespace weir
