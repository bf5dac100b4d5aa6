// SPDX-License-Identifier: Apache-2.0
#include "shared/base/syslog.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <utility>

namespace weir {

SyslogHeader::SyslogHeader(uint8_t facility, std::string tag, std::string hostname)
    : facility_(facility), tag_(std::move(tag)), hostname_(std::move(hostname)) {}

std::string_view SyslogHeader::at(std::time_t now, uint8_t severity) {
  if (now == second_ && severity == severity_) return text_;
  // English whatever the locale (RFC 3164 4.1.2).
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  localtime_r(&now, &parts);
  second_ = now;
  severity_ = severity;
  text_ = fmt::format("<{}>{} {:2} {:02}:{:02}:{:02} {}{}{}: ", facility_ * 8 + severity, kMonths[parts.tm_mon],
                      parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, hostname_, hostname_.empty() ? "" : " ",
                      tag_);
  return text_;
}

std::string syslogHostname() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "localhost";
  std::string text = name;
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

int SyslogSocket::open(Instant now) {
  if (now < not_before_) return error_;
  sockaddr_storage storage;
  socklen_t size = server_.toSockaddr(storage);
  fd_.reset(::socket(server_.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  bool connected = fd_ && size > 0 && ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0;
  error_ = connected ? 0 : (size == 0 ? ENAMETOOLONG : errno);
  if (connected) return 0;
  fd_.reset();
  not_before_ = now + kPause;
  return error_;
}

SyslogSocket::Sent SyslogSocket::send(std::string_view message, Instant now) {
  Sent sent;
  // A refusal is news of an earlier datagram (UDP), or of a server that has ended (unix): either is tried again, once.
  for (int tries = 0; tries < 2; ++tries) {
    if (!fd_ && open(now) != 0) return {true, sent.lost + 1, error_};
    if (::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL) >= 0) return sent;
    if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) return sent.taken = false, sent;
    sent.error = errno;
    if (server_.isUnix() && sent.error != EMSGSIZE) {
      error_ = sent.error;
      fd_.reset();
    } else if (sent.error == ECONNREFUSED && tries == 0) {
      ++sent.lost;
    } else {
      break;
    }
  }
  ++sent.lost;
  return sent;
}

void SyslogSink::write(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  // Nowhere is left to report a log that cannot be written.
  [[maybe_unused]] auto sent = socket_.send(line, monotonicNow());
}

}  // namespace weir
