// SPDX-License-Identifier: Apache-2.0
#pragma once
// FakeStream: a Stream without a socket. The test says what arrives, in which pieces, and how many bytes are taken.

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string>
#include <string_view>

#include "worker/net/stream.h"

namespace weir {

class FakeStream final : public Stream {
 public:
  // ---- what the test says
  // One recv gives at most one of these.
  void arrive(std::string_view piece) { arrived_.emplace_back(piece); }
  void arriveEnd() { ended_ = true; }
  void arriveReset() { reset_ = true; }
  // It came right behind the last piece, and made no edge of its own.
  void arriveResetUnseen() { reset_ = unseen_ = true; }
  // Whenever it is read there are so many bytes.
  void arriveForever(size_t piece) { forever_ = piece; }
  void wake() { listener_->onReady(); }
  // The next sends take so many bytes each; 0 is Blocked. Without any left everything is taken.
  void take(size_t bytes) { takes_.push_back(bytes); }
  void becomeWritable() { writable_ = true; }
  void failSends() { send_fails_ = true; }

  // ---- what the test sees
  const std::string& sent() const { return sent_; }
  int sends() const { return sends_; }
  int receives() const { return receives_; }
  bool sendEnded() const { return send_ended_; }
  // Of the sends, those that said that more follows.
  int joinedSends() const { return joined_sends_; }

  IoResult recv(std::span<char> to) override {
    ++receives_;
    if (!arrived_.empty()) return recvPiece(to);
    if (forever_ > 0) return {IoStatus::Ok, std::min(forever_, to.size())};
    if (reset_) return {IoStatus::Failed, 0, ECONNRESET};
    return {ended_ ? IoStatus::Closed : IoStatus::Blocked};
  }

  IoResult send(std::span<const iovec> parts) override {
    ++sends_;
    if (send_fails_) return {IoStatus::Failed, 0, EPIPE};
    std::string offered;
    for (const iovec& part : parts) offered.append(static_cast<const char*>(part.iov_base), part.iov_len);
    size_t taken = offered.size();
    if (!takes_.empty()) {
      taken = std::min(taken, takes_.front());
      takes_.pop_front();
    }
    sent_ += offered.substr(0, taken);
    if (taken < offered.size()) writable_ = false;
    return taken == 0 ? IoResult{IoStatus::Blocked} : IoResult{IoStatus::Ok, taken};
  }

  IoResult sendMore(std::span<const iovec> parts) override {
    ++joined_sends_;
    return send(parts);
  }

  IoResult sendFile(const FileSlice& slice) override {
    std::string bytes(slice.count, '\0');
    ssize_t got = ::pread(slice.file, bytes.data(), bytes.size(), static_cast<off_t>(slice.offset));
    if (got <= 0) return {got == 0 ? IoStatus::Ok : IoStatus::Failed, 0, errno};
    iovec part{bytes.data(), static_cast<size_t>(got)};
    return send({&part, 1});
  }

  void shutdownSend() override { send_ended_ = true; }
  void resetOnClose() override {}
  void setListener(Listener* listener) override { listener_ = listener; }
  bool readable() const override { return !arrived_.empty() || forever_ > 0 || ended_ || (reset_ && !unseen_); }
  bool writable() const override { return writable_; }
  bool hangup() const override { return ended_; }
  int fd() const override { return -1; }

 private:
  IoResult recvPiece(std::span<char> to) {
    std::string& piece = arrived_.front();
    size_t size = std::min(piece.size(), to.size());
    piece.copy(to.data(), size);
    piece.erase(0, size);
    if (piece.empty()) arrived_.pop_front();
    return {IoStatus::Ok, size};
  }

  std::deque<std::string> arrived_;
  std::deque<size_t> takes_;
  std::string sent_;
  bool ended_ = false, reset_ = false, unseen_ = false, writable_ = true, send_fails_ = false, send_ended_ = false;
  size_t forever_ = 0;
  Listener* listener_ = nullptr;
  int sends_ = 0, receives_ = 0;
  int joined_sends_ = 0;
};

}  // namespace weir
