// SPDX-License-Identifier: Apache-2.0
#include "shared/base/sha256.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fmt/core.h>

#include <string>

namespace weir {

class Sha256Test : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(Sha256Test);
  CPPUNIT_TEST(givesTheStandardsExamples);
  CPPUNIT_TEST(padsAtEveryLength);
  CPPUNIT_TEST_SUITE_END();

  static std::string hex(std::string_view bytes) {
    std::string text;
    for (uint8_t byte : sha256(bytes)) text += fmt::format("{:02x}", byte);
    return text;
  }

 public:
  void givesTheStandardsExamples() {
    CPPUNIT_ASSERT_EQUAL(std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), hex(""));
    CPPUNIT_ASSERT_EQUAL(std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), hex("abc"));
    CPPUNIT_ASSERT_EQUAL(std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
                         hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
    CPPUNIT_ASSERT_EQUAL(std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
                         hex(std::string(1'000'000, 'a')));
  }

  // Lengths around the place where the padding needs a block of its own; from sha256sum.
  void padsAtEveryLength() {
    CPPUNIT_ASSERT_EQUAL(std::string("9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
                         hex(std::string(55, 'a')));
    CPPUNIT_ASSERT_EQUAL(std::string("b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
                         hex(std::string(56, 'a')));
    CPPUNIT_ASSERT_EQUAL(std::string("ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
                         hex(std::string(64, 'a')));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Sha256Test);

}  // namespace weir
