// SPDX-License-Identifier: Apache-2.0
#pragma once
// AccessLogs: the access logs of one place in the configuration: a line for each exchange or session when it ends,
// where the log's condition holds. Const but for a line that it keeps, so that writing allocates nothing.

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "shared/base/clock.h"
#include "shared/base/syslog.h"
#include "shared/config/settings.h"
#include "worker/net/log_directory.h"
#include "worker/net/log_file.h"
#include "worker/text/line_formats.h"

namespace weir::text {

template <class Source>
class AccessLogs {
 public:
  // directory: null in a check.
  AccessLogs(const std::vector<AccessLogSetting>& settings, LineFormats<Source>& formats, LogDirectory* directory) {
    for (const AccessLogSetting& setting : settings) {
      auto format = formats.find(setting.format);
      if (!format) continue;  // an error already (shared/config/checks.cc)
      logs_.push_back(
          {std::move(format), Template<Source>::compile(setting.condition, formats.scope(), formats.diagnostics())});
      connect(logs_.back(), setting, directory);
    }
  }

  bool empty() const { return logs_.empty(); }
  void write(const Source& source, WallTime now) const {
    for (const Log& log : logs_)
      if (log.file != nullptr && wants(log, source)) write(log, source, now);
  }

 private:
  struct Log {
    Ref<const LineFormat<Source>> format;
    Template<Source> condition;
    LogFile* file = nullptr;                 // null in a check
    std::unique_ptr<SyslogHeader> header{};  // null: no syslog
    uint8_t severity = 0;
  };

  static void connect(Log& log, const AccessLogSetting& setting, LogDirectory* directory) {
    if (directory != nullptr) log.file = directory->logFile(setting);
    if (!setting.syslog) return;
    const SyslogSetting& syslog = *setting.syslog;
    log.severity = syslog.severity;
    log.header = std::make_unique<SyslogHeader>(syslog.facility, syslog.tag, syslog.hostname ? syslogHostname() : "");
  }

  // if=: neither empty nor "0".
  bool wants(const Log& log, const Source& source) const {
    if (log.condition.isEmpty()) return true;
    line_.clear();
    log.condition.append(source, line_);
    return !line_.empty() && line_ != "0";
  }

  void write(const Log& log, const Source& source, WallTime now) const {
    line_.clear();
    if (log.header) line_ = log.header->at(std::chrono::system_clock::to_time_t(now), log.severity);
    size_t begin = line_.size();
    if (log.format->append(source, log.file->lineBound(), line_) == LineFormat<Source>::Fit::Cut) log.file->countCut();
    // With escape=none a stranger may have sent one: it would be the end of this message and begin another.
    if (log.header) std::replace(line_.begin() + static_cast<ptrdiff_t>(begin), line_.end() - 1, '\n', ' ');
    log.file->append(line_);
  }

  std::vector<Log> logs_;
  mutable std::string line_;
};

}  // namespace weir::text
