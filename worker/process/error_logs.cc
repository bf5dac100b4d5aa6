// SPDX-License-Identifier: Apache-2.0
#include "worker/process/error_logs.h"

#include <utility>

namespace weir {
namespace {

// Not the path alone: an access log may have the same.
constexpr std::string_view kSuffix("\0errors", 7);

std::string nameOf(const std::string& path) { return std::string(path).append(kSuffix); }

std::unique_ptr<SyslogHeader> headerOf(const SyslogSetting& syslog) {
  return std::make_unique<SyslogHeader>(syslog.facility, syslog.tag, syslog.hostname ? syslogHostname() : "");
}

}  // namespace

bool ErrorLogs::owns(std::string_view name) { return name.ends_with(kSuffix); }

void ErrorLogs::install(const std::vector<ErrorLogSetting>& settings, const DescriptorSet& descriptors) {
  reopen(descriptors);
  Files before = std::exchange(files_, {});
  Headers headers;
  std::vector<LogTarget> targets;
  for (const ErrorLogSetting& setting : settings) {
    auto known = before.find(setting.path);
    LogFile* file = known == before.end() ? open(setting, descriptors) : known->second;
    if (file == nullptr) continue;
    if (known != before.end()) before.erase(known);
    files_[setting.path] = file;
    LogTarget target{setting.level, setting.json ? LogForm::Json : LogForm::Text, -1, file, nullptr};
    if (setting.syslog) target.header = headers.emplace_back(headerOf(*setting.syslog)).get();
    targets.push_back(target);
  }
  targets.empty() ? log::setDescriptor(first_descriptor_) : log::setTargets(targets);
  headers_ = std::move(headers);
  for (const auto& [path, file] : before) writer_.close(*file);
}

LogFile* ErrorLogs::open(const ErrorLogSetting& setting, const DescriptorSet& descriptors) {
  if (auto same = files_.find(setting.path); same != files_.end()) return same->second;
  if (setting.syslog) return &writer_.open(nameOf(setting.path), setting.syslog->server);
  Fd fd = descriptors.copy("errorlog:" + setting.path);
  return fd ? &writer_.open(nameOf(setting.path), std::move(fd), {}) : nullptr;
}

void ErrorLogs::reopen(const DescriptorSet& descriptors) {
  for (const auto& [path, file] : files_)
    if (Fd fd = descriptors.copy("errorlog:" + path)) file->reopen(std::move(fd));
}

}  // namespace weir
