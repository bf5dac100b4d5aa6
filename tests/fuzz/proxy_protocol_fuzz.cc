// SPDX-License-Identifier: Apache-2.0
// S-52: what is accepted has a size within its limit, means the same with more behind it and nothing with less, and
// survives being written again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "worker/codec/proxy_protocol.h"

using weir::ProxyHeaderStatus;

namespace {

void require(bool claim) {
  if (!claim) std::abort();
}

void checkWritten(const weir::ProxyHeader& header) {
  std::array<char, weir::kWrittenProxyHeader> room;
  size_t size = weir::writeProxyHeaderV1(header.source, header.destination, room);
  auto again = weir::parseProxyHeader({room.data(), size});
  require(again.status == ProxyHeaderStatus::Complete && again.size == size);
  require(again.header.source == header.source && again.header.destination == header.destination);
  size = weir::writeProxyHeaderV2(header.source, header.destination, weir::ProxyTransport::Stream, room);
  again = weir::parseProxyHeader({room.data(), size});
  require(again.status == ProxyHeaderStatus::Complete && again.header.source == header.source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto parsed = weir::parseProxyHeader(bytes);
  if (parsed.status == ProxyHeaderStatus::NeedMore) require(size < weir::kMaxProxyHeader);
  if (parsed.status != ProxyHeaderStatus::Complete) return 0;
  require(parsed.size > 0 && parsed.size <= size && parsed.size <= weir::kMaxProxyHeader);
  require(weir::parseProxyHeader(bytes.substr(0, parsed.size)).size == parsed.size);
  require(weir::parseProxyHeader(bytes.substr(0, parsed.size - 1)).status == ProxyHeaderStatus::NeedMore);
  if (parsed.header.has_addresses) checkWritten(parsed.header);
  return 0;
}
