// SPDX-License-Identifier: Apache-2.0
// Runs the unit tests: all of them, or those whose "Class::test" holds one of the arguments. --list prints the names.
// The last line is "N passed, N failed"; the exit code is 0 only when something ran and nothing failed.

#include <cppunit/Exception.h>
#include <cppunit/SourceLine.h>
#include <cppunit/Test.h>
#include <cppunit/TestFailure.h>
#include <cppunit/TestListener.h>
#include <cppunit/TestResult.h>
#include <cppunit/extensions/TestFactoryRegistry.h>
#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/fd.h"
#include "shared/base/log.h"

namespace {

using Clock = std::chrono::steady_clock;

// Past this a unit test is named: it waits for something.
constexpr std::chrono::milliseconds kSlow{1000};

class Report : public CppUnit::TestListener {
 public:
  void startTest(CppUnit::Test* test) override {
    name_ = test->getName();
    failed_ = false;
    begun_ = Clock::now();
  }

  void addFailure(const CppUnit::TestFailure& failure) override {
    failed_ = true;
    auto place = failure.sourceLine();
    std::string message = failure.thrownException()->message().details();
    std::printf("FAILED %s\n  %s:%d: %s\n  %s\n", name_.c_str(), place.fileName().c_str(), place.lineNumber(),
                failure.thrownException()->message().shortDescription().c_str(), message.c_str());
  }

  void endTest(CppUnit::Test*) override {
    ++(failed_ ? failures_ : passes_);
    auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
    if (took > kSlow) std::printf("slow: %s took %d ms\n", name_.c_str(), static_cast<int>(took.count()));
  }

  int passes() const { return passes_; }
  int failures() const { return failures_; }

 private:
  std::string name_;
  Clock::time_point begun_;
  bool failed_ = false;
  int passes_ = 0;
  int failures_ = 0;
};

void collect(CppUnit::Test* test, std::vector<CppUnit::Test*>& into) {
  if (test->getChildTestCount() == 0 && test->countTestCases() == 1) into.push_back(test);
  for (int i = 0; i < test->getChildTestCount(); ++i) collect(test->getChildTestAt(i), into);
}

bool wanted(const CppUnit::Test& test, const std::vector<std::string_view>& patterns) {
  std::string name = test.getName();
  auto matches = [&](std::string_view pattern) { return name.find(pattern) != std::string::npos; };
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), matches);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> patterns(argv + 1, argv + argc);
  bool list = std::erase(patterns, "--list") > 0;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);

  // What the code under test logs is no news here.
  weir::Fd nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  weir::log::setDescriptor(nowhere.get());

  std::unique_ptr<CppUnit::Test> root(CppUnit::TestFactoryRegistry::getRegistry().makeTest());
  std::vector<CppUnit::Test*> tests;
  collect(root.get(), tests);
  std::erase_if(tests, [&](CppUnit::Test* test) { return !wanted(*test, patterns); });
  if (list) {
    for (auto* test : tests) std::puts(test->getName().c_str());
    return tests.empty();
  }

  Report report;
  CppUnit::TestResult result;
  result.addListener(&report);
  for (auto* test : tests) test->run(&result);
  std::printf("%d passed, %d failed\n", report.passes(), report.failures());
  return tests.empty() || report.failures() > 0;
}
