// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineFormat: a log_format as compiled: one line of text per exchange or session, with what strangers sent escaped, so
// that a line stays one line and a JSON object stays one, and cut where it is too long. Const; allocates nothing once
// the line has the capacity.

#include <algorithm>
#include <cstdint>
#include <string>

#include "shared/base/ref.h"
#include "shared/base/utf8.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/text/log_escape.h"
#include "worker/text/template.h"

namespace weir::text {

template <class Source>
class LineFormat final : public Counted {
 public:
  using Escape = LogFormatSetting::Escape;

  LineFormat(const LogFormatSetting& setting, Scope<Source>& scope, Diagnostics& diagnostics)
      : name_(setting.name),
        escape_(setting.escape),
        template_(Template<Source>::compile(setting.text, scope, diagnostics)) {}

  const std::string& name() const { return name_; }
  bool needs(Need need) const { return template_.needs(need); }
  enum class Fit : uint8_t { Whole, Cut };
  // Appends the line and its newline. A line that would make `to` longer than bound has its long values cut, "..."
  // behind them, so that all of it fits and JSON is still JSON.
  Fit append(const Source& source, size_t bound, std::string& to) const;

 private:
  static constexpr std::string_view kCutMark = "...";
  static constexpr size_t kLongestEscape = 6;  // what one byte may become

  void appendCut(const Source& source, size_t room, std::string& to) const;
  void encode(std::string& text, size_t from) const {
    if (escape_ == Escape::Default) escapeDefault(text, from);
    if (escape_ == Escape::Json) escapeJson(text, from);
  }

  std::string name_;
  Escape escape_;
  Template<Source> template_;
};

template <class Source>
typename LineFormat<Source>::Fit LineFormat<Source>::append(const Source& source, size_t bound, std::string& to) const {
  size_t begin = to.size();
  switch (escape_) {
    case Escape::Default:
      template_.appendEach(source, to, escapeDefault);
      break;
    case Escape::Json:
      template_.appendEach(source, to, escapeJson);
      break;
    case Escape::None:
      template_.append(source, to);
  }
  to.push_back('\n');
  if (to.size() <= bound) return Fit::Whole;
  to.resize(begin);
  appendCut(source, bound - std::min(bound, begin), to);
  return Fit::Cut;
}

// Every value has the same share of what the format's own text leaves.
template <class Source>
void LineFormat<Source>::appendCut(const Source& source, size_t room, std::string& to) const {
  size_t begin = to.size();
  size_t fixed = template_.literalSize() + 1;
  size_t share = (room - std::min(room, fixed)) / std::max<size_t>(1, template_.variableCount());
  share = std::max(share, kCutMark.size()) - kCutMark.size();
  template_.appendEach(source, to, [&](std::string& text, size_t from) {
    const std::string value = text.substr(from);
    encode(text, from);
    // First as many bytes as there is room for; fewer, when escapes made more of them.
    for (size_t limit : {share, share / kLongestEscape}) {
      if (text.size() - from <= share + kCutMark.size()) return;
      text.replace(from, std::string::npos, cutText(value, limit));
      encode(text, from);
      text.append(kCutMark);
    }
  });
  // Only where the format's own text is too long.
  if (to.size() - begin >= room) to.resize(begin + std::max<size_t>(1, room) - 1);
  to.push_back('\n');
}

}  // namespace weir::text
