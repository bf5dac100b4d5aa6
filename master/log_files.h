// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogFiles: the open logs of a generation. The master opens them while it is privileged; children get descriptors.
// Opened anew by each reload and by USR1, so a log that was renamed is let go with the generation that had it.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "master/offer.h"
#include "master/privileges.h"
#include "shared/base/fd.h"
#include "shared/base/log.h"
#include "shared/base/syslog.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"

namespace weir {

class LogFiles {
 public:
  LogFiles() = default;

  // Opens every error log and access log; what fails is a diagnostic. A file that did not exist is created, and
  // belongs to the workers' user then; the folder logs/ under the prefix is created, too. Syslog servers are connected
  // to by each process itself, when it has something to say.
  static LogFiles open(const Settings& settings, const Credentials& owner, Diagnostics& diagnostics);
  // Only the error logs.
  static LogFiles openErrorLogs(const Settings& settings, const Credentials& owner, Diagnostics& diagnostics);

  // For -t: says what open() would stumble over, without creating anything.
  static void check(const Settings& settings, Diagnostics& diagnostics);

  // With keys for a worker: the error logs and the access logs.
  std::vector<KeyedDescriptor> descriptors() const;
  // With their keys for the monitor.
  std::vector<KeyedDescriptor> errorLogDescriptors() const;
  // The error logs for the master's own lines; good for as long as this lives.
  const std::vector<LogTarget>& targets() const { return targets_; }
  // What is logged as an error is on stderr, too.
  bool hasTerminal() const { return error_logs_.contains("stderr"); }

 private:
  struct Syslog {
    SyslogHeader header;
    SyslogSink sink;
  };
  using Opened = std::map<std::string, Fd>;  // by path
  void addTarget(const ErrorLogSetting& setting);

  Opened error_logs_;
  Opened access_logs_;
  std::vector<std::unique_ptr<Syslog>> syslogs_;
  std::vector<LogTarget> targets_;
};

// Appends to a path, "stdout" or "stderr". Never waits, not even for the reader of a FIFO.
Result<Fd> openLog(const std::string& path, const Credentials& owner);

// Creates the folder that holds path if it is missing and is one of weir's own, logs/ under the prefix.
Result<void> makeLogsFolder(const std::string& path, const std::string& prefix);

}  // namespace weir
