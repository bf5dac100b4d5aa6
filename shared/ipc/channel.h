// SPDX-License-Identifier: Apache-2.0
#pragma once
// Channel: the two ends of a SOCK_SEQPACKET pair between the master and one child. Messages arrive whole and in order,
// with the descriptors that belong to them. Both ends are non-blocking; what does not fit is queued in the sender
// (bounded by what a reload needs), and flushed when the socket is writable again.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/fd.h"
#include "shared/base/result.h"

namespace weir {

// One reload in the order of its messages: Bundle, Descriptors (any number), Prepare -> Prepared, Commit -> Committed.
// Every message of a reload carries its generation; an answer repeats the one it answers.
enum class MessageType : uint8_t {
  // master to child
  Bundle,       // one descriptor, a sealed memfd with Bundle::serialize(); read it with readSealed()
  Descriptors,  // payload: joinKeys(), one key for each descriptor, in their order
  Prepare,      // build the new Runtime and answer Prepared
  Commit,       // swap it in
  Abort,        // forget what was prepared
  Reopen,       // Descriptors with fresh logs came before: switch to them
  Adopt,        // Descriptors with listening sockets of a dead process came before: empty them, close, say Released
  Quit,         // finish gracefully; payload: within how many milliseconds, 0 for as long as it takes
  Stop,         // finish now
  // child to master
  Prepared,   // payload: preparedPayload()
  Committed,  //
  Released,   // payload: a socket's key; it has emptied and closed that one, which it was to serve no more
  Drained,    // nothing is left to finish: the child ends
  kCount,
};

// Keys of descriptors: "listen:127.0.0.1:80" (Address::toString()), "metrics:127.0.0.1:9145" (the monitor's),
// "orphan:127.0.0.1:80" (to be adopted), "log:/var/log/a.log" (an access_log's path as in Settings, "stdout" and
// "stderr" too), "errorlog:/var/log/e.log", "zone:NAME" (of limit_conn_zone). A reload always sends the whole set of a
// child. A listening socket under a key that the child already has is the same socket, so the new descriptor is only to
// be closed; logs are to be switched. A socket that is new in a reload listens from the moment of Commit, not before:
// register it then. By Commit, and by Quit, the master has steered new connections away from what the child is to serve
// no more; the child goes on accepting from it for a round trip, empties it, closes it, and says Released. The master
// keeps its own copy until then.

struct Message {
  MessageType type = MessageType::kCount;
  uint64_t generation = 0;
  std::string payload;
  std::vector<Fd> descriptors;
  bool complete = true;  // false: the receiver has no room for all of its descriptors
};

class Channel {
 public:
  static constexpr size_t kMaxPayload = 64 * 1024;
  static constexpr size_t kMaxDescriptors = 128;
  // Past this many waiting messages the other end counts as gone: it has not read for several reloads.
  static constexpr size_t kMaxQueued = 4096;

  Channel() = default;
  explicit Channel(Fd fd) : fd_(std::move(fd)) {}

  // Both descriptors are non-blocking and close on exec.
  static Result<std::pair<Channel, Channel>> pair();

  int fd() const { return fd_.get(); }
  bool isOpen() const { return static_cast<bool>(fd_); }
  void close();

  // Sends or queues; the descriptors remain the caller's. REQUIRES: payload and descriptors within the limits above.
  // An error: the other end is gone.
  Result<void> send(MessageType type, uint64_t generation = 0, std::string payload = {},
                    const std::vector<int>& descriptors = {});
  // Sends what was queued; call when the socket is writable.
  Result<void> flush();
  bool wantsWrite() const { return !queue_.empty(); }

  // The next message; nullopt when there is none now. An error when the other end is gone or speaks nonsense.
  Result<std::optional<Message>> receive();

 private:
  struct Queued {
    std::string bytes;
    std::vector<Fd> descriptors;
  };
  Result<bool> trySend(const std::string& bytes, const std::vector<int>& descriptors);
  Result<void> enqueue(std::string bytes, const std::vector<int>& descriptors);

  Fd fd_;
  std::deque<Queued> queue_;
};

// The payload of Descriptors, and back. Keys hold no NUL.
std::string joinKeys(const std::vector<std::string>& keys);
std::vector<std::string> splitKeys(std::string_view payload);

// The payload of Prepared: whether it went well, then the diagnostics, cut to what a message may hold.
std::string preparedPayload(bool ok, std::string_view text);
struct PreparedAnswer {
  bool ok = false;
  std::string text;
};
PreparedAnswer readPrepared(std::string_view payload);

}  // namespace weir
