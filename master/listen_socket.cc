// SPDX-License-Identifier: Apache-2.0
#include "master/listen_socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace weir {
namespace {

Result<Fd> makeSocket(const Address& address, int type = SOCK_STREAM) {
  Fd fd(socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return systemError("socket " + address.toString());
  return fd;
}

bool setOption(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

int typeOf(const ListenSetting& setting) { return setting.udp ? SOCK_DGRAM : SOCK_STREAM; }

// SO_REUSEADDR for TCP: connections that outlive a listener, in TIME_WAIT or not, must not hold its port. For UDP it
// would let any user of this machine bind the port too, and take the traffic.
Result<void> setIdentity(int fd, const ListenSetting& setting) {
  bool set = setting.udp || setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (setting.address.family() == AF_INET6) set = set && setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, setting.ipv6only);
  if (!set) return systemError("setsockopt " + setting.address.toString());
  return {};
}

Result<void> bindTo(int fd, const Address& address) {
  sockaddr_storage storage;
  socklen_t size = address.toSockaddr(storage);
  if (size == 0) return Error{ENAMETOOLONG, "bind " + address.toString()};
  if (::bind(fd, reinterpret_cast<sockaddr*>(&storage), size) != 0) return systemError("bind " + address.toString());
  return {};
}

enum class FileState : uint8_t { Free, Stale, InUse };

// Of a unix address. What is no socket counts as free: bind() stumbles over it.
FileState stateOf(const Address& address) {
  struct stat status;
  if (lstat(address.path().c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return FileState::Free;
  auto fd = makeSocket(address);
  sockaddr_storage storage;
  socklen_t size = address.toSockaddr(storage);
  bool refused = fd && connect(fd->get(), reinterpret_cast<sockaddr*>(&storage), size) != 0 && errno == ECONNREFUSED;
  return refused ? FileState::Stale : FileState::InUse;
}

struct KeepAlive {
  bool on = false;
  int idle = 0;  // seconds; 0: the kernel's
  int interval = 0;
  int count = 0;
};

// One of nginx's three fields, "30m", "10" or nothing.
int seconds(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return 0;
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  return unit == "m" ? value * 60 : unit == "h" ? value * 3600 : value;
}

std::string_view takeField(std::string_view& text) {
  auto colon = text.find(':');
  std::string_view field = text.substr(0, colon);
  text = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  return field;
}

// "on", "off" or "idle:interval:count", already checked by the loader.
KeepAlive parseKeepAlive(std::string_view text) {
  if (text.empty() || text == "off") return {};
  if (text == "on") return {.on = true};
  KeepAlive result{.on = true};
  result.idle = seconds(takeField(text));
  result.interval = seconds(takeField(text));
  result.count = seconds(takeField(text));
  return result;
}

// What to ask for; of no size, the system's default, which the kernel doubles as it does what it is asked for.
int bufferSize(const std::optional<Size>& size, const char* system_default) {
  if (size) return static_cast<int>(size->bytes);
  int value = 0;
  std::ifstream(system_default) >> value;
  return value / 2;
}

class Options {
 public:
  Options(int fd, const Address& address) : fd_(fd), address_(address) {}

  void set(int level, int name, int value, const char* what) {
    if (!setOption(fd_, level, name, value) && result_)
      result_ = systemError(std::string(what) + " of " + address_.toString());
  }
  void setPositive(int level, int name, int value, const char* what) {
    if (value > 0) set(level, name, value, what);
  }
  Result<void> result() const { return result_; }

 private:
  int fd_;
  const Address& address_;
  Result<void> result_;
};

void applyTcp(Options& options, const ListenSetting& setting) {
  KeepAlive keep_alive = parseKeepAlive(setting.so_keepalive);
  options.set(SOL_SOCKET, SO_KEEPALIVE, keep_alive.on, "so_keepalive");
  options.setPositive(IPPROTO_TCP, TCP_KEEPIDLE, keep_alive.idle, "so_keepalive");
  options.setPositive(IPPROTO_TCP, TCP_KEEPINTVL, keep_alive.interval, "so_keepalive");
  options.setPositive(IPPROTO_TCP, TCP_KEEPCNT, keep_alive.count, "so_keepalive");
  options.set(IPPROTO_TCP, TCP_DEFER_ACCEPT, setting.deferred, "deferred");
  options.set(IPPROTO_TCP, TCP_FASTOPEN, static_cast<int>(setting.fastopen), "fastopen");
}

}  // namespace

Result<void> ListenSocket::probe(const ListenSetting& setting) {
  const Address& address = setting.address;
  if (address.isUnix() && stateOf(address) == FileState::InUse) return Error{EADDRINUSE, "bind " + address.toString()};
  if (address.isUnix() || address.port() == 0) return {};
  auto fd = makeSocket(address, typeOf(setting));
  if (!fd) return fd.error();
  if (auto set = setIdentity(fd->get(), setting); !set) return set.error();
  return bindTo(fd->get(), address);
}

Result<ListenSocket> ListenSocket::bind(const ListenSetting& setting) {
  const Address& address = setting.address;
  auto fd = makeSocket(address, typeOf(setting));
  if (!fd) return fd.error();
  ListenSocket socket(std::move(fd).value(), setting);
  auto bound = address.isUnix() ? socket.bindFile() : socket.bindPort(setting);
  if (!bound) return bound.error();
  return socket;
}

// The kernel lets only sockets of one user share a port.
ListenSocket ListenSocket::passed(Fd fd, const ListenSetting& setting) {
  int reuseport = 0;
  socklen_t size = sizeof reuseport;
  struct stat status;
  bool shares = getsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &reuseport, &size) == 0 && reuseport != 0;
  bool ours = fstat(fd.get(), &status) == 0 && status.st_uid == geteuid();
  ListenSocket socket(std::move(fd), setting);
  socket.alone_ = !shares || !ours;
  return socket;
}

Result<void> ListenSocket::bindPort(const ListenSetting& setting) const {
  if (auto set = setIdentity(fd(), setting); !set) return set.error();
  if (!setOption(fd(), SOL_SOCKET, SO_REUSEPORT, 1)) return systemError("reuseport " + configured_.toString());
  return udp_ ? Result<void>() : bindTo(fd(), configured_);
}

Result<void> ListenSocket::bindFile() {
  const char* path = configured_.path().c_str();
  if (stateOf(configured_) == FileState::Stale) unlink(path);
  if (auto bound = bindTo(fd(), configured_); !bound) return bound.error();
  struct stat status;
  if (lstat(path, &status) != 0) return systemError("stat " + configured_.path());
  device_ = status.st_dev;
  inode_ = status.st_ino;
  // Whoever may reach the folder may connect, as with nginx: the folder's mode is the lock.
  if (chmod(path, 0666) != 0) return systemError("chmod " + configured_.path());
  return {};
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : fd_(std::move(other.fd_)),
      configured_(std::move(other.configured_)),
      applied_(std::move(other.applied_)),
      udp_(other.udp_),
      alone_(other.alone_),
      bound_(other.bound_),
      device_(other.device_),
      inode_(std::exchange(other.inode_, 0)) {}

ListenSocket::~ListenSocket() {
  if (fd_ && configured_.isUnix() && inode_ != 0) removeFile();
}

Address ListenSocket::address() const {
  bool unbound = udp_ && !bound_;
  return configured_.isUnix() || unbound ? configured_ : Address::local(fd_.get());
}

Result<void> ListenSocket::listen(uint32_t backlog) const {
  if (udp_) return std::exchange(bound_, true) ? Result<void>() : bindTo(fd(), configured_);
  if (::listen(fd_.get(), static_cast<int>(backlog)) != 0) return systemError("listen " + configured_.toString());
  return {};
}

// Of a listening socket tcpi_unacked is the length of its accept queue.
uint32_t ListenSocket::queued() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(fd_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_unacked : 0;
}

void ListenSocket::stopListening() const { shutdown(fd_.get(), SHUT_RDWR); }

Result<void> ListenSocket::giveTo(uid_t user, gid_t group) const {
  if (fchown(fd(), user, group) != 0) return systemError("chown " + configured_.toString());
  return {};
}

bool ListenSocket::canBecome(const ListenSetting& setting) const {
  if (configured_.isUnix() || udp_) return true;
  if (configured_.family() == AF_INET6 && setting.ipv6only != applied_.ipv6only) return false;
  KeepAlive before = parseKeepAlive(applied_.so_keepalive);
  KeepAlive after = parseKeepAlive(setting.so_keepalive);
  bool forgets = (before.idle && !after.idle) || (before.interval && !after.interval) || (before.count && !after.count);
  return !forgets && !(applied_.rcvbuf && !setting.rcvbuf) && !(applied_.sndbuf && !setting.sndbuf);
}

Result<void> ListenSocket::apply(const ListenSetting& setting) {
  Options options(fd_.get(), configured_);
  if (setting.rcvbuf || applied_.rcvbuf)
    options.set(SOL_SOCKET, SO_RCVBUF, bufferSize(setting.rcvbuf, "/proc/sys/net/core/rmem_default"), "rcvbuf");
  if (setting.sndbuf || applied_.sndbuf)
    options.set(SOL_SOCKET, SO_SNDBUF, bufferSize(setting.sndbuf, "/proc/sys/net/core/wmem_default"), "sndbuf");
  applied_ = setting;
  if (!configured_.isUnix() && !udp_) applyTcp(options, setting);
  return options.result();
}

void ListenSocket::removeFile() const {
  struct stat status;
  bool ours = lstat(configured_.path().c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
  if (ours) unlink(configured_.path().c_str());
}

}  // namespace weir
