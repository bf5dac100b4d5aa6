// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/kernel_tls.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "shared/base/address.h"
#include "shared/base/fd.h"
#include "worker/net/stream.h"
#include "worker/tls/kernel_sending.h"

namespace weir {
namespace {

constexpr size_t kTrialBytes = 20'000;

struct Pair {
  Fd near, far;
};

// Over loopback a connection is made at once. Empty ends where it could not be.
Pair connectedPair() {
  auto fresh = [] { return Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); };
  Fd listening = fresh(), near = fresh();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(listening.get(), raw, size) != 0 || ::listen(listening.get(), 1) != 0) return {};
  if (::getsockname(listening.get(), raw, &size) != 0) return {};
  ::connect(near.get(), raw, size);
  Fd far(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  return {std::move(near), std::move(far)};
}

// As of a file: a record and a part of one.
Fd someFile() {
  Fd file(::memfd_create("weir-trial", MFD_CLOEXEC));
  if (file && ::ftruncate(file.get(), kTrialBytes) != 0) return {};
  return file;
}

// Bytes that are reported as sent are in records, and the records are in TCP: the kernel also tells what must be known.
bool works(EventLoop& loop, const KernelKeys& keys) {
  Pair pair = connectedPair();
  if (!pair.near || !pair.far) return false;
  TcpStream tcp(loop, std::move(pair.near));
  auto sending = KernelSending::begin(loop, tcp, keys);
  char byte = 'x';
  iovec part{&byte, 1};
  if (sending == nullptr || sending->send({&part, 1}).status != IoStatus::Ok) return false;
  Fd file = someFile();
  return file && sending->sendFile({file.get(), 0, kTrialBytes}).bytes == kTrialBytes;
}

}  // namespace

uint8_t KernelTls::bitOf(const KernelKeys& keys) {
  int version = keys.version() == KernelKeys::Version::Tls13 ? 1 : 0;
  return static_cast<uint8_t>(1U << (static_cast<int>(keys.cipher()) * 2 + version));
}

KernelTls KernelTls::probe(EventLoop& loop) {
  KernelTls found;
  for (auto cipher : KernelKeys::kCiphers)
    for (auto version : {KernelKeys::Version::Tls12, KernelKeys::Version::Tls13}) {
      KernelKeys keys = KernelKeys::trial(cipher, version);
      if (works(loop, keys)) found.taken_ |= bitOf(keys);
    }
  return found;
}

}  // namespace weir
