// SPDX-License-Identifier: Apache-2.0
#pragma once
// The verbs of the request tests: give bytes in every way, and say what must come of them.

#include <string>

#include "tests/unit/worker/codec/every_way.h"

namespace weir {

using Request = Parsed<RequestParser>;

class RequestFixture : public CppUnit::TestFixture {
 protected:
  static Request parse(std::string text, const RequestLimits& limits = {}) {
    return parseEveryWay<RequestParser>(std::move(text), [&](RequestParser& parser) { parser.reset(limits); });
  }
  static Request line(const std::string& request_line) { return parse(request_line + "\r\nHost: h\r\n\r\n"); }
  // Fields of a POST with a good Host; each line with its CRLF.
  static Request post(const std::string& fields) { return parse("POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"); }
  static Request http10(const std::string& fields) { return parse("POST / HTTP/1.0\r\n" + fields + "\r\n"); }

  static void accepted(const Request& request) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(request.text, std::string_view("none"), rowOf(request.failure()).name);
    CPPUNIT_ASSERT_MESSAGE(request.text, request.done());
  }
  static void refused(const Request& request, Cause cause = Cause::BadRequest) {
    CPPUNIT_ASSERT_MESSAGE(request.text, request.status == ParseStatus::Failed);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(request.text, rowOf(cause).name, rowOf(request.failure()).name);
  }
};

}  // namespace weir
