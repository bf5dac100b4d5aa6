// SPDX-License-Identifier: Apache-2.0
// How a TlsStream sends: plain bytes to records, records to the kernel, and what waits in between.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "worker/tls/kernel_sending.h"
#include "worker/tls/openssl.h"
#include "worker/tls/record_bio.h"
#include "worker/tls/tls_environment.h"
#include "worker/tls/tls_stream.h"

namespace weir {
namespace {

constexpr uint32_t kLeastGather = 16384, kMostGather = 131072;

// The first records of a response fit a packet each, the next ones a few: a client can read what has arrived while
// the rest is still on its way. After a pause of a second it begins again, as the network's window does.
constexpr uint32_t kPacket = 1369, kFewPackets = 4096;
constexpr uint32_t kInPackets = 4 * kPacket, kInFewPackets = 32768;
constexpr uint32_t kPause = 1000;

// From so many bytes of a file on the kernel makes records: to hand the keys over takes a few system calls.
constexpr size_t kWorthHandingOver = 256 << 10;

}  // namespace

// The bytes of send()'s parts, in pieces as long as a record.
class TlsStream::Source {
 public:
  Source(std::span<const iovec> parts, std::span<char> staging) : parts_(parts), staging_(staging) {
    for (const iovec& part : parts) left_ += part.iov_len;
  }

  size_t left() const { return left_; }
  void skip(size_t bytes) {
    left_ -= bytes;
    while (bytes > 0) {
      size_t here = std::min(bytes, rest().size());
      advance(here);
      bytes -= here;
    }
  }
  // In one piece; copied only when it is not. REQUIRES: most <= the staging's size, left() > 0
  std::string_view take(size_t most) {
    most = std::min(most, left_);
    left_ -= most;
    while (rest().empty()) advance(0);
    if (std::string_view here = rest(); here.size() >= most) return advance(most), here.substr(0, most);
    size_t copied = 0;
    while (copied < most) {
      std::string_view here = rest().substr(0, most - copied);
      std::memcpy(staging_.data() + copied, here.data(), here.size());
      copied += here.size();
      advance(here.size());
    }
    return {staging_.data(), most};
  }

 private:
  std::string_view rest() const {
    return {static_cast<const char*>(parts_[part_].iov_base) + at_, parts_[part_].iov_len - at_};
  }
  void advance(size_t bytes) {
    at_ += bytes;
    if (at_ < parts_[part_].iov_len || part_ + 1 == parts_.size()) return;
    ++part_;
    at_ = 0;
  }

  std::span<const iovec> parts_;
  std::span<char> staging_;
  size_t part_ = 0;
  size_t at_ = 0;
  size_t left_ = 0;
};

IoResult TlsStream::send(std::span<const iovec> parts) {
  if (kernel_) return kernel_->send(parts);
  Source source(parts, environment_.staging());
  const size_t offered = source.left();
  source.skip(std::min<size_t>(unreported_, offered));  // in records already
  size_t reported = 0;
  while (true) {
    IoStatus status = transmit();
    if (status == IoStatus::Failed) return failed();
    reported += takeReported(offered - reported);
    if (status == IoStatus::Blocked || source.left() == 0)
      return {reported > 0 ? IoStatus::Ok : IoStatus::Blocked, reported};
    if (encrypt(source) == 0) return failed();
  }
}

IoResult TlsStream::sendFile(const FileSlice& slice) {
  if (!kernel_ && (slice.count < kWorthHandingOver || !handOver())) return sendPiece(slice);
  return kernel_->sendFile(slice);
}

// By the process. What waits goes first, so that nothing is read to be told that it must wait.
IoResult TlsStream::sendPiece(const FileSlice& slice) {
  if (held_) {
    IoStatus status = transmit();
    if (status == IoStatus::Failed) return failed();
    size_t gone = status == IoStatus::Blocked ? takeReported(slice.count) : 0;
    if (status == IoStatus::Blocked) return {gone > 0 ? IoStatus::Ok : IoStatus::Blocked, gone};
  }
  std::span<char> room = environment_.filePiece();
  ssize_t got;
  do got = ::pread(slice.file, room.data(), std::min(slice.count, room.size()), static_cast<off_t>(slice.offset));
  while (got < 0 && errno == EINTR);
  if (got <= 0) return {got == 0 ? IoStatus::Ok : IoStatus::Failed, 0, got == 0 ? 0 : errno};
  iovec part{room.data(), static_cast<size_t>(got)};
  return send({&part, 1});
}

// What waits holds more bytes than the plain ones in it, so these have not gone at least.
size_t TlsStream::takeReported(size_t offered) {
  size_t waiting = held_ ? held_.size() : 0;
  size_t gone = unreported_ - std::min<size_t>(unreported_, waiting);
  gone = std::min(gone, offered);
  unreported_ -= static_cast<uint32_t>(gone);
  return gone;
}

size_t TlsStream::encrypt(Source& source) {
  ERR_clear_error();
  auto now = static_cast<uint32_t>(
      std::chrono::duration_cast<Milliseconds>(environment_.loop().now().time_since_epoch()).count());
  if (now - last_send_ > kPause) recent_ = 0;
  last_send_ = now;
  size_t gathered = 0;
  while (source.left() > 0 && gathered < gather_) {
    std::string_view piece = source.take(source.left() <= kFewPackets ? kFewPackets : recordSize());
    size_t written = 0;
    if (write(piece, written) != 1) {
      broken_ = true;
      error_ = EPROTO;
      return 0;
    }
    gathered += written;
    recent_ = static_cast<uint16_t>(std::min<size_t>(recent_ + written, kInFewPackets));
  }
  unreported_ += static_cast<uint32_t>(gathered);
  return gathered;
}

int TlsStream::write(std::string_view piece, size_t& bytes) {
  RecordBio::Turn turn(*this);
  // Before the client has finished its handshake SSL_write_ex() would wait for that.
  if (early()) return SSL_write_early_data(ssl_, piece.data(), piece.size(), &bytes);
  return SSL_write_ex(ssl_, piece.data(), piece.size(), &bytes);
}

size_t TlsStream::recordSize() const {
  uint32_t most = context_ ? context_->recordSize() : SSL3_RT_MAX_PLAIN_LENGTH;
  if (client_ || recent_ >= kInFewPackets) return most;
  return std::min(most, recent_ < kInPackets ? kPacket : kFewPackets);
}

void TlsStream::writeRecords(const char* from, int size) {
  if (!kernel_) environment_.outbox().append(from, static_cast<size_t>(size));
}

IoStatus TlsStream::transmit() {
  std::string& outbox = environment_.outbox();
  IoStatus status = held_ ? transmitHeld() : IoStatus::Ok;
  std::string_view rest = outbox;
  while (status == IoStatus::Ok && !rest.empty()) {
    iovec part{const_cast<char*>(rest.data()), rest.size()};
    IoResult sent = tcp_->send({&part, 1});
    if (sent.status == IoStatus::Failed) error_ = sent.os_error;
    status = sent.status;
    rest.remove_prefix(sent.bytes);
    if (!rest.empty() && status == IoStatus::Ok) status = IoStatus::Blocked;
  }
  if (status == IoStatus::Blocked && !rest.empty() && !hold(rest)) status = IoStatus::Failed;
  if (status == IoStatus::Failed) broken_ = true;
  if (!outbox.empty()) gather_ = status == IoStatus::Ok ? std::min(gather_ * 2, kMostGather) : kLeastGather;
  outbox.clear();
  return status;
}

IoStatus TlsStream::transmitHeld() {
  std::string_view rest = held_.data();
  iovec part{const_cast<char*>(rest.data()), rest.size()};
  IoResult sent = tcp_->send({&part, 1});
  if (sent.status == IoStatus::Failed) error_ = sent.os_error;
  held_.consumed(sent.bytes);
  if (held_.size() > 0) return sent.status == IoStatus::Ok ? IoStatus::Blocked : sent.status;
  held_.release();
  return IoStatus::Ok;
}

// Behind what waits already.
bool TlsStream::hold(std::string_view bytes) {
  if (!held_ || held_.space().size() < bytes.size()) {
    Buffer larger = environment_.buffers().take((held_ ? held_.size() : 0) + bytes.size());
    if (!larger) return error_ = ENOMEM, false;
    if (held_) larger.append(held_.data());
    held_ = std::move(larger);
  }
  held_.append(bytes);
  return true;
}

// A close_notify, to the outbox.
bool TlsStream::sayEnd() {
  RecordBio::Turn turn(*this);
  return SSL_shutdown(ssl_) >= 0;
}

// After an answer to early data it waits for the handshake: whoever ends reads on, and recv() sees when it is done.
// Said before, it would keep the client from its next ticket; and between the end of early data and the client's
// Finished OpenSSL cannot say it.
void TlsStream::shutdownSend() {
  ERR_clear_error();
  ending_ = early() && !broken_;
  if (ending_) return void(transmit());
  if (established_ && !broken_) sayEnd();
  transmit();
  broken_ = true;  // it was said
  tcp_->shutdownSend();
}

void TlsStream::resetOnClose() {
  broken_ = true;
  tcp_->resetOnClose();
}

}  // namespace weir
