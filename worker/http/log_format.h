// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogFormat: a log_format as compiled: one line of text per exchange, with what strangers sent escaped, so that a line
// stays one line and a JSON object stays one, and cut where it is too long. Const; allocates nothing once the line has
// the capacity.

#include <cstdint>
#include <string>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/http/template.h"

namespace weir {

class LogFormat {
 public:
  using Escape = LogFormatSetting::Escape;

  LogFormat(const LogFormatSetting& setting, const GroupNames& groups, Diagnostics& diagnostics);

  const std::string& name() const { return name_; }
  bool needs(VariableNeed need) const { return template_.needs(need); }
  enum class Fit : uint8_t { Whole, Cut };
  // Appends the line and its newline. A line that would make `to` longer than bound has its long values cut, "..."
  // behind them, so that all of it fits and JSON is still JSON.
  Fit append(const Exchange& exchange, size_t bound, std::string& to) const;

 private:
  void appendCut(const Exchange& exchange, size_t room, std::string& to) const;
  void encode(std::string& text, size_t from) const;

  std::string name_;
  Escape escape_;
  Template template_;
};

// Rewrites what is in text from `from` on.
// Default: '"', '\' and bytes outside 0x20..0x7e as \xHH; nothing at all becomes "-".
void escapeDefault(std::string& text, size_t from);
// The inside of a JSON string (RFC 8259), always valid UTF-8: what is none becomes U+FFFD.
void escapeJson(std::string& text, size_t from);

}  // namespace weir
