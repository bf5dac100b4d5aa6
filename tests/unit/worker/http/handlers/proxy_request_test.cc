// SPDX-License-Identifier: Apache-2.0
// What a peer is sent as a request head (S-27 to S-29).
#include "worker/http/handlers/proxy_request.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_exchange.h"
#include "worker/http/handlers/proxy_pass.h"

namespace weir {
namespace {

class ProxyRequestTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProxyRequestTest);
  CPPUNIT_TEST(ofItsOwn);
  CPPUNIT_TEST(endToEndFieldsGo_S27);
  CPPUNIT_TEST(hopByHopFieldsStay_S27);
  CPPUNIT_TEST(namingOurFieldsInConnectionTakesNothing_S27);
  CPPUNIT_TEST(strangersAreNotBelieved_S28);
  CPPUNIT_TEST(whatStrangersClaimOtherwiseDoesNotPass_S28);
  CPPUNIT_TEST(trustedHopsAreExtended_S28);
  CPPUNIT_TEST(clientsOfUnixSocketsAreUnknown_S28);
  CPPUNIT_TEST(setHeadersReplace_S29);
  CPPUNIT_TEST(unknownNamesAreReplacedInAnyCase);
  CPPUNIT_TEST(anEmptyValueRemoves);
  CPPUNIT_TEST(theMethodMayBeAnother);
  CPPUNIT_TEST(lengthsAreWrittenAgain);
  CPPUNIT_TEST(chunkedStaysChunked);
  CPPUNIT_TEST(upgradesPassOnlyWithoutABody_S38);
  CPPUNIT_TEST(framingFieldsAreNotToBeSet_S26);
  CPPUNIT_TEST(theForwardedHostFollowsTheAbsoluteForm_S28);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedExchange> served_;
  LocationSettings location_;

  HttpSettings& http() { return location_.http; }
  void set(std::string name, std::string value) { http().proxy_set_header.push_back({name, {value, {}}, false}); }
  void trust(const char* network) {
    for (HttpSettings* settings : {&http(), &served_->server.http}) {
      settings->set_real_ip_from.push_back(*Network::parse(network));
      settings->real_ip_header = "X-Forwarded-For";
    }
  }
  std::string write(const std::string& request, std::string_view warnings = {}) {
    Diagnostics diagnostics;
    CompileContext context(served_->settings, diagnostics, nullptr, nullptr);
    auto pass = ProxyPass::compile(location_, context);
    ProxyRequest compiled(http(), *pass, context);
    same(warnings, diagnostics.formatAll());
    served_->serve(request);
    return std::string(compiled.write(served_->exchange, *pass));
  }
  std::string get(const std::string& fields = "") {
    return write("GET /x HTTP/1.1\r\nHost: h:81\r\n" + fields + "\r\n");
  }
  static void same(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

 public:
  void setUp() override {
    served_.emplace();
    location_ = {};
    location_.pattern = "/";
    http().proxy_pass.text = "http://app:8080";
  }
  void tearDown() override { served_.reset(); }

  void ofItsOwn() {
    same(
        "GET /x HTTP/1.1\r\nHost: app:8080\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n"
        "X-Forwarded-Host: h:81\r\n\r\n",
        get());
  }

  void endToEndFieldsGo_S27() {
    CPPUNIT_ASSERT(
        get("A:1\r\nAuthorization:  x \r\nb: 2\r\n").ends_with("\r\nA:1\r\nAuthorization:  x \r\nb: 2\r\n\r\n"));
  }

  void hopByHopFieldsStay_S27() {
    std::string request =
        get("Connection: close, X-Drop\r\nX-Drop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nTrailer: T\r\n"
            "Proxy-Connection: x\r\nExpect: 100-continue\r\nX-Keep: 1\r\n");
    for (std::string_view gone : {"Connection", "X-Drop", "Keep-Alive", "TE:", "Trailer", "Expect"})
      CPPUNIT_ASSERT_MESSAGE(std::string(gone), !has(request, gone));
    CPPUNIT_ASSERT(has(request, "\r\nX-Keep: 1\r\n"));
  }

  void namingOurFieldsInConnectionTakesNothing_S27() {
    set("X-Auth", "secret");
    std::string request = get("Connection: X-Forwarded-For, X-Auth, Host\r\n");
    for (std::string_view ours :
         {"\r\nX-Forwarded-For: 192.0.2.7\r\n", "\r\nX-Auth: secret\r\n", "\r\nHost: app:8080\r\n"})
      CPPUNIT_ASSERT_MESSAGE(std::string(ours), has(request, ours));
  }

  void strangersAreNotBelieved_S28() {
    same(get(), [&] {
      served_.emplace();
      return get("X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n");
    }());
  }

  void whatStrangersClaimOtherwiseDoesNotPass_S28() {
    const std::string claims =
        "x-real-ip: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Forwarded-Port: 6\r\nX-Forwarded-Server: six\r\n";
    std::string without = get();
    served_.emplace();
    same(without, get(claims));
    served_.emplace();
    trust("10.0.0.0/8");
    same(without, get(claims));
    served_.emplace();
    trust("192.0.2.0/24");
    CPPUNIT_ASSERT(get(claims).ends_with("\r\n" + claims + "\r\n"));
    served_.emplace();
    http().set_real_ip_from.clear();
    set("X-Real-IP", "$remote_addr");
    CPPUNIT_ASSERT(get(claims).ends_with("\r\nX-Real-IP: 192.0.2.7\r\n\r\n"));
  }

  void clientsOfUnixSocketsAreUnknown_S28() {
    served_->downstream.remote_address = *Address::parse("unix:/run/client");
    CPPUNIT_ASSERT(has(get(), "\r\nX-Forwarded-For: unknown\r\n"));
  }

  void trustedHopsAreExtended_S28() {
    trust("192.0.2.0/24");
    std::string request =
        get("X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: outer\r\n"
            "X-Forwarded-For: 10.0.0.2\r\n");
    CPPUNIT_ASSERT(has(request, "\r\nX-Forwarded-For: 10.0.0.1, 10.0.0.2, "));
    CPPUNIT_ASSERT(has(request, "\r\nX-Forwarded-Proto: https\r\n"));
    CPPUNIT_ASSERT(has(request, "\r\nX-Forwarded-Host: outer\r\n"));
  }

  void setHeadersReplace_S29() {
    set("host", "$host");
    set("X-Forwarded-For", "nobody");
    set("User-Agent", "weir $request_method");
    std::string request = get("User-Agent: theirs\r\n");
    same(
        "GET /x HTTP/1.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: h:81\r\nhost: h\r\nX-Forwarded-For: nobody\r\n"
        "User-Agent: weir GET\r\n\r\n",
        request);
  }

  void unknownNamesAreReplacedInAnyCase() {
    set("X-Mine", "1");
    std::string request = get("x-mINE: forged\r\nX-Other: 2\r\nX-Mine: forged\r\n");
    CPPUNIT_ASSERT(!has(request, "forged"));
    CPPUNIT_ASSERT(request.ends_with("\r\nX-Other: 2\r\nX-Mine: 1\r\n\r\n"));
  }

  void anEmptyValueRemoves() {
    set("Accept-Encoding", "");
    set("X-Mine", "$arg_none");
    set("X-Forwarded-Host", "");
    std::string request = get("Accept-Encoding: gzip\r\nX-Mine: theirs\r\n");
    for (std::string_view gone : {"Accept-Encoding", "X-Mine", "X-Forwarded-Host"})
      CPPUNIT_ASSERT_MESSAGE(std::string(gone), !has(request, gone));
  }

  void theMethodMayBeAnother() {
    http().proxy_method = "PURGE";
    CPPUNIT_ASSERT(get().starts_with("PURGE /x HTTP/1.1\r\n"));
  }

  void lengthsAreWrittenAgain() {
    std::string request = write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length:    007\r\n\r\n");
    CPPUNIT_ASSERT(has(request, "\r\nContent-Length: 7\r\n"));
    CPPUNIT_ASSERT(!has(request, "007"));
  }

  void chunkedStaysChunked() {
    std::string request = write("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n");
    CPPUNIT_ASSERT(has(request, "\r\nTransfer-Encoding: chunked\r\n"));
    CPPUNIT_ASSERT(!has(request, "Chunked"));
    CPPUNIT_ASSERT(!has(request, "Content-Length"));
  }

  void upgradesPassOnlyWithoutABody_S38() {
    CPPUNIT_ASSERT(get("Connection: Upgrade\r\nUpgrade: websocket\r\n")
                       .ends_with("\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"));
    served_.emplace();
    CPPUNIT_ASSERT(!has(get("Upgrade: websocket\r\n"), "pgrade"));
    served_.emplace();
    std::string request =
        write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: upgrade\r\nUpgrade: w\r\n\r\n");
    CPPUNIT_ASSERT(!has(request, "pgrade"));
  }

  // A second Content-Length or a false Transfer-Encoding would let a peer see another request than weir sent.
  void framingFieldsAreNotToBeSet_S26() {
    std::string warnings;
    for (std::string name : {"Content-Length", "transfer-encoding", "Connection", "Upgrade"}) {
      set(name, "1");
      warnings += "warning: proxy_set_header: " + name + " is ignored: weir sets it as the request needs\n";
    }
    std::string request = write("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n", warnings);
    CPPUNIT_ASSERT(has(request, "\r\nContent-Length: 7\r\n"));
    for (std::string_view gone : {"Content-Length: 1", "ransfer-", "Connection", "Upgrade"})
      CPPUNIT_ASSERT_MESSAGE(std::string(gone), !has(request, gone));
  }

  void theForwardedHostFollowsTheAbsoluteForm_S28() {
    std::string request = write("GET http://real:81/x HTTP/1.1\r\nHost: other\r\n\r\n");
    CPPUNIT_ASSERT(has(request, "\r\nX-Forwarded-Host: real:81\r\n"));
    CPPUNIT_ASSERT(!has(request, "other"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProxyRequestTest);

}  // namespace
}  // namespace weir
