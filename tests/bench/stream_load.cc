// SPDX-License-Identifier: Apache-2.0
// What streams are measured with; bench.py compiles it. One thread, one epoll.
//   stream_load serve ECHO SINK            servers on 127.0.0.1: TCP and UDP echo by the first port, the other one
//                                          throws away what comes
//   stream_load bulk|pingpong|connect|udp PORT CONNECTIONS SECONDS
//                                          prints how much was done: megabytes, round trips, connections, datagrams
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr size_t kMessage = 64;
std::array<char, 256 * 1024> buffer;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int check(int result, const char* what) {
  if (result < 0) fail(what);
  return result;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connected(int type, int port) {
  int fd = check(::socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in to = loopback(port);
  check(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), "connect");
  int on = 1;
  if (type == SOCK_STREAM) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

int listening(int type, int port) {
  int fd = check(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at = loopback(port);
  check(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), "bind");
  if (type == SOCK_STREAM) check(::listen(fd, 4096), "listen");
  return fd;
}

class Poll {
 public:
  void add(int fd, uint32_t events = EPOLLIN) {
    epoll_event event{events, {.fd = fd}};
    check(::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  template <class Ready>
  void wait(int milliseconds, Ready ready) {
    std::array<epoll_event, 256> events;
    int count = ::epoll_wait(fd_, events.data(), events.size(), milliseconds);
    for (int i = 0; i < count; ++i) ready(events[static_cast<size_t>(i)].data.fd);
  }

 private:
  int fd_ = check(::epoll_create1(EPOLL_CLOEXEC), "epoll");
};

// ---- servers

void echoDatagrams(int fd) {
  sockaddr_in from{};
  for (;;) {
    socklen_t size = sizeof from;
    ssize_t got = ::recvfrom(fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) return;
    ::sendto(fd, buffer.data(), static_cast<size_t>(got), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

[[noreturn]] void serve(int echo_port, int sink_port) {
  Poll poll;
  int echo = listening(SOCK_STREAM, echo_port), sink = listening(SOCK_STREAM, sink_port);
  int datagrams = listening(SOCK_DGRAM, echo_port);
  std::vector<bool> echoes(1 << 16);
  for (int fd : {echo, sink, datagrams}) poll.add(fd);
  auto accept = [&](int from) {
    for (int fd; (fd = ::accept4(from, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0; poll.add(fd)) {
      int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      echoes[static_cast<size_t>(fd)] = from == echo;
    }
  };
  auto read = [&](int fd) {
    ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return void(::close(fd));
    if (got > 0 && echoes[static_cast<size_t>(fd)]) ::send(fd, buffer.data(), static_cast<size_t>(got), MSG_NOSIGNAL);
  };
  for (;;)
    poll.wait(-1, [&](int fd) {
      if (fd == datagrams) return echoDatagrams(fd);
      fd == echo || fd == sink ? accept(fd) : read(fd);
    });
}

// ---- clients

using Clock = std::chrono::steady_clock;

struct Task {
  int port;
  int connections;
  Clock::time_point end;
  bool going() const { return Clock::now() < end; }
};

double bulk(const Task& task) {
  Poll poll;
  for (int i = 0; i < task.connections; ++i) poll.add(connected(SOCK_STREAM, task.port), EPOLLOUT);
  double sent = 0;
  while (task.going())
    poll.wait(100, [&](int fd) {
      ssize_t went = ::send(fd, buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (went < 0 && errno != EAGAIN) fail("send");
      if (went > 0) sent += static_cast<double>(went);
    });
  return sent / 1e6;
}

// Each connection has one message under way.
double roundTrips(const Task& task, int type) {
  Poll poll;
  std::vector<int> fds;
  for (int i = 0; i < task.connections; ++i) poll.add(fds.emplace_back(connected(type, task.port)));
  for (int fd : fds) check(static_cast<int>(::send(fd, buffer.data(), kMessage, 0)), "send");
  double done = 0;
  while (task.going())
    poll.wait(100, [&](int fd) {
      if (::recv(fd, buffer.data(), kMessage, MSG_DONTWAIT | MSG_WAITALL) <= 0) return;
      ++done;
      ::send(fd, buffer.data(), kMessage, MSG_NOSIGNAL);
    });
  return done;
}

double connections(const Task& task) {
  double done = 0;
  while (task.going()) {
    std::vector<int> fds;
    for (int i = 0; i < task.connections; ++i) fds.push_back(connected(SOCK_STREAM, task.port));
    for (int fd : fds) check(static_cast<int>(::send(fd, buffer.data(), kMessage, 0)), "send");
    for (int fd : fds) {
      if (::recv(fd, buffer.data(), kMessage, MSG_WAITALL) == static_cast<ssize_t>(kMessage)) ++done;
      linger reset{1, 0};  // no port waits for its time
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      ::close(fd);
    }
  }
  return done;
}

}  // namespace

int main(int count, char** words) {
  std::string what = count > 1 ? words[1] : "";
  if (what == "serve" && count == 4) serve(std::atoi(words[2]), std::atoi(words[3]));
  if (count != 5) return std::fputs("see the head of stream_load.cc\n", stderr), 2;
  Task task{std::atoi(words[2]), std::atoi(words[3]), Clock::now() + std::chrono::seconds(std::atoi(words[4]))};
  double done = what == "bulk"       ? bulk(task)
                : what == "pingpong" ? roundTrips(task, SOCK_STREAM)
                : what == "connect"  ? connections(task)
                                     : roundTrips(task, SOCK_DGRAM);
  std::printf("%.3f\n", done);
  return 0;
}
