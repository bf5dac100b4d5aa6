// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/header_id.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace weir {
namespace {

class HeaderIdTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HeaderIdTest);
  CPPUNIT_TEST(findsEveryNameInAnyCase);
  CPPUNIT_TEST(findsNothingElse);
  CPPUNIT_TEST(readsOnlyItsView);
  CPPUNIT_TEST(knowsTheFixedHopByHopList);
  CPPUNIT_TEST_SUITE_END();

  // Exactly as large as the name, so that a sanitizer sees a read outside it.
  static HeaderId find(const std::string& name) {
    const std::vector<char> bytes(name.begin(), name.end());
    return headerIdOf({bytes.data(), bytes.size()});
  }
  template <class Change>
  static std::string changed(std::string_view name, Change change) {
    std::string text(name);
    std::transform(text.begin(), text.end(), text.begin(), change);
    return text;
  }

 public:
  void findsEveryNameInAnyCase() {
    for (const HeaderRow& row : kHeaders) {
      if (row.id == HeaderId::Other) continue;
      CPPUNIT_ASSERT_MESSAGE(std::string(row.name), find(std::string(row.name)) == row.id);
      CPPUNIT_ASSERT_MESSAGE(std::string(row.name),
                             find(changed(row.name, [](char c) { return std::tolower(c); })) == row.id);
      CPPUNIT_ASSERT_MESSAGE(std::string(row.name),
                             find(changed(row.name, [](char c) { return std::toupper(c); })) == row.id);
      CPPUNIT_ASSERT_EQUAL(row.name, headerName(row.id));
    }
  }

  // Every known name with any one byte changed to any other that is not the same letter.
  void findsNothingElse() {
    for (const HeaderRow& row : kHeaders)
      for (size_t i = 0; i < row.name.size(); ++i)
        for (int c = 0; c < 256; ++c) {
          std::string name(row.name);
          name[i] = static_cast<char>(c);
          if (std::tolower(c) == std::tolower(static_cast<uint8_t>(row.name[i]))) continue;
          const HeaderId id = find(name);
          if (id == row.id || (id != HeaderId::Other && headerName(id).size() != name.size())) CPPUNIT_FAIL(name);
        }
    for (const char* name : {"", "x", "Hos", "Hosts", "Content-Lengthy", "Content_Length", "Connection ", " Host", "X",
                             "If-Unmodified-Since-Then-And-More"})
      CPPUNIT_ASSERT_MESSAGE(name, find(name) == HeaderId::Other);
  }

  void readsOnlyItsView() {
    for (size_t size = 0; size < 40; ++size) CPPUNIT_ASSERT(find(std::string(size, 'q')) == HeaderId::Other);
  }

  // RFC 9110 7.6.1, and Trailer and Proxy-Auth* of S-27.
  void knowsTheFixedHopByHopList() {
    const HeaderSet expected =
        setOf(HeaderId::Connection, HeaderId::ProxyConnection, HeaderId::KeepAlive, HeaderId::Te, HeaderId::Trailer,
              HeaderId::TransferEncoding, HeaderId::Upgrade, HeaderId::ProxyAuthorization, HeaderId::ProxyAuthenticate);
    CPPUNIT_ASSERT_EQUAL(expected, kHopByHop);
    CPPUNIT_ASSERT_EQUAL(HeaderSet{0}, kNominable & kHopByHop);
    CPPUNIT_ASSERT(!contains(kNominable, HeaderId::Host) && !contains(kNominable, HeaderId::ContentLength));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HeaderIdTest);

}  // namespace
}  // namespace weir
