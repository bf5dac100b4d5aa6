// SPDX-License-Identifier: Apache-2.0
#pragma once
// SessionLog: the access logs of a stream: a line for each session when it ends, where its condition holds. Part of a
// StreamService; const but for a line that it keeps.

#include <string>
#include <vector>

#include "shared/config/settings.h"
#include "worker/net/log_directory.h"
#include "worker/stream/session_template.h"

namespace weir {

class SessionLog {
 public:
  bool empty() const { return logs_.empty(); }
  // directory: null in a check.
  void add(const AccessLogSetting& setting, LogFormatSetting::Escape escape, SessionTemplate text,
           SessionTemplate condition, LogDirectory* directory);
  void write(const SessionRecord& record) const;

 private:
  struct Log {
    LogFile* file;  // null in a check
    LogFormatSetting::Escape escape;
    SessionTemplate text;
    SessionTemplate condition;
  };
  bool wants(const Log& log, const SessionRecord& record) const;

  std::vector<Log> logs_;
  mutable std::string line_;
};

}  // namespace weir
