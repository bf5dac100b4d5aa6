// SPDX-License-Identifier: Apache-2.0
// What of a peer's response head a client sees; how exchanges are passed on is ProxyAnswer's.
#include "worker/http/handlers/reverse_proxy.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"

namespace weir {
namespace {

class ReverseProxyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReverseProxyTest);
  CPPUNIT_TEST(hidesItsOwnList_S27);
  CPPUNIT_TEST(hidesWhatIsNamed_S27);
  CPPUNIT_TEST(passesWhatIsNamed_S27);
  CPPUNIT_TEST(redirectsAreRewritten);
  CPPUNIT_TEST(addedHeadersJoinThePeers);
  CPPUNIT_TEST(variablesChooseTheUpstream);
  CPPUNIT_TEST(anUnknownUpstreamIs502);
  CPPUNIT_TEST(bindChoosesTheSourceAddress);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;
  std::optional<Backend> app_;

  // What the client gets of that head.
  std::string passed(const std::string& lines, const std::string& fields) {
    site_->serve("[location /a/]\nproxy_pass = http://" + app_->address() + "/b/\n" + lines);
    Talk client = site_->connect();
    client.say("GET /a/ HTTP/1.1\r\nHost: h\r\n\r\n");
    Talk peer = app_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n" + fields + "\r\n");
    return client.hear("\r\n\r\n");
  }

 public:
  void setUp() override {
    site_.emplace();
    app_.emplace(site_->loop);
  }
  void tearDown() override {
    app_.reset();
    site_.reset();
  }

  void hidesItsOwnList_S27() {
    std::string head = passed("", "Server: theirs\r\nX-Pad: 1\r\nX-Accel-Redirect: /x\r\nX-Keep: 1\r\n");
    CPPUNIT_ASSERT(!has(head, "theirs"));
    CPPUNIT_ASSERT(!has(head, "X-Pad"));
    CPPUNIT_ASSERT(!has(head, "X-Accel"));
    CPPUNIT_ASSERT(has(head, "\r\nX-Keep: 1\r\n"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, countOf(head, "\r\nServer: "));
  }

  void hidesWhatIsNamed_S27() {
    std::string head = passed("proxy_hide_header = X-Secret\nproxy_hide_header = ETag\n",
                              "x-SECRET: 1\r\nETag: \"x\"\r\nX-Secrets: 2\r\n");
    CPPUNIT_ASSERT(!has(head, "x-SECRET"));
    CPPUNIT_ASSERT(!has(head, "ETag"));
    CPPUNIT_ASSERT(has(head, "\r\nX-Secrets: 2\r\n"));
  }

  void passesWhatIsNamed_S27() {
    std::string head =
        passed("proxy_pass_header = Server\nproxy_pass_header = X-Pad\n", "Server: theirs\r\nX-Pad: 1\r\n");
    CPPUNIT_ASSERT(has(head, "\r\nServer: theirs\r\n"));
    CPPUNIT_ASSERT(has(head, "\r\nX-Pad: 1\r\n"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, countOf(head, "\r\nServer: "));
  }

  void redirectsAreRewritten() {
    std::string head = passed("", "Location: http://" + app_->address() + "/b/c\r\n");
    CPPUNIT_ASSERT(has(head, "\r\nLocation: /a/c\r\n"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, countOf(head, "Location"));
    CPPUNIT_ASSERT(has(passed("", "Location: http://other/b/c\r\n"), "\r\nLocation: http://other/b/c\r\n"));
  }

  void addedHeadersJoinThePeers() {
    std::string head = passed("add_header = X-Status $upstream_status\n", "X-Theirs: 1\r\n");
    CPPUNIT_ASSERT(has(head, "\r\nX-Theirs: 1\r\n"));
    CPPUNIT_ASSERT(has(head, "\r\nX-Status: 200\r\n"));
  }

  void variablesChooseTheUpstream() {
    site_->load("[upstream app]\nserver = " + app_->address() + "\n[server main]\n" + ServedSite::kListen +
                "[location /]\nproxy_pass = http://$arg_to\n");
    Talk client = site_->connect();
    client.say("GET /?to=app HTTP/1.1\r\nHost: h\r\n\r\n");
    CPPUNIT_ASSERT(app_->accept().hear("\r\n\r\n").starts_with("GET /?to=app HTTP/1.1\r\n"));
  }

  void anUnknownUpstreamIs502() {
    site_->serve("[location /]\nproxy_pass = http://$arg_to\n");
    CPPUNIT_ASSERT_EQUAL(std::string("502"), statusOf(site_->get("/?to=nobody")));
    CPPUNIT_ASSERT_EQUAL(std::string("502"), statusOf(site_->get("/")));
  }

  void bindChoosesTheSourceAddress() {
    site_->serve("[location /]\nproxy_bind = 127.0.0.9\nproxy_pass = http://" + app_->address() + "\n");
    Talk client = site_->connect();
    client.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    Talk peer = app_->accept();
    sockaddr_storage storage;
    socklen_t size = sizeof storage;
    CPPUNIT_ASSERT_EQUAL(0, ::getpeername(peer.fd(), reinterpret_cast<sockaddr*>(&storage), &size));
    auto from = Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage), size);
    CPPUNIT_ASSERT(from.toString().starts_with("127.0.0.9:"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReverseProxyTest);

}  // namespace
}  // namespace weir
