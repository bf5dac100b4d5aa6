// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogFormat: a log_format as compiled: one line of text per exchange, with what strangers sent escaped, so that a line
// stays one line and a JSON object stays one. Const; allocates nothing once the line has the capacity.

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
  // Appends the line and its newline.
  void append(const Exchange& exchange, std::string& to) const;

 private:
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
