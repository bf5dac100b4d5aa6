// SPDX-License-Identifier: Apache-2.0
#include "master/generation.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "master/cpu_count.h"
#include "master/kernel_module.h"
#include "shared/base/sha256.h"
#include "shared/ipc/sealed.h"
#include "shared/stats/segment.h"
#include "worker/entry.h"

namespace weir {
namespace {

// -e stands in for the default, as in nginx; a path that the file names wins.
void applyErrorLogOption(Settings& settings, const std::string& option) {
  auto& logs = settings.main.error_log;
  bool is_default = logs.size() == 1 && logs[0].path == settings.prefix + "logs/error.log";
  if (!option.empty() && is_default) logs[0].path = option;
}

void warnFixed(const char* directive, Diagnostics& diagnostics) {
  diagnostics.warning({}, std::string(directive) + " cannot change at a reload: restart weir");
}

void checkFolder(const Path& folder, Diagnostics& diagnostics) {
  if (folder.value.empty() || access(folder.value.c_str(), X_OK) == 0) return;
  diagnostics.error({}, systemError("working_directory " + folder.value).message());
}

}  // namespace

std::unique_ptr<Generation> Generation::load(const Options& options, uint64_t number, Diagnostics& diagnostics) {
  auto generation = std::make_unique<Generation>();
  Configuration read =
      options.one_liner.empty()
          ? readConfiguration(options.config, options.prefix, options.overrides, diagnostics)
          : textConfiguration("weir " + options.one_liner, options.config_text, options.prefix, diagnostics);
  generation->bundle_ = std::move(read.bundle);
  generation->bundle_.generation = number;
  generation->settings_ = std::move(read.settings);
  applyErrorLogOption(*generation->settings_, options.error_log);
  // It is ended from where it was started, and several may run.
  if (!options.one_liner.empty()) generation->settings_->main.pid.value.clear();
  generation->settings_ = checkConfig(std::move(generation->settings_), diagnostics);
  checkOpenFiles(generation->settings_->main, diagnostics);
  if (auto credentials = resolveCredentials(generation->settings_->main.user))
    generation->credentials_ = std::move(credentials).value();
  else
    diagnostics.error({}, credentials.error().message());
  return generation;
}

void Generation::check(Diagnostics& diagnostics) const {
  checkFolder(settings_->main.working_directory, diagnostics);
  LogFiles::check(*settings_, diagnostics);
  Listeners::check(*settings_, diagnostics);
}

void Generation::open(const Generation* previous, std::vector<unsigned> slots, Diagnostics& diagnostics) {
  if (previous != nullptr) keepFixedSettings(*previous, diagnostics);
  checkFolder(settings_->main.working_directory, diagnostics);
  slots_ = std::move(slots);
  logs_ = LogFiles::open(*settings_, credentials_, diagnostics);
  zones_ = Zones::open(*settings_, previous == nullptr ? nullptr : &previous->zones_, diagnostics);
  Listeners passed = Listeners::passed(std::move(passed_), *settings_, slots_.front());
  listeners_ = Listeners::open(*settings_, slots_, previous == nullptr ? &passed : &previous->listeners_, diagnostics);
  if (credentials_.change) listeners_.giveUdpTo(credentials_.uid, credentials_.gid);
  wakeKernelTls(*settings_);
  tls_memory_ = TlsMemory::open(*settings_, previous == nullptr ? nullptr : &previous->tls_memory_, diagnostics);
  auto sealed = sealBytes(bundle_.serialize());
  if (!sealed) return diagnostics.error({}, sealed.error().message());
  sealed_ = std::move(sealed).value();
}

ConfigDigest Generation::digest() const {
  std::string contents;
  for (const Bundle::File& file : bundle_.files) contents += file.text;
  return sha256(contents);
}

unsigned Generation::workerCount() const {
  unsigned wanted = settings_->main.worker_processes.value.value_or(availableCpus());
  return std::clamp(wanted, 1U, Segment::kMaxWorkers);
}

ProcessLimits Generation::limitsFor(unsigned slot) const {
  return ProcessLimits::of(settings_->main, slot, allowedCpus());
}

Offer Generation::offerFor(unsigned slot) const {
  Offer offer{number(), sealed_.get(), logsFor(slot)};
  auto add = [&offer](const std::vector<KeyedDescriptor>& more) {
    offer.descriptors.insert(offer.descriptors.end(), more.begin(), more.end());
  };
  add(listeners_.socketsOf(slot));
  if (slot == Segment::kMonitorSlot) {
    add(tls_memory_.monitorDescriptors());
  } else {
    add(tls_memory_.descriptors());
    add(zones_.descriptors());
  }
  return offer;
}

std::vector<KeyedDescriptor> Generation::logsFor(unsigned slot) const {
  return slot == Segment::kMonitorSlot ? logs_.errorLogDescriptors() : logs_.descriptors();
}

void Generation::reopenLogs(Diagnostics& diagnostics) {
  LogFiles fresh = LogFiles::open(*settings_, credentials_, diagnostics);
  if (!diagnostics.hasErrors()) logs_ = std::move(fresh);
}

void Generation::keepFixedSettings(const Generation& previous, Diagnostics& diagnostics) {
  MainSettings& now = settings_->main;
  const MainSettings& then = previous.settings_->main;
  if (now.user.user != then.user.user || now.user.group != then.user.group) warnFixed("user", diagnostics);
  if (now.pid.value != then.pid.value) warnFixed("pid", diagnostics);
  if (now.daemon != then.daemon) warnFixed("daemon", diagnostics);
  if (now.worker_seccomp != then.worker_seccomp) warnFixed("worker_seccomp", diagnostics);
  if (now.working_directory.value != then.working_directory.value) warnFixed("working_directory", diagnostics);
  now.user = then.user;
  now.pid = then.pid;
  now.daemon = then.daemon;
  now.worker_seccomp = then.worker_seccomp;
  now.working_directory = then.working_directory;
  credentials_ = previous.credentials_;
}

std::vector<unsigned> chooseSlots(unsigned count, const std::vector<unsigned>& serving,
                                  const std::set<unsigned>& occupied) {
  std::vector<unsigned> slots(serving.begin(), serving.begin() + std::min<ptrdiff_t>(count, std::ssize(serving)));
  for (unsigned slot = 0; slots.size() < count && slot < Segment::kMaxWorkers; ++slot) {
    bool taken = occupied.contains(slot) || std::find(slots.begin(), slots.end(), slot) != slots.end();
    if (!taken) slots.push_back(slot);
  }
  std::sort(slots.begin(), slots.end());
  return slots;
}

}  // namespace weir
