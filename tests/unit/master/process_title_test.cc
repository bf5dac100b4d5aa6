// SPDX-License-Identifier: Apache-2.0
#include "master/process_title.h"

#include <cppunit/extensions/HelperMacros.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/master/in_child.h"

namespace weir {

class ProcessTitleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProcessTitleTest);
  CPPUNIT_TEST(takesTheRoomOfTheArguments);
  CPPUNIT_TEST(isCutToTheRoom);
  CPPUNIT_TEST(namesTheThread);
  CPPUNIT_TEST(theEnvironmentSurvives);
  CPPUNIT_TEST_SUITE_END();

  // As the kernel lays them out: one string after the other.
  std::string area_ = std::string("weir\0-c\0/a/long/path.ini\0", 25);
  char* argv_[4] = {area_.data(), area_.data() + 5, area_.data() + 8, nullptr};

 public:
  void takesTheRoomOfTheArguments() {
    inChild([this] {
      ProcessTitle title(3, argv_);
      title.set("weir: monitor");
      return std::string(area_.c_str()) == "weir: monitor" && area_.back() == '\0';
    });
  }

  void isCutToTheRoom() {
    inChild([this] {
      ProcessTitle title(1, argv_);
      title.set("weir: worker 0");
      return std::string(area_.c_str()) == "weir" && argv_[1] == std::string("-c");
    });
  }

  void namesTheThread() {
    inChild([this] {
      ProcessTitle title(3, argv_);
      title.set("weir: worker 12");
      char name[16];
      prctl(PR_GET_NAME, name);
      return std::string(name) == "worker 12";
    });
  }

  void theEnvironmentSurvives() {
    inChild([this] {
      setenv("WEIR_TEST", "kept", 1);
      ProcessTitle title(3, argv_);
      title.set(std::string(24, 'x'));
      return getenv("WEIR_TEST") == std::string("kept");
    });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProcessTitleTest);

}  // namespace weir
