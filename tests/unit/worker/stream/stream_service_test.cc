// SPDX-License-Identifier: Apache-2.0
// A [stream] as compiled: its rules, its keys, and what cannot stand together.
#include "worker/stream/stream_service.h"

#include <optional>
#include <string>

#include "tests/unit/shared/config/configured.h"

namespace weir {

class StreamServiceTest : public config::Configured {
  CPPUNIT_TEST_SUITE(StreamServiceTest);
  CPPUNIT_TEST(rulesAreTriedInTheirOrder);
  CPPUNIT_TEST(aProxyIsTrustedIfItIsListedOrNobodyIs_S52);
  CPPUNIT_TEST(theKeyIsThatOfTheUpstreamItGoesTo);
  CPPUNIT_TEST(returnAnswersWithVariables);
  CPPUNIT_TEST(theLocalAddressIsAskedForOnlyWhereItIsUsed);
  CPPUNIT_TEST(triesAreLimited_S15);
  CPPUNIT_TEST(whatCannotStandTogether);
  CPPUNIT_TEST(anAddressHasAPort);
  CPPUNIT_TEST_SUITE_END();

  std::optional<EventLoop> loop_;
  std::optional<SessionScope> scope_;
  std::optional<UpstreamReferences> upstreams_;
  std::optional<StreamService> service_;
  std::string said_;

  // The last stream of the text, compiled as in a check.
  const StreamService& compiled(const std::string& text) {
    service_.reset();
    reset();
    good(text);
    Diagnostics diagnostics;
    scope_.emplace(*settings_, diagnostics);
    upstreams_.emplace(*settings_, nullptr);
    StreamContext context{*settings_, diagnostics, *upstreams_, *scope_, nullptr, nullptr};
    service_.emplace(settings_->streams.back(), context);
    said_ = diagnostics.formatAll();
    return *service_;
  }
  const StreamService& stream(const std::string& lines) {
    return compiled("[stream s]\nlisten = 1\n" + lines +
                    (lines.find("proxy_pass") == std::string::npos && lines.find("return") == std::string::npos
                         ? "proxy_pass = 127.0.0.1:9\n"
                         : ""));
  }
  static Address address(const std::string& text) { return *Address::parse(text); }
  SessionRecord& record() { return record_.emplace(*loop_); }
  std::optional<SessionRecord> record_;

 public:
  void setUp() override {
    Configured::setUp();
    loop_.emplace();
  }
  void tearDown() override {
    record_.reset();
    service_.reset();
    loop_.reset();
  }

  void rulesAreTriedInTheirOrder() {
    const auto& service = stream("allow = 10.0.0.1\ndeny = 10.0.0.0/8\n");
    CPPUNIT_ASSERT(service.admits(address("10.0.0.1:5")));
    CPPUNIT_ASSERT(!service.admits(address("10.0.0.2:5")));
    CPPUNIT_ASSERT(service.admits(address("192.0.2.1:5")));
  }

  void anAddressHasAPort() {
    auto says = [&](const std::string& pass) {
      compiled("[upstream app]\nserver = 127.0.0.1:9\n[stream s]\nlisten = 1\nproxy_pass = " + pass + "\n");
      return said_;
    };
    for (const char* good : {"app", "127.0.0.1:9", "[::1]:9", "localhost:9", "unix:/s", "$server_addr"})
      CPPUNIT_ASSERT_EQUAL(std::string(), says(good));
    for (const char* wrong : {"127.0.0.1", "[::1]", "localhost", "ap"})
      CPPUNIT_ASSERT(says(wrong).find("\"proxy_pass\": no port in \"" + std::string(wrong) + '"') != std::string::npos);
  }

  void aProxyIsTrustedIfItIsListedOrNobodyIs_S52() {
    CPPUNIT_ASSERT(stream("").trusts(address("192.0.2.1:5")));
    const auto& service = stream("set_real_ip_from = 10.0.0.0/8\n");
    CPPUNIT_ASSERT(service.trusts(address("10.1.2.3:5")));
    CPPUNIT_ASSERT(!service.trusts(address("192.0.2.1:5")));
  }

  void theKeyIsThatOfTheUpstreamItGoesTo() {
    const auto& service = compiled(
        "[upstream a]\nhash = $remote_addr-$protocol\nserver = 127.0.0.1:9\n[upstream b]\nip_hash = on\n"
        "server = 127.0.0.1:9\n[upstream c]\nserver = 127.0.0.1:9\n"
        "[stream s]\nlisten = 1\nproxy_pass = $server_port\n");
    SessionRecord& session = record();
    session.client = address("192.0.2.7:5");
    auto key = [&](const char* upstream) {
      session.upstream = upstream;
      std::string scratch;
      return std::string(service.hashKey(session, scratch));
    };
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7-TCP"), key("a"));
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), key("b"));
    CPPUNIT_ASSERT_EQUAL(std::string(), key("c"));
  }

  void returnAnswersWithVariables() {
    CPPUNIT_ASSERT(!stream("").answers());
    const auto& service = stream("return = 'you are $remote_addr'\n");
    CPPUNIT_ASSERT(service.answers());
    SessionRecord& session = record();
    session.client = address("192.0.2.7:5");
    std::string text;
    service.appendAnswer(session, text);
    CPPUNIT_ASSERT_EQUAL(std::string("you are 192.0.2.7"), text);
  }

  void theLocalAddressIsAskedForOnlyWhereItIsUsed() {
    CPPUNIT_ASSERT(!stream("").needsLocalAddress());
    CPPUNIT_ASSERT(stream("proxy_protocol = v2\n").needsLocalAddress());
    CPPUNIT_ASSERT(stream("access_log = stdout\n").needsLocalAddress());
    CPPUNIT_ASSERT(stream("proxy_pass = $server_addr\n").needsLocalAddress());
  }

  void triesAreLimited_S15() {
    TryLimits limits = stream("proxy_next_upstream_tries = 2\nproxy_next_upstream_timeout = 5s\n").tryLimits();
    CPPUNIT_ASSERT(!limits.deny(1, Milliseconds(0)));
    CPPUNIT_ASSERT(limits.deny(2, Milliseconds(0)) && limits.deny(1, Milliseconds(5000)));
  }

  void whatCannotStandTogether() {
    auto says = [&](const std::string& lines, const std::string& part) {
      compiled("[stream s]\nproxy_pass = 127.0.0.1:9\n" + lines);
      CPPUNIT_ASSERT_MESSAGE(said_, said_.find(part) != std::string::npos);
    };
    says("listen = 1 ssl\nlisten = 2\n", "for all \"listen\" of a stream, or for none");
    says("listen = 1 ssl\nssl_preread = on\n", "it has nothing to look at");
    says("listen = 1 udp\nproxy_ssl = on\n", "\"proxy_ssl\" cannot stand with \"udp\"");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StreamServiceTest);

}  // namespace weir
