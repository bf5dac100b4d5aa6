// SPDX-License-Identifier: Apache-2.0
// S-53: a hello means the same whole and in two pieces, needs no more than its limit, and gives a name fit for routing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "worker/codec/client_hello.h"

using weir::ClientHelloReader;
using Status = ClientHelloReader::Status;

namespace {

void require(bool claim) {
  if (!claim) std::abort();
}

void checkHello(const weir::ClientHello& hello) {
  require(hello.server_name.size() <= 255);
  for (char c : hello.server_name) require(c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z'));
  for (const auto& protocol : hello.alpn) require(!protocol.empty() && protocol.size() <= 255);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ClientHelloReader whole;
  Status status = whole.read(bytes);
  if (status == Status::Complete) checkHello(whole.hello());
  for (size_t cut : {size / 2, size / 3, size_t{1}}) {
    ClientHelloReader pieces;
    if (cut > size) continue;
    Status first = pieces.read(bytes.substr(0, cut));
    require(first == Status::NeedMore || first == status);
    require(pieces.read(bytes) == status);
    if (status == Status::Complete) require(pieces.hello().server_name == whole.hello().server_name);
  }
  return 0;
}
