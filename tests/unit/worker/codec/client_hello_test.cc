// SPDX-License-Identifier: Apache-2.0
// S-53: hellos whole, in pieces, in several records, and such as no server would accept.
#include "worker/codec/client_hello.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {
namespace {

using Status = ClientHelloReader::Status;

std::string number(size_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}
std::string part(int length_size, const std::string& bytes) { return number(bytes.size(), length_size) + bytes; }
std::string extension(unsigned type, const std::string& data) { return number(type, 2) + part(2, data); }

std::string serverName(const std::string& name) { return extension(0, part(2, std::string(1, '\0') + part(2, name))); }
std::string alpn(const std::string& a, const std::string& b) { return extension(16, part(2, part(1, a) + part(1, b))); }

std::string message(const std::string& extensions) {
  std::string body = number(0x0303, 2) + std::string(32, 'r') + part(1, "session") + part(2, "\x13\x01") +
                     part(1, std::string(1, '\0')) + part(2, extensions);
  return "\x01" + part(3, body);
}
std::string record(const std::string& fragment) { return "\x16\x03\x01" + part(2, fragment); }
std::string records(const std::string& message, size_t each) {
  std::string bytes;
  for (size_t at = 0; at < message.size(); at += each) bytes += record(message.substr(at, each));
  return bytes;
}

}  // namespace

class ClientHelloTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ClientHelloTest);
  CPPUNIT_TEST(nameAndProtocols);
  CPPUNIT_TEST(withoutExtensions);
  CPPUNIT_TEST(theHighestVersionCounts);
  CPPUNIT_TEST(piecesOfAnySize);
  CPPUNIT_TEST(recordsOfAnySize);
  CPPUNIT_TEST(otherProtocols);
  CPPUNIT_TEST(tooLongIsNone);
  CPPUNIT_TEST(namesThatAreNone);
  CPPUNIT_TEST(lengthsThatLie);
  CPPUNIT_TEST_SUITE_END();

  static Status statusOf(const std::string& bytes) { return ClientHelloReader().read(bytes); }
  static ClientHello read(const std::string& bytes) {
    ClientHelloReader reader;
    CPPUNIT_ASSERT(Status::Complete == reader.read(bytes));
    return reader.hello();
  }
  static void same(const std::string& wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void nameAndProtocols() {
    ClientHello hello = read(record(message(serverName("App.Example.COM.") + alpn("h2", "http/1.1"))) + "early data");
    same("app.example.com", hello.server_name);
    CPPUNIT_ASSERT_EQUAL(size_t{2}, hello.alpn.size());
    same("h2", hello.alpn[0]);
    same("http/1.1", hello.alpn[1]);
    same("TLSv1.2", std::string(tlsVersionName(hello.version)));
  }

  void withoutExtensions() {
    std::string body = number(0x0301, 2) + std::string(32, 'r') + part(1, "") + part(2, "\x13\x01") + part(1, "a");
    ClientHello hello = read(record("\x01" + part(3, body)));
    same("", hello.server_name);
    same("TLSv1", std::string(tlsVersionName(hello.version)));
    same("", read(record(message(""))).server_name);
  }

  // 0x7a7a is GREASE (RFC 8701).
  void theHighestVersionCounts() {
    ClientHello hello = read(record(message(extension(43, part(1, "\x7a\x7a\x03\x04\x03\x03")))));
    same("TLSv1.3", std::string(tlsVersionName(hello.version)));
    same("", std::string(tlsVersionName(0x7a7a)));
  }

  void piecesOfAnySize() {
    std::string whole = record(message(serverName("a.example") + alpn("x", "y")));
    ClientHelloReader reader;
    for (size_t size = 0; size < whole.size(); ++size)
      CPPUNIT_ASSERT(Status::NeedMore == reader.read(std::string_view(whole).substr(0, size)));
    CPPUNIT_ASSERT(Status::Complete == reader.read(whole));
    same("a.example", reader.hello().server_name);
    CPPUNIT_ASSERT(Status::Complete == reader.read(whole + "more"));
  }

  void recordsOfAnySize() {
    for (size_t each : {1, 2, 3, 4, 5, 50})
      same("a.example", read(records(message(serverName("a.example")), each)).server_name);
  }

  void otherProtocols() {
    CPPUNIT_ASSERT(Status::NotTls == statusOf("GET / HTTP/1.1\r\n"));
    CPPUNIT_ASSERT(Status::NotTls == statusOf("S"));
    CPPUNIT_ASSERT(Status::NotTls == statusOf("\x16\x02"));
    CPPUNIT_ASSERT(Status::NotTls == statusOf(record("\x02" + message("").substr(1))));
    CPPUNIT_ASSERT(Status::NotTls == statusOf(record("\x01") + "\x17\x03\x03" + part(2, "x")));
    CPPUNIT_ASSERT(Status::NotTls == statusOf(std::string("\x16\x03\x01\0\0", 5)));
    CPPUNIT_ASSERT(Status::NeedMore == statusOf(""));
  }

  void tooLongIsNone() {
    CPPUNIT_ASSERT(Status::NotTls == statusOf(record("\x01" + number(ClientHelloReader::kMaxMessage + 1, 3))));
    CPPUNIT_ASSERT(Status::NotTls == statusOf("\x16\x03\x01\x40\x01"));
    CPPUNIT_ASSERT(Status::NeedMore == statusOf(record("\x01" + number(ClientHelloReader::kMaxMessage, 3))));
  }

  void namesThatAreNone() {
    for (const std::string& name : {std::string(), std::string("a b"), std::string("a\0b", 3), std::string("a/b"),
                                    std::string("\xc3\xa4"), std::string(256, 'a')})
      CPPUNIT_ASSERT(Status::NotTls == statusOf(record(message(serverName(name)))));
    same(std::string(255, 'a'), read(record(message(serverName(std::string(255, 'a'))))).server_name);
  }

  // Each length in turn says one more than there is.
  void lengthsThatLie() {
    std::string good = message(serverName("a.example") + alpn("h2", "x"));
    for (size_t at = 4; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] + 1);
      Status status = statusOf(record(bad));
      CPPUNIT_ASSERT(status == Status::Complete || status == Status::NotTls);
    }
    CPPUNIT_ASSERT(Status::NotTls == statusOf(record("\x01" + part(3, "\x03\x03"))));
    CPPUNIT_ASSERT(Status::NotTls == statusOf(record(message(extension(0, "\x00\x09")))));
    CPPUNIT_ASSERT(Status::NotTls == statusOf(record(message(extension(16, part(2, std::string(1, '\0')))))));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientHelloTest);

}  // namespace weir
