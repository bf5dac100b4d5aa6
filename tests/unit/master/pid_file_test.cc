// SPDX-License-Identifier: Apache-2.0
#include "master/pid_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace weir {

class PidFileTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PidFileTest);
  CPPUNIT_TEST(saysWhoRunsWhileItLives);
  CPPUNIT_TEST(createsItsFolder);
  CPPUNIT_TEST(aSecondMasterIsRefused);
  CPPUNIT_TEST(aStaleFileIsReplacedWhateverItSays);
  CPPUNIT_TEST(leavesNothingBehind);
  CPPUNIT_TEST_SUITE_END();

  std::string content() {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // The number of a process that lives, though it is no weir.
  void leaveStaleFile() { std::ofstream(path_) << getppid() << "\n"; }
  PidFile written() {
    auto file = PidFile::write(path_);
    CPPUNIT_ASSERT(file.ok());
    return std::move(file).value();
  }

  std::string folder_;
  std::string path_;

 public:
  void setUp() override {
    char name[] = "/tmp/weir-pid-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/weir.pid";
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

  void saysWhoRunsWhileItLives() {
    CPPUNIT_ASSERT(!PidFile::running(path_));
    PidFile file = written();
    CPPUNIT_ASSERT_EQUAL(std::to_string(getpid()) + "\n", content());
    CPPUNIT_ASSERT(PidFile::running(path_) == getpid());
  }

  void createsItsFolder() {
    path_ = folder_ + "/logs/deeper/weir.pid";
    PidFile file = written();
    CPPUNIT_ASSERT(PidFile::running(path_) == getpid());
  }

  void aSecondMasterIsRefused() {
    PidFile file = written();
    auto second = PidFile::write(path_);
    CPPUNIT_ASSERT(!second.ok());
    CPPUNIT_ASSERT(second.error().message().find("runs already, as process") != std::string::npos);
    CPPUNIT_ASSERT(PidFile::running(path_) == getpid());
  }

  void aStaleFileIsReplacedWhateverItSays() {
    leaveStaleFile();
    CPPUNIT_ASSERT(!PidFile::running(path_));
    PidFile file = written();
    CPPUNIT_ASSERT(PidFile::running(path_) == getpid());
  }

  void leavesNothingBehind() {
    { PidFile file = written(); }
    CPPUNIT_ASSERT(std::filesystem::is_empty(folder_));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PidFileTest);

}  // namespace weir
