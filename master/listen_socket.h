// SPDX-License-Identifier: Apache-2.0
#pragma once
// ListenSocket: one bound socket of the master. It closes when its last holder lets go, and removes the file of a unix
// address then, unless somebody else has put another socket in its place.
// Binding and listening are apart: a bound socket of a reuseport group gets no connections yet, so a reload that is
// undone disturbs nobody. A UDP socket would take its share of the datagrams as soon as it is bound: it is bound when
// it is told to listen.

#include <sys/types.h>

#include "shared/base/address.h"
#include "shared/base/fd.h"
#include "shared/base/result.h"
#include "shared/config/settings.h"

namespace weir {

class ListenSocket {
 public:
  // Fails when a foreign process listens on the address. Binding with SO_REUSEPORT would not: a second weir of the same
  // user would silently take half of the connections. For addresses of which this process holds no socket yet.
  static Result<void> probe(const ListenSetting& setting);

  static Result<ListenSocket> bind(const ListenSetting& setting);
  // One that a service manager bound and passed on; the file of a unix address stays its business.
  static ListenSocket passed(Fd fd, const ListenSetting& setting);

  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();

  int fd() const { return fd_.get(); }
  bool isUdp() const { return udp_; }
  // No other can be bound beside it: all workers accept from this one.
  bool isShared() const { return configured_.isUnix() || alone_; }
  // As bound: a configured port 0 has become a real one.
  Address address() const;

  // Starts listening; on a socket that listens, changes the backlog.
  Result<void> listen(uint32_t backlog) const;
  // Connections that wait to be accepted. REQUIRES: it listens at a TCP port
  uint32_t queued() const;
  // For good, and at once, whoever else holds the socket; what is queued is reset.
  void stopListening() const;
  // Its owner, who may then bind more sockets to the same UDP port.
  Result<void> giveTo(uid_t user, gid_t group) const;
  // Whether apply() is enough for these options. Otherwise it takes another socket: of a TCP socket, what was once set
  // cannot be given back to the kernel's own judgement (buffers, keep-alive times), and ipv6only is fixed.
  bool canBecome(const ListenSetting& setting) const;
  // Options that may change while it listens. The first that fails is the error; the others are set all the same.
  Result<void> apply(const ListenSetting& setting);

 private:
  ListenSocket(Fd fd, const ListenSetting& setting)
      : fd_(std::move(fd)), configured_(setting.address), udp_(setting.udp) {
    applied_.ipv6only = setting.ipv6only;
  }
  Result<void> bindPort(const ListenSetting& setting) const;
  Result<void> bindFile();
  void removeFile() const;

  Fd fd_;
  Address configured_;
  ListenSetting applied_;
  bool udp_ = false;
  bool alone_ = false;          // passed, and not of a group that this process may join
  mutable bool bound_ = false;  // UDP only
  dev_t device_ = 0;            // of the unix file, to know it again
  ino_t inode_ = 0;
};

}  // namespace weir
