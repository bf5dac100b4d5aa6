// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogFiles: the open logs of a generation. The master opens them while it is privileged; children get descriptors.
// Opened anew by each reload and by USR1, so a log that was renamed is let go with the generation that had it.

#include <map>
#include <string>
#include <vector>

#include "master/offer.h"
#include "master/privileges.h"
#include "shared/base/fd.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"

namespace weir {

class LogFiles {
 public:
  LogFiles() = default;

  // Opens the error log and every access log; what fails is a diagnostic. A file that did not exist is created, and
  // belongs to the workers' user then; the folder logs/ under the prefix is created, too.
  static LogFiles open(const Settings& settings, const Credentials& owner, Diagnostics& diagnostics);

  // For -t: says what open() would stumble over, without creating anything.
  static void check(const Settings& settings, Diagnostics& diagnostics);

  // -1 while there is none.
  int errorLog() const { return error_log_.get(); }
  // With keys for a worker: the error log and the access logs.
  std::vector<KeyedDescriptor> descriptors() const;
  // With its key for the monitor.
  KeyedDescriptor errorLogDescriptor() const { return {"errorlog", errorLog()}; }

 private:
  Fd error_log_;
  std::map<std::string, Fd> access_logs_;  // by path
};

// Appends to a path, "stdout" or "stderr". Never waits, not even for the reader of a FIFO.
Result<Fd> openLog(const std::string& path, const Credentials& owner);

// Creates the folder that holds path if it is missing and is one of weir's own, logs/ under the prefix.
Result<void> makeLogsFolder(const std::string& path, const std::string& prefix);

}  // namespace weir
