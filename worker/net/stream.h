// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stream: one byte connection, plain or (later) TLS. Owned by its connection object; used by one loop.
// Calls never block; Blocked is an ordinary answer, after which the listener hears when to try again.
// A stream decides nothing: it closes when it is destroyed, or is told to.

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "shared/base/address.h"
#include "worker/event/loop.h"
#include "worker/event/readiness.h"

namespace weir {

class Pipe;

enum class IoStatus : unsigned char {
  Ok,       // bytes > 0 were moved
  Blocked,  // none can be now
  Closed,   // recv only: the other side sent its end
  Failed,   // os_error says why; the stream is of no more use
};

struct IoResult {
  IoStatus status;
  size_t bytes = 0;
  int os_error = 0;
};

// Bytes of an open file.
struct FileSlice {
  int file;
  uint64_t offset;
  size_t count;  // > 0
};

class Stream : public Retirable {
 public:
  using Listener = Readiness::Listener;

  // REQUIRES: to.size() > 0
  virtual IoResult recv(std::span<char> to) = 0;
  // Sends as much as goes; fewer bytes than given are not an error. REQUIRES: parts hold at least one byte.
  virtual IoResult send(std::span<const iovec> parts) = 0;
  // Whether the next two may be called: a stream whose bytes are those of its socket (plain, not TLS).
  virtual bool splices() const { return false; }
  // As recv() and send(), by a pipe and without a copy. A Blocked from recvInto() says nothing of the stream while the
  // pipe holds bytes: it may be the pipe that is full. REQUIRES: splices(); most > 0, and a pipe that holds bytes
  virtual IoResult recvInto(Pipe& pipe, size_t most);
  virtual IoResult sendFrom(Pipe& pipe);
  // As send(), and more follows at once, or the end: what does not fill a packet may wait for it.
  virtual IoResult sendMore(std::span<const iovec> parts) { return send(parts); }
  // Sends as much as goes of a file's bytes, of what is in the page cache without their passing through the process.
  // Ok with 0 bytes: the file ends at or before the offset. Fewer than asked for is no reason to wait: ask again.
  virtual IoResult sendFile(const FileSlice& slice) = 0;
  // From now on takes no more while so many bytes have not been sent yet: many slow readers of much shall not fill the
  // kernel's memory. What is on its way is not counted.
  virtual void limitUnsent(uint32_t) {}
  // While on, only full packets leave (TCP_CORK): for much that goes in many calls, since each acknowledgement would
  // send off what was there of a packet. Off sends what waits.
  virtual void cork(bool) {}
  // How long sent bytes may stay without an acknowledgement before the stream fails (see user_timeout.h).
  virtual void limitUnacknowledged(Milliseconds) {}
  // Ends the sending direction (TCP FIN, TLS close_notify).
  virtual void shutdownSend() = 0;
  // Closes in this moment, so that what waits leaves together with the end; only destruction may follow. Streams of
  // which nothing ever waits close when they are destroyed.
  virtual void closeNow() {}
  // Makes the coming close a reset: the other side shall know that this was no orderly end.
  virtual void resetOnClose() = 0;

  virtual void setListener(Listener* listener) = 0;
  // See Readiness::Start. Whoever has an unwatched stream and waits for it without having been told Blocked calls it.
  virtual void watch() {}
  virtual bool watched() const { return true; }
  // What is remembered: trying is worth while. hangup: the other side has ended its sending direction.
  virtual bool readable() const = 0;
  virtual bool writable() const = 0;
  virtual bool hangup() const = 0;
  virtual int fd() const = 0;
};

class TcpStream final : public Stream {
 public:
  TcpStream(EventLoop& loop, Fd fd, Readiness::Start start = Readiness::Start::Watched)
      : ready_(loop, std::move(fd), Readiness::Interest::Both, start) {}

  IoResult recv(std::span<char> to) override;
  IoResult send(std::span<const iovec> parts) override;
  bool splices() const override { return true; }
  IoResult recvInto(Pipe& pipe, size_t most) override;
  IoResult sendFrom(Pipe& pipe) override;
  IoResult sendMore(std::span<const iovec> parts) override;
  IoResult sendFile(const FileSlice& slice) override;
  void limitUnsent(uint32_t bytes) override;
  void cork(bool on) override;
  void limitUnacknowledged(Milliseconds most) override;
  void shutdownSend() override;
  void closeNow() override { ready_.release(); }
  void resetOnClose() override;
  void setListener(Listener* listener) override { ready_.setListener(listener); }
  void watch() override { ready_.watch(); }
  bool watched() const override { return ready_.watched(); }
  bool readable() const override { return ready_.readable(); }
  bool writable() const override { return ready_.writable(); }
  bool hangup() const override { return ready_.hangup(); }
  int fd() const override { return ready_.fd(); }

  // Of a connection that has sent nothing: Nagle's algorithm goes off (TCP_NODELAY) with the first send that it could
  // hold back, which is none that comes first, alone, and fits into a packet. Who sends one small request saves the
  // call.
  void disableNagleWhenItMatters() { nagle_ = Nagle::Idle; }
  // A fresh socket: the first byte may be sent before the loop has said so.
  void assumeWritable() { ready_.assumeWritable(); }
  // The listener shall try again.
  void wake() { ready_.wake(); }

 private:
  IoResult sendWith(std::span<const iovec> parts, int flags);
  IoResult afterSend(ssize_t sent, size_t offered);
  void beforeSend(size_t offered, bool more_follows);

  enum class Nagle : uint8_t { Off, Idle, On };  // Idle: on, and nothing was sent

  Readiness ready_;
  Nagle nagle_ = Nagle::Off;
};

}  // namespace weir
