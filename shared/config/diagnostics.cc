// SPDX-License-Identifier: Apache-2.0
#include "shared/config/diagnostics.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weir {

Diagnostics::Diagnostics() : files_(1) {}

uint32_t Diagnostics::addFile(std::string_view name) {
  if (auto known = index_.find(name); known != index_.end()) return known->second;
  auto file = static_cast<uint32_t>(files_.size());
  files_.emplace_back(name);
  index_.emplace(name, file);
  return file;
}

std::string_view Diagnostics::fileName(uint32_t file) const { return file < files_.size() ? files_[file] : files_[0]; }

void Diagnostics::error(Origin origin, std::string message) { add(Severity::Error, origin, std::move(message)); }
void Diagnostics::warning(Origin origin, std::string message) { add(Severity::Warning, origin, std::move(message)); }

void Diagnostics::add(Severity severity, Origin origin, std::string message) {
  bool said = std::any_of(kept_.begin(), kept_.end(), [&](const Diagnostic& kept) {
    return kept.origin == origin && kept.severity == severity && kept.message == message;
  });
  if (said) return;
  if (severity == Severity::Error) ++errors_;
  if (kept_.size() < kMaxKept)
    kept_.push_back({severity, origin, std::move(message)});
  else
    ++dropped_;
}

std::string Diagnostics::place(Origin origin) const {
  if (origin.file == 0) return "default";
  std::string place(fileName(origin.file));
  if (origin.line != 0) place += ":" + std::to_string(origin.line);
  return place;
}

std::string Diagnostics::format(const Diagnostic& diagnostic) const {
  std::string line = diagnostic.origin.file == 0 ? "" : place(diagnostic.origin) + ": ";
  if (diagnostic.severity == Severity::Warning) line += "warning: ";
  return line + diagnostic.message;
}

std::string Diagnostics::formatAll() const {
  auto sorted = kept_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.origin.file, a.origin.line) < std::tie(b.origin.file, b.origin.line);
  });
  std::string all;
  for (const auto& diagnostic : sorted) all += format(diagnostic) + "\n";
  if (dropped_ > 0) all += "... and " + std::to_string(dropped_) + " more\n";
  return all;
}

}  // namespace weir
