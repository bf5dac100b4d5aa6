// SPDX-License-Identifier: Apache-2.0
#include "worker/http/response_head.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "worker/codec/http1_response.h"

namespace weir {
namespace {

class ResponseHeadTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ResponseHeadTest);
  CPPUNIT_TEST(ofItsOwn);
  CPPUNIT_TEST(aBodyOfUnknownLengthIsChunked);
  CPPUNIT_TEST(untilCloseHasNoFraming);
  CPPUNIT_TEST(noLengthWhereThereIsNeverABody_S34);
  CPPUNIT_TEST(lengthOfABodyThatDoesNotFollow_S34);
  CPPUNIT_TEST(oldClientsAreToldToKeepAlive);
  CPPUNIT_TEST(keepAliveTimeoutIsAnnouncedInSeconds);
  CPPUNIT_TEST(anUpgradeSaysNothingElseOfTheConnection);
  CPPUNIT_TEST(thePeersReasonIsKept);
  CPPUNIT_TEST(forwardsTheRest_S27);
  CPPUNIT_TEST(thePeersServerAndDateWherePassed);
  CPPUNIT_TEST(passedButAbsentIsWeirsOwn);
  CPPUNIT_TEST(addedFieldsComeLast);
  CPPUNIT_TEST(whatDoesNotFitIsNothing);
  CPPUNIT_TEST_SUITE_END();

  OutgoingHead head_;
  FieldList added_;
  ResponseParser parser_;
  std::string peer_;
  ResponseHeadContext context_{.server = "weir", .date = "today", .added = added_};

  std::string text() {
    std::string room(responseHeadBound(head_, context_), '\0');
    size_t size = writeResponseHead(room, head_, context_);
    CPPUNIT_ASSERT(size > 0);
    return room.substr(0, size);
  }
  static void same(std::string wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }
  bool says(std::string_view line) { return text().find("\r\n" + std::string(line) + "\r\n") != std::string::npos; }

  void forward(std::string response) {
    peer_ = std::move(response);
    parser_.reset({}, Method::Get);
    CPPUNIT_ASSERT(parser_.parse(peer_) == ParseStatus::Done);
    head_.base = peer_.data();
    head_.forwarded = parser_.head().fields;
    head_.content_length = parser_.head().content_length;
  }

 public:
  void setUp() override {
    head_ = {};
    added_.clear();
    context_.framing = BodyFraming::Length;
    context_.minor_version = 1;
    context_.keep_alive = true;
    context_.keep_alive_header.reset();
  }

  void ofItsOwn() {
    head_.status = 404;
    head_.content_type = "text/html";
    head_.content_length = 12;
    same(
        "HTTP/1.1 404 Not Found\r\nServer: weir\r\nDate: today\r\nContent-Type: text/html\r\nContent-Length: "
        "12\r\n\r\n",
        text());
  }

  void aBodyOfUnknownLengthIsChunked() {
    context_.framing = BodyFraming::Chunked;
    same("HTTP/1.1 200 OK\r\nServer: weir\r\nDate: today\r\nTransfer-Encoding: chunked\r\n\r\n", text());
  }

  void untilCloseHasNoFraming() {
    context_.framing = BodyFraming::UntilClose;
    context_.keep_alive = false;
    same("HTTP/1.1 200 OK\r\nServer: weir\r\nDate: today\r\nConnection: close\r\n\r\n", text());
  }

  void noLengthWhereThereIsNeverABody_S34() {
    context_.framing = BodyFraming::None;
    for (uint16_t status : {101, 204}) {
      head_.status = status;
      head_.content_length = 0;
      CPPUNIT_ASSERT(text().find("Content-Length") == std::string::npos);
    }
  }

  void lengthOfABodyThatDoesNotFollow_S34() {
    context_.framing = BodyFraming::None;
    head_.status = 304;
    head_.has_body = false;
    head_.content_length = 99;
    CPPUNIT_ASSERT(says("Content-Length: 99"));
  }

  void oldClientsAreToldToKeepAlive() {
    context_.minor_version = 0;
    CPPUNIT_ASSERT(says("Connection: keep-alive"));
    context_.keep_alive = false;
    CPPUNIT_ASSERT(says("Connection: close"));
  }

  void keepAliveTimeoutIsAnnouncedInSeconds() {
    context_.keep_alive_header = Milliseconds(20'900);
    CPPUNIT_ASSERT(says("Keep-Alive: timeout=20"));
    context_.keep_alive = false;
    CPPUNIT_ASSERT(text().find("Keep-Alive") == std::string::npos);
  }

  void anUpgradeSaysNothingElseOfTheConnection() {
    head_.status = 101;
    head_.upgrade = true;
    context_.keep_alive = false;
    CPPUNIT_ASSERT(says("Connection: upgrade"));
    CPPUNIT_ASSERT(text().find("close") == std::string::npos);
  }

  void thePeersReasonIsKept() {
    head_.reason = "Fine By Me";
    CPPUNIT_ASSERT(text().starts_with("HTTP/1.1 200 Fine By Me\r\n"));
  }

  void forwardsTheRest_S27() {
    forward(
        "HTTP/1.1 200 OK\r\nServer: theirs\r\nA: 1\r\nB:  2 \r\nConnection: B\r\nKeep-Alive: x\r\nX-Pad: p\r\n"
        "Content-Length: 5\r\nC: 3\r\nDate: then\r\n\r\n");
    head_.hidden = setOf(HeaderId::XPad);
    same("HTTP/1.1 200 OK\r\nServer: weir\r\nDate: today\r\nContent-Length: 5\r\nA: 1\r\nC: 3\r\n\r\n", text());
  }

  void thePeersServerAndDateWherePassed() {
    forward("HTTP/1.1 200 OK\r\nServer: theirs\r\nDate: then\r\nContent-Length: 0\r\n\r\n");
    head_.passed = setOf(HeaderId::Server);
    same("HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 0\r\nServer: theirs\r\n\r\n", text());
    head_.passed = setOf(HeaderId::Server, HeaderId::Date);
    same("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: theirs\r\nDate: then\r\n\r\n", text());
  }

  void passedButAbsentIsWeirsOwn() {
    forward("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    head_.passed = setOf(HeaderId::Server, HeaderId::Date);
    CPPUNIT_ASSERT(says("Server: weir"));
    CPPUNIT_ASSERT(says("Date: today"));
  }

  void addedFieldsComeLast() {
    added_.add("X-One", "1");
    added_.add("X-Two", "");
    CPPUNIT_ASSERT(text().ends_with("Date: today\r\nX-One: 1\r\nX-Two: \r\n\r\n"));
  }

  void whatDoesNotFitIsNothing() {
    head_.content_length = 5;
    size_t size = text().size();
    std::string room(size, '\0');
    CPPUNIT_ASSERT_EQUAL(size, writeResponseHead(room, head_, context_));
    room.resize(size - 1);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, writeResponseHead(room, head_, context_));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ResponseHeadTest);

}  // namespace
}  // namespace weir
