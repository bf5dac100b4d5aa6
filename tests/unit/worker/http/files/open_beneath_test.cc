// SPDX-License-Identifier: Apache-2.0
// S-43: the kernel's way and the walk must agree on what lies beneath.
#include "worker/http/files/open_beneath.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "tests/unit/worker/http/files/folder.h"

namespace weir {

class OpenBeneathTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OpenBeneathTest);
  CPPUNIT_TEST(whatLiesBeneath);
  CPPUNIT_TEST(whatDoesNot);
  CPPUNIT_TEST(linksByRule);
  CPPUNIT_TEST(foldersByTheirSlash);
  CPPUNIT_TEST(aFifoDoesNotWait);
  CPPUNIT_TEST(ownersAreCompared);
  CPPUNIT_TEST(whatIsNotInMemoryIsPutOff);
  CPPUNIT_TEST_SUITE_END();

  Folder all_;
  std::string root_ = all_.path("root");

  static std::string content(const OpenedFd& opened) {
    if (!opened.fd) return "error " + std::to_string(opened.error);
    struct stat status;
    ::fstat(opened.fd.get(), &status);
    if (S_ISDIR(status.st_mode)) return "folder";
    std::array<char, 64> bytes;
    ssize_t got = ::read(opened.fd.get(), bytes.data(), bytes.size());
    return got < 0 ? "unreadable" : std::string(bytes.data(), static_cast<size_t>(got));
  }
  static std::string error(int code) { return "error " + std::to_string(code); }

  // What both ways give, which must be one.
  std::string open(const char* path, Symlinks symlinks = Symlinks::Beneath) const {
    Fd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::string by_kernel = content(openBeneath(root.get(), path, symlinks));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(path, by_kernel, content(walkBeneath(root.get(), path, symlinks)));
    return by_kernel;
  }

 public:
  void setUp() override {
    all_.file("secret", "secret");
    all_.file("root/a", "a");
    all_.file("root/d/e/f", "f");
    all_.link("root/inner", "d/e/f");
    all_.link("root/d/up", "../a");
    all_.link("root/to-d", "d");
    all_.link("root/out", "../secret");
    all_.link("root/d/out", "../../secret");
    all_.link("root/absolute", all_.path("secret"));
    all_.link("root/home", all_.path("root/a"));
    all_.link("root/loop", "loop");
    all_.link("root/chain", "out");
    all_.link("root/proc", "/proc/self/root");
  }

  void whatLiesBeneath() {
    CPPUNIT_ASSERT_EQUAL(std::string("a"), open("a"));
    CPPUNIT_ASSERT_EQUAL(std::string("f"), open("d/e/f"));
    CPPUNIT_ASSERT_EQUAL(std::string("f"), open("inner"));
    CPPUNIT_ASSERT_EQUAL(std::string("a"), open("d/up"));
    CPPUNIT_ASSERT_EQUAL(std::string("f"), open("to-d/e/f"));
    CPPUNIT_ASSERT_EQUAL(std::string("f"), open("d//e/./f"));
    CPPUNIT_ASSERT_EQUAL(std::string("folder"), open(""));
  }

  void whatDoesNot() {
    for (auto path :
         {"out", "d/out", "to-d/out", "absolute", "home", "chain", "proc", "..", "../secret", "d/../../secret"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, error(EXDEV), open(path));
    CPPUNIT_ASSERT_EQUAL(error(ELOOP), open("loop"));
    CPPUNIT_ASSERT_EQUAL(error(ENOENT), open("none"));
    CPPUNIT_ASSERT_EQUAL(error(ENOTDIR), open("a/b"));
  }

  void linksByRule() {
    for (auto path : {"inner", "to-d/e/f", "out", "absolute"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, error(ELOOP), open(path, Symlinks::Refuse));
    CPPUNIT_ASSERT_EQUAL(std::string("f"), open("d/e/f", Symlinks::Refuse));
    Fd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (auto path : {"out", "absolute", "chain"})
      CPPUNIT_ASSERT_EQUAL(std::string("secret"), content(openBeneath(root.get(), path, Symlinks::Follow)));
  }

  void foldersByTheirSlash() {
    CPPUNIT_ASSERT_EQUAL(std::string("folder"), open("d"));
    CPPUNIT_ASSERT_EQUAL(std::string("folder"), open("d/"));
    CPPUNIT_ASSERT_EQUAL(std::string("folder"), open("to-d/"));
    CPPUNIT_ASSERT_EQUAL(error(ENOTDIR), open("a/"));
  }

  void aFifoDoesNotWait() {
    CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((root_ + "/fifo").c_str(), 0600));
    CPPUNIT_ASSERT_EQUAL(std::string(), open("fifo"));
  }

  void ownersAreCompared() {
    Fd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    auto by_owner = [&](const char* path) { return content(openBeneath(root.get(), path, Symlinks::IfSameOwner)); };
    CPPUNIT_ASSERT_EQUAL(std::string("f"), by_owner("inner"));
    CPPUNIT_ASSERT_EQUAL(std::string("secret"), by_owner("absolute"));
    if (::lchown((root_ + "/inner").c_str(), 1, 1) != 0) return;  // not root: nobody can have another's link
    CPPUNIT_ASSERT_EQUAL(error(EACCES), by_owner("inner"));
  }

  // S-48: of a name that nobody has asked for yet the kernel knows nothing; what was just written it knows.
  void whatIsNotInMemoryIsPutOff() {
    all_.file("root/known", "k");
    Fd root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    CPPUNIT_ASSERT_EQUAL(std::string("k"),
                         content(openBeneath(root.get(), "known", Symlinks::Beneath, NameLookup::Cached)));
    CPPUNIT_ASSERT_EQUAL(error(EAGAIN), content(openBeneath(root.get(), "new", Symlinks::Beneath, NameLookup::Cached)));
    CPPUNIT_ASSERT_EQUAL(error(ENOENT), content(openBeneath(root.get(), "new", Symlinks::Beneath, NameLookup::Full)));
    CPPUNIT_ASSERT_EQUAL(std::string("folder"), content(openRoot(root_.c_str(), NameLookup::Cached)));
    CPPUNIT_ASSERT_EQUAL(error(EAGAIN), content(openRoot((root_ + "/elsewhere").c_str(), NameLookup::Cached)));
    CPPUNIT_ASSERT_EQUAL(error(ENOENT), content(openRoot((root_ + "/elsewhere").c_str(), NameLookup::Full)));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpenBeneathTest);

}  // namespace weir
