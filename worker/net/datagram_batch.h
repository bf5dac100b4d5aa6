// SPDX-License-Identifier: Apache-2.0
#pragma once
// DatagramBatch: datagrams that one system call receives or sends (recvmmsg, sendmmsg), with whom they come from and by
// which address of ours. A worker has one for all its UDP sessions: the bytes lie where they were received until they
// are sent. Its memory is touched only as far as datagrams are long.
//
// Where a socket allows it (allowTrains) the kernel hands over what belongs together, datagrams of one size from one
// sender, as one entry (UDP_GRO); what goes to one receiver is given to it in the same way (UDP_SEGMENT), which costs
// one walk through the network stack for all of them. Such an entry is a train, and each of its datagrams counts.

#include <netinet/in.h>
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

  // Entries.
  size_t size() const { return size_; }
  bool full() const { return size_ == kMost; }
  void clear() { size_ = 0; }

  // From now on this socket's entries may be trains.
  static void allowTrains(int fd);

  struct Received {
    size_t count = 0;     // entries added to the batch
    bool drained = true;  // there is no more for now
    int os_error = 0;
  };
  // REQUIRES: !full()
  Received receive(int fd);

  // Of entry i. The view holds until the batch is used again.
  std::string_view bytes(size_t i) const { return {slot(i), headers_[i].msg_len}; }
  // How many datagrams it is.
  size_t datagrams(size_t i) const {
    return segments_[i] == 0 ? 1 : (headers_[i].msg_len + segments_[i] - 1) / segments_[i];
  }
  // All of the entries [first, last).
  size_t datagrams(size_t first, size_t last) const;
  // Who sent it; not to be asked of a connected socket's.
  const sockaddr_storage& name(size_t i) const { return names_[i]; }
  socklen_t nameSize(size_t i) const { return headers_[i].msg_hdr.msg_namelen; }
  // Which of our addresses it was sent to, without a port; unspecified where the socket does not tell (IP_PKTINFO).
  Address local(size_t i) const;

  // Where datagrams go that leave by a socket which is not connected, and by which address of ours (unspecified: the
  // kernel chooses).
  struct Destination {
    sockaddr_storage to;
    socklen_t size;
    Address local;
  };
  struct Sent {
    size_t count = 0;  // entries
    int os_error = 0;  // why the next one was not sent
  };
  // Sends those of [first, last), as far as it goes in one call. to: null on a connected socket.
  Sent send(int fd, size_t first, size_t last, const Destination* to);
  // One made of two parts; on a connected socket.
  static int sendJoined(int fd, std::string_view head, std::string_view body);

 private:
  static constexpr size_t kControl = 64;  // a pktinfo of either family, and the size of a train's datagrams
  struct alignas(8) Control {
    char bytes[kControl];
  };

  char* slot(size_t i) const { return memory_.get() + i * kSlot; }
  void prepare(size_t i);
  // How many entries from first on may leave as one train.
  size_t trainFrom(size_t first, size_t last) const;
  void address(size_t message, size_t segment, const Destination* to);
  Sent sendOneByOne(int fd, size_t entry, const Destination* to);

  std::unique_ptr<char[]> memory_;
  size_t size_ = 0;
  size_t dirty_ = kMost;                    // headers that are not as prepare() leaves them
  std::array<uint16_t, kMost> segments_{};  // 0: no train
  std::array<mmsghdr, kMost> headers_{};
  std::array<iovec, kMost> parts_{};
  std::array<sockaddr_storage, kMost> names_{};
  std::array<Control, kMost> controls_{};
  // Of what is being sent.
  std::array<mmsghdr, kMost> out_{};
  std::array<iovec, kMost> out_parts_{};
  std::array<Control, kMost> out_controls_{};
};

}  // namespace weir
