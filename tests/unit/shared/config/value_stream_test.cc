// SPDX-License-Identifier: Apache-2.0
// [stream]: what its values are, and what is said of wrong ones.
#include <array>

#include "tests/unit/shared/config/configured.h"

namespace weir::config {
namespace {

struct Wrong {
  std::string_view line;
  std::string_view message;
};

constexpr std::array kWrong{
    Wrong{"listen = 53 upd", "\"listen\": unknown parameter \"upd\"; did you mean \"udp\"?"},
    Wrong{"listen = 53 default_server", "\"listen\": unknown parameter \"default_server\""},
    Wrong{"listen = 127.0.0.1",
          "\"listen\": \"127.0.0.1\" is not an address to listen on (such as 8080, 127.0.0.1:8080, [::1]:80, "
          "unix:/path)"},
    Wrong{"listen = 10-9", "\"listen\": \"10-9\" is not a range of at most 4096 ports, the lower one first"},
    Wrong{"listen = 1-5000", "\"listen\": \"1-5000\" is not a range of at most 4096 ports, the lower one first"},
    Wrong{"listen = 65530-65536",
          "\"listen\": \"65530-65536\" is not a range of at most 4096 ports, the lower one first"},
    Wrong{"listen = unix:/s udp", "\"listen\": \"udp\" needs a port"},
    Wrong{"listen = 53 udp proxy_protocol", "\"listen\": \"proxy_protocol\" is for connections, not for udp"},
    Wrong{"proxy_protocol = v3", "\"proxy_protocol\": \"v3\" is not \"off\", \"on\", \"v1\" or \"v2\""},
    Wrong{"proxy_responses = -1", "\"proxy_responses\": \"-1\" is not a number"},
    Wrong{"preread_buffer_size = 1m", "\"preread_buffer_size\": 1m is out of range: it must be at most 64k"},
    Wrong{"proxy_set_header = A b",
          "\"proxy_set_header\" is not allowed in [stream]; it belongs in [http], [server], [location]"},
};

}  // namespace

class ValueStreamTest : public Configured {
  CPPUNIT_TEST_SUITE(ValueStreamTest);
  CPPUNIT_TEST(wrongLines);
  CPPUNIT_TEST(defaults);
  CPPUNIT_TEST(listenTakesRangesOfPorts);
  CPPUNIT_TEST(tcpAndUdpOfOnePortAreTwoListeners);
  CPPUNIT_TEST(whatCannotServeIsAnError);
  CPPUNIT_TEST(addressesBelongToOneOnly);
  CPPUNIT_TEST(aLogHasTheStreamsFormat);
  CPPUNIT_TEST(policiesOfUpstreams);
  CPPUNIT_TEST_SUITE_END();

  const StreamSettings& stream(const std::string& lines) {
    reset();
    return good("[stream s]\n" + lines).streams.at(0);
  }
  static void expect(std::string wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void wrongLines() {
    for (const auto& wrong : kWrong) {
      std::string line(wrong.line);
      std::string text = "[stream s]\n" + line + "\nproxy_pass = a:1\n";
      if (!line.starts_with("listen")) text += "listen = 1\n";
      expect("conf/weir.ini:2: " + std::string(wrong.message), complaint(text));
    }
  }

  void defaults() {
    const auto& all = stream("listen = 5432\nproxy_pass = 127.0.0.1:15432\n");
    CPPUNIT_ASSERT(!all.isUdp() && all.proxy_half_close && all.proxy_next_upstream && all.tcp_nodelay);
    CPPUNIT_ASSERT(Milliseconds(600'000) == all.proxy_timeout && Milliseconds(5'000) == all.proxy_connect_timeout);
    CPPUNIT_ASSERT(ProxyProtocol::Off == all.proxy_protocol && !all.proxy_responses.value);
    CPPUNIT_ASSERT(all.access_log.empty() && all.access.empty());
    CPPUNIT_ASSERT_EQUAL(3u, all.proxy_next_upstream_tries);
  }

  void listenTakesRangesOfPorts() {
    const auto& listen =
        stream("listen = 127.0.0.1:20000-20099 backlog=7\nlisten = [::1]:7-8\nproxy_pass = a:1\n").listen;
    CPPUNIT_ASSERT_EQUAL(size_t{102}, listen.size());
    expect("127.0.0.1:20000", listen.front().key());
    expect("127.0.0.1:20099", listen.at(99).key());
    CPPUNIT_ASSERT_EQUAL(7u, listen.at(99).backlog);
    expect("[::1]:8", listen.back().key());
  }

  void tcpAndUdpOfOnePortAreTwoListeners() {
    reset();
    const auto& streams = good(
                              "[stream t]\nlisten = 53\nproxy_pass = a:1\n"
                              "[stream u]\nlisten = 53 udp\nproxy_pass = a:1\n")
                              .streams;
    expect("0.0.0.0:53", streams.at(0).listen.at(0).key());
    expect("udp:0.0.0.0:53", streams.at(1).listen.at(0).key());
    CPPUNIT_ASSERT(streams[1].isUdp());
  }

  void whatCannotServeIsAnError() {
    expect("conf/weir.ini:1: [stream s] has no \"listen\"", complaint("[stream s]\nproxy_pass = a:1\n"));
    expect("conf/weir.ini:1: [stream s] has no \"proxy_pass\"", complaint("[stream s]\nlisten = 1\n"));
    expect("conf/weir.ini:3: [stream s] listens with and without \"udp\"",
           complaint("[stream s]\nlisten = 1\nlisten = 2 udp\nproxy_pass = a:1\n"));
    expect("conf/weir.ini:1: [stream s] is UDP, which \"ssl_preread\" cannot read",
           complaint("[stream s]\nlisten = 2 udp\nproxy_pass = a:1\nssl_preread = on\n"));
    expect("conf/weir.ini:4: [stream s] is already there, at conf/weir.ini:1",
           complaint("[stream s]\nlisten = 1\nproxy_pass = a:1\n[stream s]\nlisten = 2\nproxy_pass = a:1\n"));
  }

  void addressesBelongToOneOnly() {
    const std::string first = "[stream s]\nlisten = 127.0.0.1:81\nproxy_pass = a:1\n";
    expect("conf/weir.ini:5: a duplicate \"listen\" on 127.0.0.1:81, as at conf/weir.ini:2",
           complaint(first + "[stream t]\nlisten = 127.0.0.1:81\nproxy_pass = a:1\n"));
    expect("conf/weir.ini:2: a duplicate \"listen\" on 127.0.0.1:81, as at conf/weir.ini:5",
           complaint(first + "[server a]\nlisten = 127.0.0.1:81\n"));
    expect("conf/weir.ini:2: [metrics] listens on 127.0.0.1:81 too",
           complaint(first + "[metrics]\nlisten = 127.0.0.1:81\n"));
  }

  void aLogHasTheStreamsFormat() {
    const auto& logs = stream("listen = 1\nproxy_pass = a:1\naccess_log = /l\naccess_log = /m combined\n").access_log;
    expect("stream", logs.at(0).format);
    expect("combined", logs.at(1).format);
    expect("conf/weir.ini:4: \"access_log\": unknown log_format \"strem\"; did you mean \"stream\"?",
           complaint("[stream s]\nlisten = 1\nproxy_pass = a:1\naccess_log = /l strem\n"));
  }

  void policiesOfUpstreams() {
    reset();
    const auto& upstreams = good(
                                "[upstream a]\nserver = a\nhash = $remote_addr:$server_port consistent\n"
                                "[upstream b]\nserver = a\nrandom = two least_conn\nip_hash = on\n")
                                .upstreams;
    expect("$remote_addr:$server_port", upstreams.at(0).hash.key.text);
    CPPUNIT_ASSERT(upstreams[0].hash.consistent && upstreams[0].random == RandomBalance::Off);
    CPPUNIT_ASSERT(upstreams.at(1).ip_hash && upstreams[1].random == RandomBalance::Two);
    expect("conf/weir.ini:3: \"hash\": \"ketama\" is not \"consistent\"",
           complaint("[upstream a]\nserver = a\nhash = k ketama\n"));
    expect("conf/weir.ini:3: \"random\": \"three\" is not \"off\", \"on\" or \"two\"",
           complaint("[upstream a]\nserver = a\nrandom = three\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ValueStreamTest);

}  // namespace weir::config
