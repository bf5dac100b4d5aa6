// SPDX-License-Identifier: Apache-2.0
// What a TcpSession reads of its client before it chooses a peer, and what it does when it is to answer itself.
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "worker/event/loop.h"
#include "worker/stream/tcp_listener.h"
#include "worker/stream/tcp_session.h"

namespace weir {
namespace {

int pendingError(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool holdsNothing(int fd) {
  char first;
  return ::recv(fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

}  // namespace

void TcpSession::onReady() {
  switch (state_) {
    case State::Hello:
      return readBefore();
    case State::Peer:
      return watchClient();
    case State::Answered:
      return sendAnswer();
    case State::ClientsEnd:
      return readToEnd();
    default:
      return;
  }
}

void TcpSession::onDeadline(Deadline&) {
  switch (state_) {
    case State::Hello:
      return end({Cause::PrereadTimeout});
    case State::Peer:
      return lookAtClient();
    case State::Answered:
      return end({Cause::ClientSendTimeout});
    default:
      return end({});
  }
}

void TcpSession::awaitHello() {
  state_ = State::Hello;
  hello_ = std::make_unique<ClientHelloReader>();
  in_ = listener_.services().buffers.take(service_->settings().preread_buffer_size.bytes);
  if (!in_) return end({Cause::OutOfMemory});
  wait_.armIn(service_->settings().preread_timeout);
  stream_->setListener(this);
  readBefore();
}

void TcpSession::readBefore() {
  for (int i = 0; i < kReads; ++i) {
    if (in_.size() > 0 && lookForHello() == Progress::Done) return;
    size_t most = service_->settings().preread_buffer_size.bytes;
    size_t room = std::min(most - std::min(most, in_.size()), in_.space().size());
    if (room == 0) return end({Cause::PrereadTooLarge});
    IoResult got = stream_->recv(in_.space().first(room));
    if (got.status == IoStatus::Blocked) return;
    if (got.status != IoStatus::Ok) return end({Cause::ClientAborted, got.os_error});
    in_.produced(got.bytes);
  }
}

// Done: the session has gone on, or has ended.
TcpSession::Progress TcpSession::lookForHello() {
  auto status = hello_->read(in_.data());
  if (status == ClientHelloReader::Status::NeedMore) return Progress::More;
  if (status == ClientHelloReader::Status::Complete) record_.hello = hello_->hello();
  hello_ = {};
  wait_.disarm();
  stream_->setListener(nullptr);
  return choosePeer(), Progress::Done;
}

// While a peer is sought: what the client sends waits in the socket, where a reset is seen only by who asks for it, in
// a system call that most sessions are spared: they have their peer before it is due.
void TcpSession::watchClient() {
  if (stream_->readable() && !wait_.armed()) wait_.armIn(kLook);
}

// An end behind bytes may be that of a question. One without any may come from who lets the server speak first, and
// soon has its peer, or from who has left.
void TcpSession::lookAtClient() {
  if (int error = pendingError(stream_->fd()); error != 0) return end({Cause::ClientAborted, error});
  bool silent = stream_->hangup() && stream_->splices() && isEmpty(in_) && holdsNothing(stream_->fd());
  if (silent && silent_end_) return end({Cause::ClientAborted});
  silent_end_ = silent;
  if (silent) wait_.armIn(kSilentEnd);
}

// `return`: what it says, and the end.
void TcpSession::answer() {
  state_ = State::Answered;
  std::string text;
  service_->appendAnswer(record_, text);
  in_ = listener_.services().buffers.take(std::max<size_t>(1, text.size()));
  if (!in_) return end({Cause::OutOfMemory});
  in_.append(text);
  wait_.armIn(service_->settings().proxy_timeout);
  stream_->setListener(this);
  sendAnswer();
}

void TcpSession::sendAnswer() {
  while (in_.size() > 0) {
    std::string_view bytes = in_.data();
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    IoResult sent = stream_->send({&part, 1});
    if (sent.status == IoStatus::Failed) return end({Cause::ClientAborted, sent.os_error});
    if (sent.status != IoStatus::Ok) return;
    in_.consumed(sent.bytes);
    record_.sent += sent.bytes;
    stats::add(listener_.metrics().bytes_out, static_cast<int64_t>(sent.bytes));
  }
  stream_->shutdownSend();
  state_ = State::ClientsEnd;
  wait_.armIn(kLinger);
  readToEnd();
}

// Closing while bytes of the client are unread would be a reset, which may reach it before the answer does.
void TcpSession::readToEnd() {
  in_.clear();
  for (int i = 0; i < kReads; ++i) {
    IoResult got = stream_->recv(in_.space());
    if (got.status == IoStatus::Blocked) return;
    if (got.status != IoStatus::Ok) return end({});
  }
}

}  // namespace weir
