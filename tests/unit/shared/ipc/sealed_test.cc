// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/sealed.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace weir {

class SealedTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SealedTest);
  CPPUNIT_TEST(isReadByManyWithoutAnOffset);
  CPPUNIT_TEST(cannotBeChanged);
  CPPUNIT_TEST(holdsLargeBundles);
  CPPUNIT_TEST(unsealedMemoryIsRefused);
  CPPUNIT_TEST_SUITE_END();

  static Fd seal(std::string_view bytes) {
    auto fd = sealBytes(bytes);
    CPPUNIT_ASSERT(fd.ok());
    return std::move(fd).value();
  }
  static std::string read(const Fd& fd) {
    auto bytes = readSealed(fd.get());
    CPPUNIT_ASSERT(bytes.ok());
    return bytes.value();
  }

 public:
  void isReadByManyWithoutAnOffset() {
    Fd fd = seal("abc");
    Fd copy(dup(fd.get()));
    CPPUNIT_ASSERT_EQUAL(std::string("abc"), read(fd));
    CPPUNIT_ASSERT_EQUAL(std::string("abc"), read(copy));
    CPPUNIT_ASSERT_EQUAL(std::string(), read(seal("")));
  }

  void cannotBeChanged() {
    Fd fd = seal("abc");
    CPPUNIT_ASSERT(pwrite(fd.get(), "x", 1, 0) < 0);
    CPPUNIT_ASSERT(ftruncate(fd.get(), 0) < 0);
    CPPUNIT_ASSERT(fcntl(fd.get(), F_ADD_SEALS, 0) < 0);
  }

  void holdsLargeBundles() {
    std::string large(5'000'000, 'x');
    CPPUNIT_ASSERT(read(seal(large)) == large);
  }

  void unsealedMemoryIsRefused() {
    Fd fd(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    CPPUNIT_ASSERT(!readSealed(fd.get()).ok());
    CPPUNIT_ASSERT(!readSealed(-1).ok());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SealedTest);

}  // namespace weir
