// SPDX-License-Identifier: Apache-2.0
#include "worker/http/http_listener.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"

namespace weir {

class HttpListenerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpListenerTest);
  CPPUNIT_TEST(countsWhatItAccepts);
  CPPUNIT_TEST(countsTheBytesOfBodies);
  CPPUNIT_TEST(countsTheBytesOfWhoLeaves);
  CPPUNIT_TEST(atTheLimitAnIdleConnectionMakesRoom);
  CPPUNIT_TEST(atTheLimitBusyOnesStay);
  CPPUNIT_TEST(aRetiredOneServesWhatItHas);
  CPPUNIT_TEST(aRetiredOneTakesWhatIsQueued_S2);
  CPPUNIT_TEST(otherRoutesHoldForTheNextRequest);
  CPPUNIT_TEST(closingEndsEveryConnection);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;

  static constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  int64_t sum(Metric metric, LabelValues more = {}) {
    LabelValues labels{"127.0.0.1:8080"};
    for (auto& label : more) labels.push_back(label);
    return site_->sum(metric, labels);
  }
  void serve(const std::string& text) { site_->serve("[location /]\nreturn = 200 " + text + "\n"); }
  Talk served() {
    Talk client = site_->connect();
    client.say(kGet);
    client.hear("\r\n\r\nok");
    return client;
  }

 public:
  void setUp() override {
    site_.emplace();
    serve("ok");
  }
  void tearDown() override { site_.reset(); }

  void countsWhatItAccepts() {
    Talk first = served();
    Talk second = served();
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, sum(Metric::ListenerConnectionsAcceptedTotal, {"tcp"}));
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, sum(Metric::ListenerConnectionsActive));
    CPPUNIT_ASSERT_EQUAL(int64_t{2} * 27, sum(Metric::ListenerBytesTotal, {"in"}));
    CPPUNIT_ASSERT(sum(Metric::ListenerBytesTotal, {"out"}) > 2 * 40);
    first.close();
    second.close();
    site_->until([&] { return site_->listener().empty(); });
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, sum(Metric::ListenerConnectionsActive));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, site_->services.connections.open());
  }

  void countsTheBytesOfBodies() {
    std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
    std::string request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    Talk client = site_->connect();
    client.say(request);
    for (int i = 0; i < 3; ++i) client.say(chunk);
    client.say("0\r\n\r\n");
    client.hear("\r\n\r\nok");
    CPPUNIT_ASSERT_EQUAL(static_cast<int64_t>(request.size() + 3 * chunk.size() + 5),
                         sum(Metric::ListenerBytesTotal, {"in"}));
  }

  void countsTheBytesOfWhoLeaves() {
    Backend app(site_->loop);
    site_->serve("[location /]\nproxy_pass = http://" + app.address() + "\n");
    std::string half = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
    Talk client = site_->connect();
    client.say(half);
    Talk peer = app.accept();
    client.say("12345");
    peer.hear("12345");
    client.close();
    peer.hearAll();
    CPPUNIT_ASSERT_EQUAL(static_cast<int64_t>(half.size() + 5), sum(Metric::ListenerBytesTotal, {"in"}));
  }

  void atTheLimitAnIdleConnectionMakesRoom() {
    site_->services.connections.setLimit(2);
    Talk oldest = served();
    Talk newer = served();
    Talk newest = served();
    CPPUNIT_ASSERT_EQUAL(std::string(), oldest.hearAll());
    CPPUNIT_ASSERT(newer.isSilent());
    CPPUNIT_ASSERT_EQUAL(size_t{2}, site_->services.connections.open());
  }

  void atTheLimitBusyOnesStay() {
    site_->services.connections.setLimit(1);
    Talk busy = site_->connect();
    busy.say("GET / HT");
    CPPUNIT_ASSERT(busy.isSilent());
    Talk late = site_->connect();
    CPPUNIT_ASSERT_EQUAL(std::string(), late.hearAll());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, sum(Metric::ListenerConnectionsRejectedTotal, {"limit"}));
    busy.say("TP/1.1\r\nHost: h\r\n\r\n");
    busy.hear("\r\n\r\nok");
  }

  void aRetiredOneServesWhatItHas() {
    Talk client = served();
    site_->listener().retire();
    CPPUNIT_ASSERT(site_->listener().retired());
    client.say(kGet);
    CPPUNIT_ASSERT(has(client.hearAll(), "\r\nConnection: close\r\n"));
    CPPUNIT_ASSERT(site_->listener().empty());
    Talk late = site_->connect();
    site_->loop.turn(Milliseconds(0));
    CPPUNIT_ASSERT_EQUAL(ECONNREFUSED, receiveError(late.fd()));
  }

  // Their handshake was complete: closing the socket would reset them.
  void aRetiredOneTakesWhatIsQueued_S2() {
    Talk first = site_->connect();
    Talk second = site_->connect();
    first.say(kGet);
    site_->listener().retire();
    CPPUNIT_ASSERT(has(first.hearAll(), "\r\n\r\nok"));
    second.say(kGet);
    CPPUNIT_ASSERT(has(second.hearAll(), "\r\n\r\nok"));
  }

  void otherRoutesHoldForTheNextRequest() {
    Talk client = served();
    serve("new");
    client.say(kGet);
    client.hear("\r\n\r\nnew");
  }

  void closingEndsEveryConnection() {
    Talk idle = served();
    Talk busy = site_->connect();
    busy.say("GET / HT");
    CPPUNIT_ASSERT(busy.isSilent());
    site_->listener().closeConnections();
    CPPUNIT_ASSERT(site_->listener().empty());
    idle.hearAll();
    busy.hearAll();
    CPPUNIT_ASSERT_EQUAL(size_t{0}, site_->buffers.outstanding());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpListenerTest);

}  // namespace weir
