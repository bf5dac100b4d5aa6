// SPDX-License-Identifier: Apache-2.0
#include "master/log_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

namespace weir {
namespace {

constexpr int kAppend = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
constexpr mode_t kLogMode = 0644;

using Wanted = std::map<std::string, Origin>;  // by path

void collect(const std::vector<AccessLogSetting>& logs, Wanted& wanted) {
  for (const AccessLogSetting& log : logs)
    if (!log.syslog) wanted.emplace(log.path, log.origin);
}

Wanted errorLogs(const Settings& settings) {
  Wanted wanted;
  for (const ErrorLogSetting& log : settings.main.error_log)
    if (!log.syslog) wanted.emplace(log.path, log.origin);
  return wanted;
}

Wanted accessLogs(const Settings& settings) {
  Wanted wanted;
  collect(settings.http.access_log, wanted);
  for (const ServerSettings& server : settings.servers) {
    collect(server.http.access_log, wanted);
    for (const LocationSettings& location : server.locations) collect(location.http.access_log, wanted);
  }
  for (const StreamSettings& stream : settings.streams) collect(stream.access_log, wanted);
  return wanted;
}

std::string folderOf(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

bool isStandardStream(std::string_view path) { return path == "stdout" || path == "stderr"; }

// O_EXCL, so that a link which somebody left in place of a new log is not followed.
Result<Fd> createLog(const std::string& path, const Credentials& owner) {
  Fd fd(::open(path.c_str(), kAppend | O_CREAT | O_EXCL, kLogMode));
  if (!fd) return systemError("open log " + path);
  if (owner.change && fchown(fd.get(), owner.uid, owner.gid) != 0) return systemError("chown log " + path);
  return fd;
}

Result<Fd> openUnder(const std::string& path, const Settings& settings, const Credentials& owner) {
  if (auto made = makeLogsFolder(path, settings.prefix); !made) return made.error();
  return openLog(path, owner);
}

std::map<std::string, Fd> openAll(const Wanted& wanted, const Settings& settings, const Credentials& owner,
                                  Diagnostics& diagnostics) {
  std::map<std::string, Fd> opened;
  for (const auto& [path, origin] : wanted) {
    if (auto fd = openUnder(path, settings, owner))
      opened.emplace(path, std::move(fd).value());
    else
      diagnostics.error(origin, fd.error().message());
  }
  return opened;
}

Result<void> checkLog(const std::string& path, const std::string& prefix) {
  if (isStandardStream(path) || access(path.c_str(), W_OK) == 0) return {};
  std::string folder = folderOf(path);
  bool ours = folder == prefix + "logs" && access(folder.c_str(), F_OK) != 0;
  bool creatable = errno == ENOENT && access(ours ? prefix.c_str() : folder.c_str(), W_OK) == 0;
  if (!creatable) return systemError("open log " + path);
  return {};
}

}  // namespace

Result<Fd> openLog(const std::string& path, const Credentials& owner) {
  if (isStandardStream(path)) {
    Fd copy(fcntl(path == "stdout" ? STDOUT_FILENO : STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!copy) return systemError("open log " + path);
    return copy;
  }
  Fd fd(::open(path.c_str(), kAppend));
  if (fd) return fd;
  if (errno != ENOENT) return systemError("open log " + path);
  return createLog(path, owner);
}

Result<void> makeLogsFolder(const std::string& path, const std::string& prefix) {
  std::string folder = folderOf(path);
  if (folder != prefix + "logs" || mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return systemError("create folder " + folder);
}

LogFiles LogFiles::openErrorLogs(const Settings& settings, const Credentials& owner, Diagnostics& diagnostics) {
  LogFiles logs;
  logs.error_logs_ = openAll(errorLogs(settings), settings, owner, diagnostics);
  for (const ErrorLogSetting& setting : settings.main.error_log) logs.addTarget(setting);
  return logs;
}

LogFiles LogFiles::open(const Settings& settings, const Credentials& owner, Diagnostics& diagnostics) {
  LogFiles logs = openErrorLogs(settings, owner, diagnostics);
  logs.access_logs_ = openAll(accessLogs(settings), settings, owner, diagnostics);
  return logs;
}

void LogFiles::addTarget(const ErrorLogSetting& setting) {
  LogTarget target;
  target.level = setting.level;
  target.form = setting.json ? LogForm::Json : LogForm::Text;
  if (setting.syslog) {
    const SyslogSetting& to = *setting.syslog;
    syslogs_.push_back(std::make_unique<Syslog>(SyslogHeader(to.facility, to.tag, to.hostname ? syslogHostname() : ""),
                                                SyslogSink(to.server)));
    target.header = &syslogs_.back()->header;
    target.sink = &syslogs_.back()->sink;
  } else if (auto opened = error_logs_.find(setting.path); opened != error_logs_.end()) {
    target.fd = opened->second.get();
  } else {
    return;
  }
  targets_.push_back(target);
}

void LogFiles::check(const Settings& settings, Diagnostics& diagnostics) {
  for (const Wanted& wanted : {errorLogs(settings), accessLogs(settings)})
    for (const auto& [path, origin] : wanted)
      if (auto ok = checkLog(path, settings.prefix); !ok) diagnostics.error(origin, ok.error().message());
}

std::vector<KeyedDescriptor> LogFiles::descriptors() const {
  std::vector<KeyedDescriptor> all = errorLogDescriptors();
  for (const auto& [path, fd] : access_logs_) all.push_back({"log:" + path, fd.get()});
  return all;
}

std::vector<KeyedDescriptor> LogFiles::errorLogDescriptors() const {
  std::vector<KeyedDescriptor> all;
  for (const auto& [path, fd] : error_logs_) all.push_back({"errorlog:" + path, fd.get()});
  return all;
}

}  // namespace weir
