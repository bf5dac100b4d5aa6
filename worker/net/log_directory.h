// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogDirectory: gives the log files of the configuration that is being compiled.

namespace weir {

class LogFile;
struct AccessLogSetting;

class LogDirectory {
 public:
  // Null when the master sent no descriptor for it.
  virtual LogFile* logFile(const AccessLogSetting& setting) = 0;

 protected:
  ~LogDirectory() = default;
};

}  // namespace weir
