// SPDX-License-Identifier: Apache-2.0
#pragma once
// DatagramBatch: datagrams that one system call receives or sends (recvmmsg, sendmmsg), with whom they come from or go
// to, and by which address of ours. A worker has two for all its UDP sessions: the bytes lie where they were received
// until they are sent. Its memory is touched only as far as datagrams are long.

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "shared/base/address.h"

namespace weir {

class DatagramBatch {
 public:
  static constexpr size_t kMost = 32;
  static constexpr size_t kSlot = 65536;  // more than any datagram has: none is truncated

  DatagramBatch();
  DatagramBatch(const DatagramBatch&) = delete;
  DatagramBatch& operator=(const DatagramBatch&) = delete;

  size_t size() const { return size_; }
  bool full() const { return size_ == kMost; }
  void clear() { size_ = 0; }

  // Whether senders and local addresses are to be known: not on a connected socket.
  enum class Names : uint8_t { Unknown, Known };
  struct Received {
    size_t count = 0;     // added to the batch
    bool drained = true;  // there is no more for now
    int os_error = 0;
  };
  // REQUIRES: !full()
  Received receive(int fd, Names names);

  // Of datagram i. The view holds until the batch is used again.
  std::string_view bytes(size_t i) const { return {slot(i), headers_[i].msg_len}; }
  const sockaddr_storage& name(size_t i) const { return names_[i]; }
  socklen_t nameSize(size_t i) const { return headers_[i].msg_hdr.msg_namelen; }
  // Which of our addresses it was sent to, without a port; unspecified where the socket does not tell (IP_PKTINFO).
  Address local(size_t i) const;

  // Makes datagram i one to this client by this address of ours (unspecified: the kernel chooses).
  void direct(size_t i, const sockaddr_storage& to, socklen_t size, const Address& local);

  struct Sent {
    size_t count = 0;
    int os_error = 0;  // why the next one was not sent
  };
  // Sends those of [first, last), to their names (flush) or on a connected socket.
  Sent send(int fd, size_t first, size_t last, Names names);
  // One made of two parts; on a connected socket.
  static int sendJoined(int fd, std::string_view head, std::string_view body);

 private:
  static constexpr size_t kControl = 64;  // one cmsg with a pktinfo of either family

  char* slot(size_t i) const { return memory_.get() + i * kSlot; }
  void prepare(size_t i, Names names);

  std::unique_ptr<char[]> memory_;
  std::array<mmsghdr, kMost> headers_{};
  std::array<iovec, kMost> parts_{};
  std::array<sockaddr_storage, kMost> names_{};
  struct alignas(8) Control {
    char bytes[kControl];
  };
  std::array<Control, kMost> controls_{};
  size_t size_ = 0;
};

}  // namespace weir
