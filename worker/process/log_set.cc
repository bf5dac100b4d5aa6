// SPDX-License-Identifier: Apache-2.0
#include "worker/process/log_set.h"

#include <algorithm>
#include <utility>

#include "shared/base/log.h"
#include "worker/net/file_output.h"
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

// Null when that log is none of the configuration any more.
std::unique_ptr<LogOutput> outputOf(const LogBlock& block, const DescriptorSet& logs) {
  if (auto server = Address::parse(block.server())) return std::make_unique<SyslogOutput>(*server);
  std::string name(block.name());
  Fd fd = logs.copy((ErrorLogs::owns(name) ? "errorlog:" : "log:") + pathOf(name));
  return fd ? std::make_unique<FileOutput>(std::move(fd)) : nullptr;
}

size_t countLines(const LineRing::Pieces& lines) {
  return static_cast<size_t>(std::count(lines.first.begin(), lines.first.end(), '\n') +
                             std::count(lines.second.begin(), lines.second.end(), '\n'));
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
  if (setting.syslog) return &writer_.open(name, setting.syslog->server);
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

size_t LogSet::inherit(const Fd& spool, const DescriptorSet& logs) {
  size_t lines = 0;
  for (LogBlock& block : LogSpool::leftIn(spool)) {
    size_t left = countLines(block.ring().readable());
    std::string path = pathOf(std::string(block.name()));
    auto output = outputOf(block, logs);
    if (!output) WEIR_LOG(Warn, "{} log lines of a process that died are lost: {} is no log any more", left, path);
    if (!output) continue;
    lines += left;
    writer_.inherit(std::move(block), std::move(output));
  }
  return lines;
}

void LogSet::reopenAccessLogs(const DescriptorSet& descriptors) {
  for (const auto& [name, users] : users_)
    if (Fd fd = descriptors.copy("log:" + pathOf(name))) writer_.find(name)->reopen(std::move(fd));
}

}  // namespace weir
