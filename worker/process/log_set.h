// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogSet: the log files of a child over its configurations: opened while one is prepared, switched to fresh descriptors
// when it is committed, closed with the last Runtime that names them. Also puts the error logs behind the writer's
// thread. Outlives every Runtime.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "worker/http/compile_context.h"
#include "worker/net/log_writer.h"
#include "worker/process/error_logs.h"
#include "worker/process/handover.h"

namespace weir {

class LogSet;

// The files that one Runtime writes to, while it lives.
class LogUse {
 public:
  LogUse() = default;
  LogUse(LogUse&& other) noexcept : set_(std::exchange(other.set_, nullptr)), names_(std::move(other.names_)) {}
  LogUse& operator=(LogUse&& other) noexcept {
    std::swap(set_, other.set_);
    std::swap(names_, other.names_);
    return *this;
  }
  ~LogUse();

 private:
  friend class LogSet;
  LogSet* set_ = nullptr;
  std::vector<std::string> names_;
};

class LogSet final : public LogDirectory {
 public:
  explicit LogSet(LogWriter& writer) : writer_(writer), error_logs_(writer) {}

  // Before a configuration is compiled, which asks for its logs; the descriptors outlive that.
  void beginPrepare(const DescriptorSet& descriptors);
  LogFile* logFile(const AccessLogSetting& setting) override;
  // After it, for its Runtime to keep.
  LogUse endPrepare();
  // When it serves: its error logs, and fresh descriptors for everything that is open.
  void commit(const std::vector<ErrorLogSetting>& error_logs, const DescriptorSet& descriptors);
  // Fresh descriptors for everything that is open.
  void reopen(const DescriptorSet& descriptors);
  // What a process that died left to be written, to the logs that the descriptors are. How many lines that is.
  size_t inherit(const Fd& spool, const DescriptorSet& logs);

 private:
  friend class LogUse;
  LogFile* open(const std::string& name, const AccessLogSetting& setting);
  void release(const std::vector<std::string>& names);
  void reopenAccessLogs(const DescriptorSet& descriptors);

  LogWriter& writer_;
  const DescriptorSet* preparing_ = nullptr;
  LogUse prepared_;
  std::map<std::string, int> users_;  // how many Runtimes write to the file of that name
  ErrorLogs error_logs_;
};

}  // namespace weir
