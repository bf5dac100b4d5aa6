// SPDX-License-Identifier: Apache-2.0
#include "worker/http/variables.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <set>

#include "tests/unit/worker/http/served_exchange.h"
#include "worker/http/template.h"

namespace weir {
namespace {

class VariablesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(VariablesTest);
  CPPUNIT_TEST(theConnection);
  CPPUNIT_TEST(theRequestLine);
  CPPUNIT_TEST(theHost);
  CPPUNIT_TEST(absoluteTargets);
  CPPUNIT_TEST(arguments);
  CPPUNIT_TEST(cookies);
  CPPUNIT_TEST(requestFields);
  CPPUNIT_TEST(forwardedFor);
  CPPUNIT_TEST(theResponse);
  CPPUNIT_TEST(theClock);
  CPPUNIT_TEST(theProcess);
  CPPUNIT_TEST(upstreamTries);
  CPPUNIT_TEST(nothingWasProxied);
  CPPUNIT_TEST(theProxiedHost);
  CPPUNIT_TEST(aRefusedRequestHarmsNone);
  CPPUNIT_TEST(tablesNameEachVariableOnce);
  CPPUNIT_TEST_SUITE_END();

  void is(std::string_view expected, std::string text) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(expected), expand(text));
  }
  std::string expand(const std::string& text) {
    Diagnostics diagnostics;
    Template compiled = Template::compile({text, {}}, variables_, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    std::string result;
    compiled.append(served_.exchange, result);
    return result;
  }
  void get(std::string target, std::string fields = "") {
    served_.serve("GET " + target + " HTTP/1.1\r\nHost: WWW.Example.com:8080\r\n" + fields + "\r\n");
  }
  UpstreamAttempt attempt(std::string_view upstream, uint16_t status) {
    UpstreamAttempt made;
    made.upstream = upstream;
    made.status = status;
    made.started = Instant(Milliseconds(1000));
    return made;
  }

  VariableScope variables_;
  ServedExchange served_;

 public:
  void theConnection() {
    served_.downstream.is_pipelined = true;
    served_.server.http.set_real_ip_from.push_back(*Network::parse("192.0.2.0/24"));
    served_.server.http.real_ip_header = "X-Forwarded-For";
    get("/", "X-Forwarded-For: 203.0.113.9\r\n");
    is("203.0.113.9", "$remote_addr");
    is("192.0.2.7 5000", "$realip_remote_addr $realip_remote_port");
    is("127.0.0.1 8080", "$server_addr $server_port");
    is("http 42 3 p", "$scheme $connection $connection_requests $pipe");
  }

  void theRequestLine() {
    get("/a%20b/../c?x=1&y");
    is("GET /a%20b/../c?x=1&y HTTP/1.1", "$request");
    is("GET HTTP/1.1", "$request_method $server_protocol");
    is("/a%20b/../c?x=1&y", "$request_uri");
    is("/c /c", "$uri $document_uri");
    is("?x=1&y x=1&y", "$is_args$args $query_string");
    CPPUNIT_ASSERT_EQUAL(size_t{32}, expand("$request_id").size());
    is(expand("$request_id"), "$request_id");
  }

  void theHost() {
    get("/");
    is("www.example.com WWW.Example.com:8080 www.example.com", "$host $http_host $server_name");
    ServedExchange without_host;
    without_host.serve("GET / HTTP/1.0\r\n\r\n");
    std::string text;
    Diagnostics diagnostics;
    Template::compile({"$host", {}}, variables_, diagnostics).append(without_host.exchange, text);
    CPPUNIT_ASSERT_EQUAL(std::string("www.example.com"), text);
  }

  void absoluteTargets() {
    get("http://other.example:81/x?y");
    is("/x?y other.example", "$request_uri $host");
    is("GET http://other.example:81/x?y HTTP/1.1", "$request");
  }

  void arguments() {
    get("/?a=1&B=two&empty=&a=3&novalue&pct=%20");
    is("1 two [] [] %20 []", "$arg_a $arg_b [$arg_empty] [$arg_novalue] $arg_pct [$arg_missing]");
  }

  void cookies() {
    get("/", "Cookie: a=1; session=x=y;b=2\r\nCookie: late=3\r\n");
    is("1 x=y 2 3 []", "$cookie_a $cookie_session $cookie_b $cookie_late [$cookie_none]");
    is("a=1; session=x=y;b=2; late=3", "$http_cookie");
  }

  void requestFields() {
    get("/", "User-Agent: test\r\nX-Thing: 1\r\nx-thing: 2\r\nContent-Type: a/b\r\n");
    is("test", "$http_user_agent");
    is("1, 2", "$http_x_thing");
    is("a/b []", "$content_type [$http_absent]");
  }

  void forwardedFor() {
    get("/", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n");
    is("1.1.1.1, 2.2.2.2, 192.0.2.7", "$proxy_add_x_forwarded_for");
    ServedExchange direct;
    direct.serve("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    std::string text;
    Diagnostics diagnostics;
    Template::compile({"$proxy_add_x_forwarded_for", {}}, variables_, diagnostics).append(direct.exchange, text);
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), text);
  }

  void theResponse() {
    get("/");
    is("404 512", "$status $bytes_sent");
    is("", "$sent_http_x_absent");
    CPPUNIT_ASSERT(expand("$request_time").starts_with("0.0"));
    CPPUNIT_ASSERT_EQUAL(size_t{5}, expand("$request_time").size());
  }

  void theClock() {
    get("/");
    std::string local = expand("$time_local"), iso = expand("$time_iso8601"), msec = expand("$msec");
    CPPUNIT_ASSERT_EQUAL(size_t{26}, local.size());
    CPPUNIT_ASSERT(local[2] == '/' && local[6] == '/' && local[20] == ' ');
    CPPUNIT_ASSERT_EQUAL(size_t{25}, iso.size());
    CPPUNIT_ASSERT(iso[10] == 'T' && iso[22] == ':');
    CPPUNIT_ASSERT_EQUAL(local.substr(12, 8), iso.substr(11, 8));
    CPPUNIT_ASSERT_EQUAL(local.substr(21, 3), iso.substr(19, 3));
    CPPUNIT_ASSERT_EQUAL('.', msec[msec.size() - 4]);
  }

  void theProcess() {
    get("/");
    is(std::to_string(getpid()), "$pid");
    CPPUNIT_ASSERT(!expand("$hostname").empty());
    is("", "$remote_user");
  }

  void upstreamTries() {
    get("/");
    UpstreamAttempt first = attempt("app", 0), second = attempt("app", 200);
    first.ended = Instant(Milliseconds(1003));
    second.connected = Instant(Milliseconds(1001));
    second.headed = Instant(Milliseconds(1042));
    second.ended = Instant(Milliseconds(3042));
    second.bytes_sent = 70;
    second.bytes_received = 9000;
    served_.exchange.attempts().push_back(first);
    served_.exchange.attempts().push_back(second);
    is("app, app", "$upstream_addr");
    is("-, 200", "$upstream_status");
    is("-, 0.001", "$upstream_connect_time");
    is("-, 0.042", "$upstream_header_time");
    is("0.003, 2.042", "$upstream_response_time");
    is("0, 70 0, 9000", "$upstream_bytes_sent $upstream_bytes_received");
  }

  void nothingWasProxied() {
    get("/");
    is("[] [] []", "[$upstream_addr] [$upstream_status] [$upstream_http_etag]");
    is("[] []", "[$proxy_host] [$proxy_port]");
  }

  void theProxiedHost() {
    auto proxied = [&](std::string pass, std::string evaluated = "") {
      ServedExchange served;
      served.server.http.proxy_pass.text = pass;
      served.serve("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      served.exchange.proxiedUrl() = evaluated;
      std::string text;
      Diagnostics diagnostics;
      Template::compile({"$proxy_host $proxy_port", {}}, variables_, diagnostics).append(served.exchange, text);
      return text;
    };
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1 80"), proxied("http://127.0.0.1/x"));
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:81 81"), proxied("http://127.0.0.1:81"));
    CPPUNIT_ASSERT_EQUAL(std::string("[::1]:81 81"), proxied("http://[::1]:81/"));
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1 80"), proxied("http://127.0.0.1:80"));
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1 443"), proxied("https://127.0.0.1/x"));
    CPPUNIT_ASSERT_EQUAL(std::string("app:8443 8443"), proxied("https://app:8443/"));
    CPPUNIT_ASSERT_EQUAL(std::string("localhost "), proxied("http://unix:/run/x:/y"));
    CPPUNIT_ASSERT_EQUAL(std::string("app:81 81"), proxied("http://$arg_a", "http://app:81/x"));
    CPPUNIT_ASSERT_EQUAL(std::string("app 443"), proxied("$arg_s://app", "https://app"));
    CPPUNIT_ASSERT_EQUAL(std::string(" "), proxied("http://$arg_a"));
  }

  // The log of a request that was never understood asks for any of them.
  void aRefusedRequestHarmsNone() {
    served_.serve("\x01\x02 nonsense\r\n\r\n");
    for (auto table : variableTables())
      for (const VariableRow& row : table) expand("[${" + std::string(row.name) + (row.isPrefix() ? "x}]" : "}]"));
    is("[\x01\x02 nonsense] [] 400", "[$request] [$uri] $status");
  }

  void tablesNameEachVariableOnce() {
    std::set<std::string_view> names;
    for (auto table : variableTables()) {
      for (const VariableRow& row : table) {
        CPPUNIT_ASSERT_MESSAGE(std::string(row.name), names.insert(row.name).second);
        CPPUNIT_ASSERT(!row.text.empty() && row.append != nullptr);
      }
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(VariablesTest);

}  // namespace
}  // namespace weir
