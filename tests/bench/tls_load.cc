// SPDX-License-Identifier: Apache-2.0
// What TLS is measured with beside wrk; bench.py compiles it. Threads that block, one connection at a time each.
//   tls_load full|resumed PORT THREADS SECONDS   a handshake, a request for /none and its answer each; prints how many.
//                                                resumed: all but a thread's first go on with an earlier session
//   tls_load idle PORT CONNECTIONS               makes as many, says "ready", and keeps them until its input ends
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  ERR_print_errors_fp(stderr);
  std::exit(1);
}

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, Free>;
using Session = std::unique_ptr<SSL_SESSION, Free>;

int connected(int port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) fail("connect");
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

class Connection {
 public:
  Connection(SSL_CTX* context, int port, SSL_SESSION* session) : fd_(connected(port)), ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), fd_);
    SSL_set_app_data(ssl_.get(), &session_);
    if (session != nullptr) SSL_set_session(ssl_.get(), session);
    if (SSL_connect(ssl_.get()) != 1) fail("handshake");
    if (session != nullptr && SSL_session_reused(ssl_.get()) != 1) fail("the session was not taken");
  }
  ~Connection() {
    ssl_.reset();
    ::close(fd_);
  }
  Connection(const Connection&) = delete;

  void request() {
    constexpr std::string_view kRequest = "GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (SSL_write(ssl_.get(), kRequest.data(), static_cast<int>(kRequest.size())) <= 0) fail("write");
    char answer[4096];
    int got = SSL_read(ssl_.get(), answer, sizeof answer);
    if (got < 12 || std::memcmp(answer + 9, "204", 3) != 0) fail("answer");
    while (SSL_read(ssl_.get(), answer, sizeof answer) > 0) {
    }
    SSL_shutdown(ssl_.get());
  }

  // A later connection may begin with it.
  Session takeSession() { return std::move(session_); }
  static int keep(SSL* ssl, SSL_SESSION* session) {
    static_cast<Session*>(SSL_get_app_data(ssl))->reset(session);
    return 1;
  }

 private:
  int fd_;
  std::unique_ptr<SSL, Free> ssl_;
  Session session_;
};

Context makeContext() {
  Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), Connection::keep);
  SSL_CTX_set1_curves_list(context.get(), "X25519");
  return context;
}

void handshakes(bool resumed, int port, int threads, int seconds) {
  Context context = makeContext();
  std::atomic<long> count = 0;
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  auto work = [&] {
    Session session;
    while (std::chrono::steady_clock::now() < end) {
      Connection connection(context.get(), port, session.get());
      connection.request();
      if (resumed) session = connection.takeSession();
      if (resumed && session == nullptr) fail("no session was given");
      ++count;
    }
  };
  std::vector<std::thread> started;
  for (int i = 0; i < threads; ++i) started.emplace_back(work);
  for (std::thread& one : started) one.join();
  std::printf("%ld\n", count.load());
}

void keepIdle(int port, int connections) {
  Context context = makeContext();
  std::vector<std::unique_ptr<Connection>> kept;
  for (int i = 0; i < connections; ++i) kept.push_back(std::make_unique<Connection>(context.get(), port, nullptr));
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace

int main(int count, char** words) {
  std::string_view what = count > 1 ? words[1] : "";
  if (count == 4 && what == "idle") return keepIdle(std::atoi(words[2]), std::atoi(words[3])), 0;
  if (count != 5 || (what != "full" && what != "resumed"))
    return std::fputs("see the head of tls_load.cc\n", stderr), 2;
  handshakes(what == "resumed", std::atoi(words[2]), std::atoi(words[3]), std::atoi(words[4]));
}
