// SPDX-License-Identifier: Apache-2.0
#pragma once
// ServedSite: a worker in small: its services, a Runtime compiled from a configuration's text, and one listener on
// loopback, which the text calls 127.0.0.1:8080. Everything runs in the test's thread: whoever listens to a Talk turns
// the loop. To be made in a test or in setUp().

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "shared/config/bundle.h"
#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"
#include "tests/unit/worker/upstream/fixture.h"
#include "worker/http/http_environment.h"
#include "worker/http/http_listener.h"
#include "worker/net/buffer.h"
#include "worker/process/runtime.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

// One end of a connection, as the test speaks by it.
class Talk {
 public:
  Talk(EventLoop& loop, Fd fd) : loop_(&loop), fd_(std::move(fd)) {}

  void say(std::string_view text) {
    size_t sent = 0;
    CPPUNIT_ASSERT(turnUntil(*loop_, [&] { return (sent += sendNow(fd_.get(), text.substr(sent))) == text.size(); }));
  }
  // What came up to and including that text; the rest waits for the next call.
  std::string hear(std::string_view last) {
    size_t found = std::string::npos;
    turnUntil(*loop_, [&] { return (found = (heard_ += receiveNow(fd_.get())).find(last)) != std::string::npos; });
    CPPUNIT_ASSERT_MESSAGE("heard only: " + heard_, found != std::string::npos);
    std::string text = heard_.substr(0, found + last.size());
    heard_.erase(0, text.size());
    return text;
  }
  // Everything until the other side ends in order.
  std::string hearAll() {
    bool ended = turnUntil(*loop_, [&] { return heard_ += receiveNow(fd_.get()), atEnd(fd_.get()); });
    CPPUNIT_ASSERT_MESSAGE("no end after: " + heard_, ended);
    return std::exchange(heard_, {});
  }
  // Nothing came and nothing ended, after every event that there is was handled.
  bool isSilent() {
    for (int i = 0; i < 5; ++i) loop_->turn(Milliseconds(0));
    heard_ += receiveNow(fd_.get());
    return heard_.empty() && !atEnd(fd_.get());
  }
  void endSending() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }
  void reset() { closeWithReset(std::move(fd_)); }
  int fd() const { return fd_.get(); }

 private:
  EventLoop* loop_;
  Fd fd_;
  std::string heard_;
};

// A server for the site to proxy to.
class Backend {
 public:
  explicit Backend(EventLoop& loop) : loop_(loop), listening_(listenOnLoopback()) {}

  std::string address() const { return Address::local(listening_.get()).toString(); }
  Talk accept() {
    Fd fd;
    turnUntil(loop_, [&] { return fd || (fd = tryAccept()); });
    CPPUNIT_ASSERT_MESSAGE("nobody connected", static_cast<bool>(fd));
    return {loop_, std::move(fd)};
  }
  bool isAlone() {
    for (int i = 0; i < 5; ++i) loop_.turn(Milliseconds(0));
    return !tryAccept();
  }
  // From now on connections are refused.
  void close() { listening_.reset(); }

 private:
  Fd tryAccept() { return Fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)); }

  EventLoop& loop_;
  Fd listening_;
};

class ServedSite {
 public:
  static constexpr const char* kListen = "listen = 127.0.0.1:8080\n";

  ServedSite() { services.connections.setLimit(100); }
  ~ServedSite() {
    listener_.reset();
    loop.destroyRetired();  // answers hold on to the services
  }

  // [http] and locations of one server, by the lines of their sections.
  void serve(const std::string& locations, const std::string& http_lines = "", LogDirectory* logs = nullptr) {
    load("[http]\n" + http_lines + "\n[server main]\n" + kListen + locations, logs);
  }
  // A whole configuration; the second time a reload.
  void load(std::string text, LogDirectory* logs = nullptr) {
    Diagnostics diagnostics;
    Bundle bundle;
    bundle.prefix = "/weir/";
    bundle.main_path = "/weir/conf/weir.ini";
    bundle.files.push_back({bundle.main_path, std::move(text), ""});
    auto settings = parseBundle(bundle, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    run(std::move(settings), logs);
  }
  void run(std::unique_ptr<Settings> settings, LogDirectory* logs = nullptr) {
    Diagnostics diagnostics;
    auto runtime = makeRef<Runtime>(std::move(settings), diagnostics, &services, logs);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    upstreams.commit(upstreams.prepare(runtime->allUpstreams()));
    if (!listener_) listen();
    listener_->setRoutes(runtime, runtime->listeners().at("127.0.0.1:8080"));
  }

  HttpListener& listener() { return *listener_; }
  Address address() const { return address_; }
  Talk connect() { return {loop, connectTo(address_)}; }
  // The answer to one request on a connection of its own.
  std::string ask(std::string request) {
    Talk client = connect();
    client.say(request);
    client.endSending();
    return client.hearAll();
  }
  std::string get(const std::string& target, const std::string& fields = "") {
    return ask("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields + "\r\n");
  }
  int64_t sum(Metric metric, const LabelValues& labels) { return stats.sum(metric, labels); }
  template <class Condition>
  void until(Condition condition) {
    CPPUNIT_ASSERT(turnUntil(loop, condition));
  }

  SharedStats stats;
  EventLoop loop;
  BufferPool buffers;
  UpstreamDirectory upstreams{loop, stats.segment()};
  WorkerServices services{loop, buffers, stats.segment(), upstreams, nullptr};
  HttpEnvironment http{services};

 private:
  void listen() {
    Fd fd = listenOnLoopback();
    address_ = Address::local(fd.get());
    listener_ = std::make_unique<HttpListener>(http, *Address::parse("127.0.0.1:8080"), std::move(fd));
  }

  Address address_;
  std::unique_ptr<HttpListener> listener_;
};

inline std::string statusOf(const std::string& answer) { return answer.substr(9, 3); }
inline std::string bodyOf(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
inline size_t countOf(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace weir
