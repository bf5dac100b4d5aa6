// SPDX-License-Identifier: Apache-2.0
#include "shared/base/result.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <utility>

namespace weir {

class ResultTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ResultTest);
  CPPUNIT_TEST(holdsAValue);
  CPPUNIT_TEST(holdsAnError);
  CPPUNIT_TEST(valueCanBeMovedOut);
  CPPUNIT_TEST(voidIsOkUntilItFails);
  CPPUNIT_TEST(systemErrorKeepsErrno);
  CPPUNIT_TEST(messageOmitsTheSystemWhenItHadNoSay);
  CPPUNIT_TEST_SUITE_END();

 public:
  void holdsAValue() {
    Result<std::string> result = std::string("value");
    CPPUNIT_ASSERT(result.ok() && result);
    CPPUNIT_ASSERT_EQUAL(std::string("value"), *result);
    CPPUNIT_ASSERT_EQUAL(size_t{5}, result->size());
  }

  void holdsAnError() {
    Result<int> result = Error{ENOENT, "open /a"};
    CPPUNIT_ASSERT(!result.ok() && !result);
    CPPUNIT_ASSERT_EQUAL(std::string("open /a: No such file or directory"), result.error().message());
  }

  void valueCanBeMovedOut() {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
    std::unique_ptr<int> owner = std::move(result).value();
    CPPUNIT_ASSERT_EQUAL(7, *owner);
  }

  void voidIsOkUntilItFails() {
    Result<void> fine;
    Result<void> failed = Error{EIO, "write"};
    CPPUNIT_ASSERT(fine.ok());
    CPPUNIT_ASSERT(!failed.ok());
    CPPUNIT_ASSERT_EQUAL(EIO, failed.error().code);
  }

  void systemErrorKeepsErrno() {
    errno = EADDRINUSE;
    CPPUNIT_ASSERT_EQUAL(std::string("bind 80: Address already in use"), systemError("bind 80").message());
  }

  void messageOmitsTheSystemWhenItHadNoSay() {
    CPPUNIT_ASSERT_EQUAL(std::string("no such user"), (Error{0, "no such user"}).message());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ResultTest);

}  // namespace weir
