// SPDX-License-Identifier: Apache-2.0
// What is coded, and for whom.
#include "worker/http/filters/gzip_rules.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_exchange.h"

namespace weir {

class GzipRulesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GzipRulesTest);
  CPPUNIT_TEST(statuses);
  CPPUNIT_TEST(partsAreOfWhatMayBeCoded);
  CPPUNIT_TEST(types);
  CPPUNIT_TEST(theTypeOfAPeerCounts);
  CPPUNIT_TEST(shortOnesAreNotWorthIt);
  CPPUNIT_TEST(whatIsCodedOrMustNotChangeIsLeftAlone);
  CPPUNIT_TEST(clientsSayWhatTheyTake);
  CPPUNIT_TEST(oldClientsAreAskedForByTheSetting);
  CPPUNIT_TEST(proxiesGetItPlain);
  CPPUNIT_TEST(proxiesGetItByTheRules);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedExchange> served_;
  ContentSettings content_;
  OutgoingHead head_;

  Exchange& exchange() { return served_->exchange; }
  // The request; its 404 added nothing.
  void ask(const std::string& fields, const std::string& version = "1.1") {
    served_.emplace();
    served_->serve("GET / HTTP/" + version + "\r\nHost: h\r\n" + fields + "\r\n");
  }
  void answer(std::string_view name, std::string_view value) { exchange().addedFields().add(name, value); }
  bool codes() { return GzipRules(content_).mayBeCoded(exchange(), head_); }
  bool wants() { return GzipRules(content_).isWanted(exchange()); }
  bool wantsFor(const std::string& fields, const std::string& version = "1.1") {
    ask(fields, version);
    return wants();
  }
  bool codesWith(std::string_view name, std::string_view value) {
    ask("");
    answer(name, value);
    return codes();
  }
  // Of a request that came by a proxy.
  bool wantsWith(std::string_view name, std::string_view value, const std::string& fields = "") {
    ask("Via: 1.1 p\r\nAccept-Encoding: gzip\r\n" + fields);
    if (!name.empty()) answer(name, value);
    return wants();
  }

 public:
  void setUp() override {
    content_ = {};
    content_.gzip_min_length = {20};
    head_ = {};
    head_.content_type = "text/html; charset=utf-8";
    ask("Accept-Encoding: gzip\r\n");
  }
  void tearDown() override { served_.reset(); }

  void statuses() {
    for (auto [status, coded] : {std::pair<uint16_t, bool>{200, true},
                                 {403, true},
                                 {404, true},
                                 {304, true},
                                 {206, false},
                                 {201, false},
                                 {301, false},
                                 {500, false}}) {
      head_.status = status;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(status), coded, codes());
    }
  }

  void partsAreOfWhatMayBeCoded() {
    auto isPart = [&](std::string_view range, uint64_t length) {
      ask("");
      answer("Content-Range", range);
      head_.content_length = length;
      return GzipRules(content_).isPartOfCoded(exchange(), head_);
    };
    CPPUNIT_ASSERT(!isPart("bytes 0-9/100", 10));
    head_.status = 206;
    CPPUNIT_ASSERT(isPart("bytes 0-9/100", 10));
    CPPUNIT_ASSERT(isPart("bytes 0-9/*", 10));
    CPPUNIT_ASSERT(!isPart("bytes 0-9/19", 10));
    head_.content_type = "image/png";
    CPPUNIT_ASSERT(!isPart("bytes 0-9/100", 10));
    head_.content_type = "multipart/byteranges; boundary=x";
    CPPUNIT_ASSERT(isPart("", 10));
  }

  void types() {
    content_.gzip_types = {"text/css", "application/JSON"};
    for (auto [type, coded] : {std::pair<std::string_view, bool>{"text/html", true},
                               {"TEXT/HTML;x=y", true},
                               {"text/css", true},
                               {"application/json; charset=utf-8", true},
                               {"text/cssx", false},
                               {"text", false},
                               {"image/png", false},
                               {"", false}}) {
      head_.content_type = type;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(type), coded, codes());
    }
    content_.gzip_types = {"*"};
    head_.content_type = "image/png";
    CPPUNIT_ASSERT(codes());
    head_.content_type = "";
    CPPUNIT_ASSERT(!codes());
  }

  void theTypeOfAPeerCounts() {
    const std::string lines = "Content-Type: text/html\r\n";
    HeaderField field;
    field.id = HeaderId::ContentType;
    field.value = 14;
    field.value_size = 9;
    head_.content_type = {};
    head_.base = lines.data();
    head_.forwarded = {&field, 1};
    CPPUNIT_ASSERT(codes());
  }

  void shortOnesAreNotWorthIt() {
    for (auto [length, coded] : {std::pair<uint64_t, bool>{0, false}, {19, false}, {20, true}}) {
      head_.content_length = length;
      CPPUNIT_ASSERT_EQUAL(coded, codes());
    }
    head_.content_length.reset();
    CPPUNIT_ASSERT(codes());
  }

  void whatIsCodedOrMustNotChangeIsLeftAlone() {
    CPPUNIT_ASSERT(!codesWith("Content-Encoding", "br"));
    CPPUNIT_ASSERT(!codesWith("Cache-Control", "no-transform"));
    CPPUNIT_ASSERT(!codesWith("Cache-Control", "public, No-Transform , max-age=1"));
    CPPUNIT_ASSERT(codesWith("Cache-Control", "x-no-transform, no-transformer"));
    head_.upgrade = true;
    CPPUNIT_ASSERT(!codes());
  }

  void clientsSayWhatTheyTake() {
    CPPUNIT_ASSERT(wantsFor("Accept-Encoding: gzip\r\n"));
    CPPUNIT_ASSERT(wantsFor("Accept-Encoding: br;q=1.0, GZIP;q=0.2\r\n"));
    CPPUNIT_ASSERT(wantsFor("Accept-Encoding: *\r\n"));
    CPPUNIT_ASSERT(!wantsFor(""));
    CPPUNIT_ASSERT(!wantsFor("Accept-Encoding: br\r\n"));
    CPPUNIT_ASSERT(!wantsFor("Accept-Encoding: gzip;q=0, *\r\n"));
  }

  void oldClientsAreAskedForByTheSetting() {
    CPPUNIT_ASSERT(!wantsFor("Accept-Encoding: gzip\r\n", "1.0"));
    content_.gzip_http_version = HttpVersion::Http10;
    CPPUNIT_ASSERT(wantsFor("Accept-Encoding: gzip\r\n", "1.0"));
  }

  void proxiesGetItPlain() { CPPUNIT_ASSERT(!wantsWith("", "")); }

  void proxiesGetItByTheRules() {
    GzipProxiedSetting& rules = content_.gzip_proxied;
    auto only = [&](bool GzipProxiedSetting::*rule) {
      rules = {};
      rules.*rule = true;
    };
    only(&GzipProxiedSetting::any);
    CPPUNIT_ASSERT(wantsWith("", ""));
    only(&GzipProxiedSetting::auth);
    CPPUNIT_ASSERT(!wantsWith("", "") && wantsWith("", "", "Authorization: Basic eA==\r\n"));
    only(&GzipProxiedSetting::expired);
    CPPUNIT_ASSERT(wantsWith("Expires", "Thu, 01 Jan 1970 00:00:01 GMT") && wantsWith("Expires", "0"));
    CPPUNIT_ASSERT(!wantsWith("Expires", "Fri, 31 Dec 2100 00:00:00 GMT") && !wantsWith("", ""));
    only(&GzipProxiedSetting::no_cache);
    CPPUNIT_ASSERT(wantsWith("Cache-Control", "no-cache") && !wantsWith("Cache-Control", "no-store"));
    only(&GzipProxiedSetting::no_store);
    CPPUNIT_ASSERT(wantsWith("Cache-Control", "no-store") && !wantsWith("Cache-Control", "no-cache"));
    only(&GzipProxiedSetting::private_);
    CPPUNIT_ASSERT(wantsWith("Cache-Control", "private=\"x\"") && !wantsWith("Cache-Control", "public"));
    only(&GzipProxiedSetting::no_last_modified);
    CPPUNIT_ASSERT(wantsWith("", "") && !wantsWith("Last-Modified", "Thu, 01 Jan 1970 00:00:01 GMT"));
    only(&GzipProxiedSetting::no_etag);
    CPPUNIT_ASSERT(wantsWith("", "") && !wantsWith("ETag", "\"x\""));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GzipRulesTest);

}  // namespace weir
