// SPDX-License-Identifier: Apache-2.0
#pragma once
// KernelSending: the sending direction of a TlsStream whose records the kernel makes (kTLS). Owned by the stream, from
// the moment its keys are the socket's until it ends. What it is given is plain; OpenSSL sends nothing any more.
//
// The kernel makes records in front of TCP, and they wait there when TCP is full. It calls them sent, but a close loses
// them. So the last byte of what it took is reported only when all its records are in TCP.

#include <cstdint>
#include <memory>
#include <string_view>

#include "worker/event/deadline.h"
#include "worker/net/stream.h"
#include "worker/tls/kernel_keys.h"

namespace weir {

class KernelSending final : Deadline::Owner {
 public:
  // Null: the kernel does not take them, and the socket is as it was. REQUIRES: all records before have been sent
  static std::unique_ptr<KernelSending> begin(EventLoop& loop, TcpStream& tcp, const KernelKeys& keys);

  // As of a Stream.
  IoResult send(std::span<const iovec> parts);
  IoResult sendFile(const FileSlice& slice);
  // In a record of its own (alerts). One that does not go at once is lost, as one behind a full socket always is.
  void sendControl(unsigned char type, std::string_view bytes);

 private:
  enum class Tail : uint8_t { Sent, Waiting, Lost };

  KernelSending(EventLoop& loop, TcpStream& tcp, const KernelKeys& keys);
  void onDeadline(Deadline&) override { tcp_.wake(); }
  IoResult report(IoResult result, size_t offered);
  IoResult awaitTail(size_t offered);
  Tail tail() const;

  TcpStream& tcp_;
  Deadline again_;
  Milliseconds wait_{};
  uint64_t plain_ = 0;         // bytes that the kernel took
  uint64_t first_record_;      // the number of its first record
  uint64_t taken_before_ = 0;  // by TCP
  uint32_t overhead_;
  KernelKeys::Cipher cipher_;
  KernelKeys::Version version_;
  bool owes_ = false;  // a byte that the kernel took has not been reported
};

}  // namespace weir
