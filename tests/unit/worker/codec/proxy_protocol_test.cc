// SPDX-License-Identifier: Apache-2.0
// S-52: both versions, complete or not, with every way to be wrong that a stranger may think of.
#include "worker/codec/proxy_protocol.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <string>

namespace weir {
namespace {

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(uint8_t command, uint8_t family, const std::string& block) {
  std::string header = kSignature;
  header += static_cast<char>(command);
  header += static_cast<char>(family);
  header += static_cast<char>(block.size() >> 8);
  header += static_cast<char>(block.size() & 0xff);
  return header + block;
}

// 192.0.2.1:4660 to 198.51.100.2:443
const std::string kFour("\xc0\x00\x02\x01\xc6\x33\x64\x02\x12\x34\x01\xbb", 12);

std::string tlv(uint8_t type, const std::string& value) {
  std::string text(1, static_cast<char>(type));
  text += static_cast<char>(value.size() >> 8);
  text += static_cast<char>(value.size() & 0xff);
  return text + value;
}

std::string shown(const ParsedProxyHeader& parsed) {
  if (parsed.status == ProxyHeaderStatus::NeedMore) return "more";
  if (parsed.status == ProxyHeaderStatus::Malformed) return "malformed";
  std::string size = std::to_string(parsed.size) + " ";
  if (!parsed.header.has_addresses) return size + "own";
  return size + parsed.header.source.toString() + ">" + parsed.header.destination.toString();
}

std::string parsed(const std::string& bytes) { return shown(parseProxyHeader(bytes)); }

}  // namespace

class ProxyProtocolTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProxyProtocolTest);
  CPPUNIT_TEST(version1);
  CPPUNIT_TEST(version1Malformed);
  CPPUNIT_TEST(version2);
  CPPUNIT_TEST(version2Malformed);
  CPPUNIT_TEST(localAndUnknownUseTheConnectionsOwn);
  CPPUNIT_TEST(tlvs);
  CPPUNIT_TEST(aChecksumMustBeRight);
  CPPUNIT_TEST(everyPrefixNeedsMore);
  CPPUNIT_TEST(whatIsWrittenIsReadBack);
  CPPUNIT_TEST_SUITE_END();

  static void expect(const std::string& wanted, const std::string& bytes) {
    CPPUNIT_ASSERT_EQUAL(wanted, parsed(bytes));
  }

 public:
  void version1() {
    expect("44 192.0.2.1:4660>198.51.100.2:443", "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\nGET");
    expect("44 [2001:db8::1]:1>[2001:db8::2]:65535", "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n");
    expect("15 own", "PROXY UNKNOWN\r\n");
    expect("33 own", "PROXY UNKNOWN what ever it says\r\n");
  }

  void version1Malformed() {
    for (const char* line :
         {"PROXY TCP4 192.0.2.1 198.51.100.2 4660\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443 \r\n",
          "PROXY TCP4  192.0.2.1 198.51.100.2 4660 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 04660 443\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.2 4660 65536\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n",
          "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n",
          "PROXY TCP4 example.com 198.51.100.2 1 2\r\n", "PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n", "proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n", "GET / HTTP/1.1\r\n",
          "PROXY TCP6 [2001:db8::1] 2001:db8::2 1 2\r\n", "PROXY \r\n", "PROXYTCP4"})
      expect("malformed", line);
    expect("malformed", "PROXY UNKNOWN " + std::string(93, 'x'));
    expect("more", "PROXY UNKNOWN " + std::string(92, 'x'));
  }

  void version2() {
    expect("28 192.0.2.1:4660>198.51.100.2:443", v2(0x21, 0x11, kFour) + "more");
    expect("28 192.0.2.1:4660>198.51.100.2:443", v2(0x21, 0x12, kFour));
    std::string six(15, '\0');
    six = six + "\x01" + six + "\x02" + std::string("\x00\x01\x00\x02", 4);
    expect("52 [::1]:1>[::2]:2", v2(0x21, 0x21, six));
    expect("232 own", v2(0x21, 0x31, std::string(216, 'u')));
  }

  void version2Malformed() {
    expect("malformed", v2(0x11, 0x11, kFour));
    expect("malformed", v2(0x22, 0x11, kFour));
    expect("malformed", v2(0x21, 0x13, kFour));
    expect("malformed", v2(0x21, 0x41, kFour));
    expect("malformed", v2(0x21, 0x11, kFour.substr(1)));
    expect("malformed", v2(0x21, 0x21, kFour));
    expect("malformed", v2(0x21, 0x11, kFour + std::string(kMaxProxyHeader, 'x')).substr(0, 16));
    std::string wrong = v2(0x21, 0x11, kFour);
    wrong[5] = 'x';
    expect("malformed", wrong);
  }

  void localAndUnknownUseTheConnectionsOwn() {
    expect("16 own", v2(0x20, 0x00, ""));
    expect("28 own", v2(0x20, 0x11, kFour));
    expect("19 own", v2(0x21, 0x00, "any"));
  }

  void tlvs() {
    expect("35 192.0.2.1:4660>198.51.100.2:443", v2(0x21, 0x11, kFour + tlv(0xee, "what")));
    expect("31 192.0.2.1:4660>198.51.100.2:443", v2(0x21, 0x11, kFour + tlv(0x04, "")));
    expect("malformed", v2(0x21, 0x11, kFour + tlv(0xee, "what").substr(0, 6)));
    expect("malformed", v2(0x21, 0x11, kFour + "\x01"));
  }

  void aChecksumMustBeRight() {
    CPPUNIT_ASSERT_EQUAL(0xe3069283u, crc32c(0, "123456789"));
    std::string header = v2(0x21, 0x11, kFour + tlv(0x03, std::string(4, '\0')) + tlv(0x01, "h2"));
    uint32_t crc = crc32c(0, header);
    size_t place = 16 + kFour.size() + 3;
    for (size_t i = 0; i < 4; ++i) header[place + i] = static_cast<char>(crc >> (24 - 8 * i));
    expect("40 192.0.2.1:4660>198.51.100.2:443", header);
    header[17] = static_cast<char>(header[17] ^ 1);
    expect("malformed", header);
    expect("malformed", v2(0x21, 0x11, kFour + tlv(0x03, "abc")));
  }

  void everyPrefixNeedsMore() {
    for (const std::string& whole : {std::string("PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n"),
                                     v2(0x21, 0x11, kFour + tlv(0xee, "what")), v2(0x20, 0, "")})
      for (size_t size = 0; size < whole.size(); ++size) expect("more", whole.substr(0, size));
  }

  void whatIsWrittenIsReadBack() {
    const std::array<std::string, 2> froms{"192.0.2.1:4660", "[2001:db8::1]:65535"};
    const std::array<std::string, 2> tos{"198.51.100.2:443", "[2001:db8::2]:1"};
    std::array<char, kWrittenProxyHeader> room;
    auto check = [&](size_t size, const std::string& from, const std::string& to) {
      expect(std::to_string(size) + " " + from + (from == "own" ? "" : ">" + to), std::string(room.data(), size));
    };
    for (size_t i = 0; i < froms.size(); ++i) {
      Address from = *Address::parse(froms[i]), to = *Address::parse(tos[i]);
      check(writeProxyHeaderV1(from, to, room), froms[i], tos[i]);
      check(writeProxyHeaderV2(from, to, ProxyTransport::Stream, room), froms[i], tos[i]);
      check(writeProxyHeaderV2(from, to, ProxyTransport::Datagram, room), froms[i], tos[i]);
      CPPUNIT_ASSERT_EQUAL(char((i == 0 ? 0x10 : 0x20) | 2), room[13]);
    }
    Address unix_address = *Address::parse("unix:/s"), four = *Address::parse(froms[0]),
            six = *Address::parse(froms[1]);
    check(writeProxyHeaderV1(unix_address, four, room), "own", "");
    check(writeProxyHeaderV1(four, six, room), "own", "");
    check(writeProxyHeaderV2(unix_address, unix_address, ProxyTransport::Stream, room), "own", "");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProxyProtocolTest);

}  // namespace weir
