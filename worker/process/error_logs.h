// SPDX-License-Identifier: Apache-2.0
#pragma once
// ErrorLogs: the error logs of a child, behind the writer's thread from its first configuration on. Ends before the
// LogWriter; the process's log then goes to where it went at first.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/log.h"
#include "shared/base/syslog.h"
#include "shared/config/settings.h"
#include "worker/net/log_writer.h"
#include "worker/process/handover.h"

namespace weir {

class ErrorLogs {
 public:
  explicit ErrorLogs(LogWriter& writer) : writer_(writer), first_descriptor_(log::descriptor()) {}
  ~ErrorLogs() { log::setDescriptor(first_descriptor_); }
  ErrorLogs(const ErrorLogs&) = delete;
  ErrorLogs& operator=(const ErrorLogs&) = delete;

  // Whether a LogFile of that name is one of them.
  static bool owns(std::string_view name);

  // Takes the place of those before; what they share stays open and goes on to the fresh descriptor.
  void install(const std::vector<ErrorLogSetting>& settings, const DescriptorSet& descriptors);
  void reopen(const DescriptorSet& descriptors);

 private:
  using Files = std::map<std::string, LogFile*>;  // by path
  using Headers = std::vector<std::unique_ptr<SyslogHeader>>;

  LogFile* open(const ErrorLogSetting& setting, const DescriptorSet& descriptors);

  LogWriter& writer_;
  const int first_descriptor_;
  Files files_;
  Headers headers_;
};

}  // namespace weir
