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

struct Wanted {
  std::string path;
  Origin origin;
};

void collect(const HttpSettings& http, std::map<std::string, Origin>& wanted) {
  for (const AccessLogSetting& log : http.access_log) wanted.emplace(log.path, log.origin);
}

std::map<std::string, Origin> accessLogs(const Settings& settings) {
  std::map<std::string, Origin> wanted;
  collect(settings.http, wanted);
  for (const ServerSettings& server : settings.servers) {
    collect(server.http, wanted);
    for (const LocationSettings& location : server.locations) collect(location.http, wanted);
  }
  for (const StreamSettings& stream : settings.streams)
    for (const AccessLogSetting& log : stream.access_log) wanted.emplace(log.path, log.origin);
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

LogFiles LogFiles::open(const Settings& settings, const Credentials& owner, Diagnostics& diagnostics) {
  LogFiles logs;
  if (auto fd = openUnder(settings.main.error_log.path, settings, owner))
    logs.error_log_ = std::move(fd).value();
  else
    diagnostics.error({}, fd.error().message());
  for (const auto& [path, origin] : accessLogs(settings)) {
    if (auto fd = openUnder(path, settings, owner))
      logs.access_logs_.emplace(path, std::move(fd).value());
    else
      diagnostics.error(origin, fd.error().message());
  }
  return logs;
}

void LogFiles::check(const Settings& settings, Diagnostics& diagnostics) {
  if (auto ok = checkLog(settings.main.error_log.path, settings.prefix); !ok)
    diagnostics.error({}, ok.error().message());
  for (const auto& [path, origin] : accessLogs(settings))
    if (auto ok = checkLog(path, settings.prefix); !ok) diagnostics.error(origin, ok.error().message());
}

std::vector<KeyedDescriptor> LogFiles::descriptors() const {
  std::vector<KeyedDescriptor> all{errorLogDescriptor()};
  for (const auto& [path, fd] : access_logs_) all.push_back({"log:" + path, fd.get()});
  return all;
}

}  // namespace weir
