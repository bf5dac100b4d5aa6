// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"
#include "worker/net/log_writer.h"

namespace weir {
namespace {

class AccessLogTest : public CppUnit::TestFixture, LogDirectory {
  CPPUNIT_TEST_SUITE(AccessLogTest);
  CPPUNIT_TEST(aLineForEachExchange);
  CPPUNIT_TEST(refusedRequestsAreLogged_S56);
  CPPUNIT_TEST(abortedExchangesAreLogged_S56);
  CPPUNIT_TEST(bytesOfAPeerAreThoseOfTheWire);
  CPPUNIT_TEST(bytesSentToAPeerThatFails);
  CPPUNIT_TEST(onlyWhereTheConditionHolds);
  CPPUNIT_TEST(severalLogs);
  CPPUNIT_TEST_SUITE_END();

  std::optional<LogWriter> writer_;
  Fd memory_;
  std::optional<ServedSite> site_;

  LogFile* logFile(const AccessLogSetting& setting) override {
    if (LogFile* open = writer_->find(setting.path)) return open;
    return &writer_->open(setting.path, Fd(::dup(memory_.get())), {});
  }
  void serve(const std::string& lines,
             const std::string& format = "\"$request_method $uri $status $body_bytes_sent\"") {
    site_->serve("[location /]\n" + lines, "log_format = mine " + format + "\n", this);
  }
  // Ends the site and the writer; what was written.
  std::string logged() {
    site_.reset();
    writer_.reset();
    std::string text(65536, '\0');
    ssize_t size = ::pread(memory_.get(), text.data(), text.size(), 0);
    CPPUNIT_ASSERT(size >= 0);
    text.resize(static_cast<size_t>(size));
    return text;
  }
  static void same(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }

 public:
  void setUp() override {
    memory_ = Fd(::memfd_create("log", MFD_CLOEXEC));
    writer_.emplace(LogWriter::Counters{});
    site_.emplace();
  }
  void tearDown() override {
    site_.reset();
    writer_.reset();
    memory_.reset();
  }

  void aLineForEachExchange() {
    serve("access_log = a.log mine\nreturn = 200 hello\n");
    site_->get("/1");
    site_->get("/2");
    same("GET /1 200 5\nGET /2 200 5\n", logged());
  }

  void refusedRequestsAreLogged_S56() {
    site_->serve("[location /]\nreturn = 200 x\n",
                 "log_format = mine \"$status [$request_method]\"\naccess_log = a.log mine\n", this);
    site_->ask("GET / HTTP/1.1\r\nHost : h\r\n\r\n");
    same("400 [GET]\n", logged());
  }

  void abortedExchangesAreLogged_S56() {
    Backend app(site_->loop);
    serve("access_log = a.log mine\nproxy_pass = http://" + app.address() + "\n", "\"$uri $status\"");
    Talk client = site_->connect();
    client.say("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    Talk peer = app.accept();
    client.close();
    peer.hearAll();
    same("/x 499\n", logged());
  }

  void bytesOfAPeerAreThoseOfTheWire() {
    Backend app(site_->loop);
    serve("access_log = a.log mine\nproxy_pass = http://" + app.address() + "\n",
          "\"$upstream_bytes_sent $upstream_bytes_received\"");
    Talk client = site_->connect();
    client.say("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    Talk peer = app.accept();
    std::string request = peer.hear("\r\n\r\n");
    client.say("3\r\nabc\r\n");
    request += peer.hear("abc\r\n");
    client.say("0\r\n\r\n");
    request += peer.hear("0\r\n\r\n");
    std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
    size_t said = 0;
    for (const std::string& piece : {std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), chunk, chunk,
                                     chunk, std::string("0\r\n\r\n")}) {
      peer.say(piece);
      said += piece.size();
      client.hear(piece.substr(piece.size() - 4));
    }
    same(std::to_string(request.size()) + " " + std::to_string(said) + "\n", logged());
  }

  void bytesSentToAPeerThatFails() {
    Backend app(site_->loop);
    serve("access_log = a.log mine\nproxy_pass = http://" + app.address() + "\n",
          "\"$status $upstream_bytes_sent $upstream_bytes_received\"");
    Talk client = site_->connect();
    client.say("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    Talk peer = app.accept();
    std::string request = peer.hear("\r\n\r\n");
    peer.close();
    client.hear("</html>");
    same("502 " + std::to_string(request.size()) + " 0\n", logged());
  }

  void onlyWhereTheConditionHolds() {
    serve("access_log = a.log mine if=$arg_log\nreturn = 200 x\n", "\"$args\"");
    for (std::string args : {"", "log=0", "log=", "log=1", "log=00"}) site_->get("/?" + args);
    same("log=1\nlog=00\n", logged());
  }

  void severalLogs() {
    serve("access_log = a.log mine\naccess_log = b.log mine\nreturn = 200 x\n", "\"$uri\"");
    site_->get("/x");
    same("/x\n/x\n", logged());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessLogTest);

}  // namespace
}  // namespace weir
