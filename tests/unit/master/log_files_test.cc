// SPDX-License-Identifier: Apache-2.0
#include "master/log_files.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace weir {

class LogFilesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogFilesTest);
  CPPUNIT_TEST(opensEveryLogOnce);
  CPPUNIT_TEST(createsTheDefaultFolderOnly);
  CPPUNIT_TEST(everyFailureIsReportedWithItsPlace);
  CPPUNIT_TEST(appends);
  CPPUNIT_TEST(aNewLogBelongsToTheWorkersUser);
  CPPUNIT_TEST(anExistingLogKeepsItsOwner);
  CPPUNIT_TEST(aDanglingLinkIsNotFollowed);
  CPPUNIT_TEST(aFifoWithoutReaderDoesNotBlock);
  CPPUNIT_TEST(standardStreamsAreLogsToo);
  CPPUNIT_TEST(checkCreatesNothing);
  CPPUNIT_TEST(errorLogsAreTargetsWithLevels);
  CPPUNIT_TEST_SUITE_END();

  static AccessLogSetting accessLog(const std::string& path) {
    AccessLogSetting log;
    log.path = path;
    return log;
  }
  void errorLog(std::string path) {
    settings_.main.error_log.resize(1);
    settings_.main.error_log[0].path = std::move(path);
  }
  LogFiles open(const Credentials& owner = {}) { return LogFiles::open(settings_, owner, diagnostics_); }
  void expectNoErrors() { CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics_.formatAll()); }
  std::string path(const char* name) const { return folder_ + "/" + name; }
  static uid_t ownerOf(const std::string& path) {
    struct stat status;
    CPPUNIT_ASSERT(stat(path.c_str(), &status) == 0);
    return status.st_uid;
  }
  // Somebody else, when we may give files away; else ourselves.
  static Credentials somebody() { return {true, geteuid() == 0 ? 12345 : geteuid(), getegid(), {}, "somebody"}; }

  std::string folder_;
  Settings settings_;
  Diagnostics diagnostics_;

 public:
  void setUp() override {
    char name[] = "/tmp/weir-logs-XXXXXX";
    folder_ = mkdtemp(name);
    settings_ = Settings();
    settings_.prefix = folder_ + "/";
    errorLog(path("error.log"));
    diagnostics_ = Diagnostics();
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

  void opensEveryLogOnce() {
    settings_.http.access_log = {accessLog(path("a"))};
    settings_.servers.resize(1);
    settings_.servers[0].http.access_log = {accessLog(path("a")), accessLog(path("b"))};
    settings_.servers[0].locations.resize(1);
    settings_.servers[0].locations[0].http.access_log = {accessLog(path("c"))};
    LogFiles logs = open();
    expectNoErrors();
    std::vector<std::string> keys;
    for (const auto& [key, fd] : logs.descriptors()) keys.push_back(key);
    std::vector<std::string> expected{"errorlog:" + path("error.log"), "log:" + path("a"), "log:" + path("b"),
                                      "log:" + path("c")};
    CPPUNIT_ASSERT(keys == expected);
    CPPUNIT_ASSERT_EQUAL(logs.targets().at(0).fd, logs.errorLogDescriptors().at(0).fd);
  }

  void createsTheDefaultFolderOnly() {
    errorLog(path("logs/error.log"));
    open();
    expectNoErrors();
    CPPUNIT_ASSERT(std::filesystem::exists(path("logs/error.log")));
    errorLog(path("other/error.log"));
    open();
    CPPUNIT_ASSERT(diagnostics_.hasErrors());
    CPPUNIT_ASSERT(!std::filesystem::exists(path("other")));
  }

  void everyFailureIsReportedWithItsPlace() {
    errorLog("/nonexistent/e");
    settings_.http.access_log = {accessLog("/nonexistent/a")};
    settings_.http.access_log[0].origin = {diagnostics_.addFile("weir.ini"), 7};
    open();
    CPPUNIT_ASSERT_EQUAL(size_t{2}, diagnostics_.errorCount());
    CPPUNIT_ASSERT(diagnostics_.formatAll().find("weir.ini:7: open log /nonexistent/a") != std::string::npos);
  }

  void appends() {
    std::ofstream(path("error.log")) << "before\n";
    LogFiles logs = open();
    CPPUNIT_ASSERT(write(logs.targets().at(0).fd, "after\n", 6) == 6);
    CPPUNIT_ASSERT_EQUAL(uintmax_t{13}, std::filesystem::file_size(path("error.log")));
    CPPUNIT_ASSERT(fcntl(logs.targets().at(0).fd, F_GETFD) & FD_CLOEXEC);
  }

  void aNewLogBelongsToTheWorkersUser() {
    open(somebody());
    expectNoErrors();
    CPPUNIT_ASSERT_EQUAL(somebody().uid, ownerOf(path("error.log")));
  }

  void anExistingLogKeepsItsOwner() {
    std::ofstream(path("error.log")) << "mine\n";
    open(somebody());
    CPPUNIT_ASSERT_EQUAL(geteuid(), ownerOf(path("error.log")));
  }

  void aDanglingLinkIsNotFollowed() {
    std::filesystem::create_symlink(path("target"), path("error.log"));
    open();
    CPPUNIT_ASSERT(diagnostics_.hasErrors());
    CPPUNIT_ASSERT(!std::filesystem::exists(path("target")));
  }

  void aFifoWithoutReaderDoesNotBlock() {
    CPPUNIT_ASSERT(mkfifo(path("error.log").c_str(), 0600) == 0);
    open();
    CPPUNIT_ASSERT(diagnostics_.hasErrors());
  }

  void standardStreamsAreLogsToo() {
    errorLog("stderr");
    settings_.http.access_log = {accessLog("stdout")};
    LogFiles logs = open();
    expectNoErrors();
    CPPUNIT_ASSERT(logs.targets().at(0).fd > STDERR_FILENO);
    CPPUNIT_ASSERT_EQUAL(std::string("log:stdout"), logs.descriptors().at(1).key);
  }

  void errorLogsAreTargetsWithLevels() {
    ErrorLogSetting json{path("e.json"), LogLevel::Debug, true, {}, {}};
    ErrorLogSetting syslog{"syslog:server=127.0.0.1", LogLevel::Crit, false, SyslogSetting(), {}};
    syslog.syslog->server = *Address::parse("127.0.0.1:514");
    settings_.main.error_log.push_back(json);
    settings_.main.error_log.push_back(json);
    settings_.main.error_log.push_back(syslog);
    LogFiles logs = open();
    expectNoErrors();
    CPPUNIT_ASSERT_EQUAL(size_t{2}, logs.descriptors().size());
    const auto& targets = logs.targets();
    CPPUNIT_ASSERT_EQUAL(size_t{4}, targets.size());
    CPPUNIT_ASSERT(targets[0].level == LogLevel::Error && targets[0].form == LogForm::Text);
    CPPUNIT_ASSERT(targets[1].level == LogLevel::Debug && targets[1].form == LogForm::Json);
    CPPUNIT_ASSERT_EQUAL(targets[1].fd, targets[2].fd);
    CPPUNIT_ASSERT(targets[3].sink != nullptr && targets[3].header != nullptr);
    CPPUNIT_ASSERT(!logs.hasTerminal());
  }

  void checkCreatesNothing() {
    errorLog(path("logs/error.log"));
    settings_.http.access_log = {accessLog(path("a")), accessLog("stdout")};
    LogFiles::check(settings_, diagnostics_);
    expectNoErrors();
    CPPUNIT_ASSERT(std::filesystem::is_empty(folder_));
    settings_.http.access_log.push_back(accessLog("/nonexistent/a"));
    LogFiles::check(settings_, diagnostics_);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, diagnostics_.errorCount());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogFilesTest);

}  // namespace weir
