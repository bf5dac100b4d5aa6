// SPDX-License-Identifier: Apache-2.0
#pragma once
// Syslog as nginx speaks it: messages with the header of RFC 3164, one datagram each, over UDP or a unix socket.
// Nothing here blocks: a message that finds no room, or no server, is not waited with.

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/log.h"

namespace weir {

// What stands before each message. Remembers the text of a second.
class SyslogHeader {
 public:
  // hostname: empty for none.
  SyslogHeader(uint8_t facility, std::string tag, std::string hostname);

  // "<190>Jan 31 12:00:00 host weir: ", in local time; good until the next call.
  std::string_view at(std::time_t now, uint8_t severity);

 private:
  const uint8_t facility_;
  const std::string tag_;
  const std::string hostname_;
  std::time_t second_ = -1;
  uint8_t severity_ = 0;
  std::string text_;
};

// This machine's name for headers, in lower case.
std::string syslogHostname();

// The connection to a server, made when it is first needed and again after it broke.
class SyslogSocket {
 public:
  explicit SyslogSocket(Address server) : server_(std::move(server)) {}

  struct Sent {
    bool taken = true;  // false: no room now, try again later
    unsigned lost = 0;  // messages that are known to be lost: this one, or one before it
    int error = 0;      // why
  };
  Sent send(std::string_view message, Instant now);
  void close() { fd_.reset(); }

 private:
  static constexpr Milliseconds kPause{200};  // between tries to connect

  int open(Instant now);

  const Address server_;
  Fd fd_;
  Instant not_before_{};
  int error_ = 0;  // of the last try to connect
};

// A syslog server as the log of a process that has no LogWriter.
class SyslogSink final : public LogSink {
 public:
  explicit SyslogSink(Address server) : socket_(std::move(server)) {}
  void write(std::string_view line) override;

 private:
  SyslogSocket socket_;
};

}  // namespace weir
