// SPDX-License-Identifier: Apache-2.0
#include "worker/net/log_tail.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "shared/base/fd.h"

namespace weir {
namespace {

class LogTailTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogTailTest);
  CPPUNIT_TEST(nothingIsThere);
  CPPUNIT_TEST(allIsThereAmongOthers);
  CPPUNIT_TEST(aTornEndIsContinued);
  CPPUNIT_TEST(aTornLineInTheMiddleCountsAsMissing);
  CPPUNIT_TEST(whatLooksAlikeIsNoMatch);
  CPPUNIT_TEST(aFileIsReadBehindThePlace);
  CPPUNIT_TEST(anotherFileHasNothing);
  CPPUNIT_TEST_SUITE_END();

  const std::string lines_ = "GET /1 200\nGET /2 200\nGET /3 200\n";
  void has(size_t wanted, const std::string& behind) { CPPUNIT_ASSERT_EQUAL(wanted, alreadyIn(behind, lines_)); }

 public:
  void nothingIsThere() {
    has(0, "");
    has(0, "GET /4 200\nGET /5 200\n");
  }

  void allIsThereAmongOthers() {
    has(lines_.size(), lines_);
    has(lines_.size(), "other\n" + lines_ + "another\n");
  }

  void aTornEndIsContinued() {
    for (size_t size : {size_t{1}, size_t{7}, size_t{10}, size_t{11}, size_t{25}, lines_.size() - 1})
      has(size, "other\n" + lines_.substr(0, size));
  }

  void aTornLineInTheMiddleCountsAsMissing() {
    has(11, lines_.substr(0, 15) + "other\n");
    has(0, lines_.substr(0, 5) + "other\n");
  }

  void whatLooksAlikeIsNoMatch() { has(lines_.size(), "GET /1 200\nGET /2 404\n" + lines_); }

  void aFileIsReadBehindThePlace() {
    Fd file(memfd_create("log", MFD_CLOEXEC));
    CPPUNIT_ASSERT_EQUAL(ssize_t{33}, write(file.get(), lines_.data(), lines_.size()));
    LogPlace before = placeOf(file.get());
    CPPUNIT_ASSERT_EQUAL(uint64_t{33}, before.size);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, alreadyWritten(file.get(), before, {lines_, {}}));
    CPPUNIT_ASSERT_EQUAL(ssize_t{20}, write(file.get(), lines_.data(), 20));
    CPPUNIT_ASSERT_EQUAL(size_t{20}, alreadyWritten(file.get(), before, {lines_, {}}));
    std::string_view all = lines_;
    CPPUNIT_ASSERT_EQUAL(size_t{20}, alreadyWritten(file.get(), before, {all.substr(0, 5), all.substr(5)}));
  }

  void anotherFileHasNothing() {
    Fd file(memfd_create("log", MFD_CLOEXEC));
    LogPlace before = placeOf(file.get());
    CPPUNIT_ASSERT_EQUAL(ssize_t{33}, write(file.get(), lines_.data(), lines_.size()));
    before.inode += 1;
    CPPUNIT_ASSERT_EQUAL(size_t{0}, alreadyWritten(file.get(), before, {lines_, {}}));
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, pipe2(ends, O_CLOEXEC));
    Fd read(ends[0]), pipe(ends[1]);
    CPPUNIT_ASSERT_EQUAL(uint64_t{0}, placeOf(pipe.get()).inode);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, alreadyWritten(pipe.get(), placeOf(pipe.get()), {lines_, {}}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTailTest);

}  // namespace
}  // namespace weir
