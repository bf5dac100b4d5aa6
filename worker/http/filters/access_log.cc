// SPDX-License-Identifier: Apache-2.0
// access_log: a line per exchange, when it ends.
#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "shared/base/syslog.h"
#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"
#include "worker/http/log_format.h"
#include "worker/net/log_file.h"

namespace weir {
namespace {

class AccessLogFilter final : public Filter {
 public:
  AccessLogFilter(const std::vector<AccessLogSetting>& settings, CompileContext& context) {
    for (const AccessLogSetting& setting : settings) addLog(setting, context);
  }

  void onEnd(const Exchange& exchange) const override {
    for (const Log& log : logs_)
      if (wants(log, exchange)) write(log, exchange);
  }

 private:
  struct Log {
    LogFile* file;  // null in a check
    LogFormat format;
    Template condition;
    std::unique_ptr<SyslogHeader> header;  // null: no syslog
    uint8_t severity = 0;
  };

  void addLog(const AccessLogSetting& setting, CompileContext& context) {
    const auto& formats = context.settings.log_formats;
    auto format = std::find_if(formats.begin(), formats.end(), [&](const auto& f) { return f.name == setting.format; });
    if (format == formats.end())
      return context.diagnostics.error(setting.origin, "access_log: unknown log_format \"" + setting.format + "\"");
    LogFile* file = context.logs == nullptr ? nullptr : context.logs->logFile(setting);
    Log& log =
        logs_.emplace_back(Log{file, LogFormat(*format, context.groups, context.diagnostics),
                               Template::compile(setting.condition, context.groups, context.diagnostics), nullptr});
    if (!setting.syslog) return;
    const SyslogSetting& syslog = *setting.syslog;
    log.severity = syslog.severity;
    log.header = std::make_unique<SyslogHeader>(syslog.facility, syslog.tag, syslog.hostname ? syslogHostname() : "");
  }

  // if=: neither empty nor "0".
  bool wants(const Log& log, const Exchange& exchange) const {
    if (log.condition.isEmpty()) return true;
    std::string& text = scratch();
    log.condition.append(exchange, text);
    return !text.empty() && text != "0";
  }

  void write(const Log& log, const Exchange& exchange) const {
    if (log.file == nullptr) return;
    std::string& line = scratch();
    if (log.header)
      line = log.header->at(std::chrono::system_clock::to_time_t(exchange.loop().wallNow()), log.severity);
    size_t begin = line.size();
    if (log.format.append(exchange, log.file->lineBound(), line) == LogFormat::Fit::Cut) log.file->countCut();
    // With escape=none a stranger may have sent one: it would be the end of this message and begin another.
    if (log.header) std::replace(line.begin() + static_cast<ptrdiff_t>(begin), line.end() - 1, '\n', ' ');
    log.file->append(line);
  }

  std::string& scratch() const {
    scratch_.clear();
    return scratch_;
  }

  std::vector<Log> logs_;
  mutable std::string scratch_;  // kept, so that a line allocates nothing
};

std::unique_ptr<Filter> makeAccessLog(const LocationSettings& location, CompileContext& context) {
  if (location.http.access_log.empty()) return nullptr;
  return std::make_unique<AccessLogFilter>(location.http.access_log, context);
}

const FilterEntry kEntry("90-access_log", makeAccessLog);

}  // namespace
}  // namespace weir
