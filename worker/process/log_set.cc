// SPDX-License-Identifier: Apache-2.0
#include "worker/process/log_set.h"

#include <utility>

#include "worker/net/syslog_output.h"

namespace weir {
namespace {

// The same path with other buffering is another file.
std::string nameOf(const AccessLogSetting& setting) {
  std::string name = setting.path + '\0';
  if (setting.buffer) name += std::to_string(setting.buffer->bytes);
  name += '/';
  if (setting.flush) name += std::to_string(setting.flush->count());
  return name;
}

std::string pathOf(const std::string& name) { return name.substr(0, name.find('\0')); }

LogBuffering bufferingOf(const AccessLogSetting& setting) {
  LogBuffering buffering;
  if (setting.buffer) buffering.hold = setting.buffer->bytes;
  if (setting.flush) buffering.flush = *setting.flush;
  return buffering;
}

}  // namespace

LogUse::~LogUse() {
  if (set_ != nullptr) set_->release(names_);
}

void LogSet::beginPrepare(const DescriptorSet& descriptors) {
  preparing_ = &descriptors;
  prepared_ = LogUse();
  prepared_.set_ = this;
}

LogFile* LogSet::logFile(const AccessLogSetting& setting) {
  std::string name = nameOf(setting);
  LogFile* file = writer_.find(name);
  if (file == nullptr) file = open(name, setting);
  if (file == nullptr) return nullptr;
  ++users_[name];
  prepared_.names_.push_back(std::move(name));
  return file;
}

LogFile* LogSet::open(const std::string& name, const AccessLogSetting& setting) {
  if (setting.syslog) return &writer_.open(name, std::make_unique<SyslogOutput>(setting.syslog->server), {});
  Fd fd = preparing_->copy("log:" + setting.path);
  return fd ? &writer_.open(name, std::move(fd), bufferingOf(setting)) : nullptr;
}

LogUse LogSet::endPrepare() {
  preparing_ = nullptr;
  return std::move(prepared_);
}

void LogSet::release(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (--users_[name] > 0) continue;
    users_.erase(name);
    writer_.close(*writer_.find(name));
  }
}

void LogSet::commit(const std::vector<ErrorLogSetting>& error_logs, const DescriptorSet& descriptors) {
  reopenAccessLogs(descriptors);
  error_logs_.install(error_logs, descriptors);
}

void LogSet::reopen(const DescriptorSet& descriptors) {
  reopenAccessLogs(descriptors);
  error_logs_.reopen(descriptors);
}

void LogSet::reopenAccessLogs(const DescriptorSet& descriptors) {
  for (const auto& [name, users] : users_)
    if (Fd fd = descriptors.copy("log:" + pathOf(name))) writer_.find(name)->reopen(std::move(fd));
}

}  // namespace weir
