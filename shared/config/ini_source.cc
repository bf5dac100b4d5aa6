// SPDX-License-Identifier: Apache-2.0
#include "shared/config/ini_source.h"

#include <ini.h>

#include <charconv>
#include <cstring>
#include <string>

#include "shared/config/line_reader.h"

namespace weir::config {
namespace {

// Stands for a header that was refused: what follows it is not looked at.
constexpr std::string_view kRefused = "-";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// What inih reads from, and what its handler works on.
class Feed {
 public:
  Feed(std::string_view text, uint32_t file, IniSink& sink, Diagnostics& diagnostics)
      : lines_(text, file, diagnostics), sink_(sink), diagnostics_(diagnostics) {}

  // Puts the next line in line_ as inih shall see it: a header becomes a number.
  bool next() {
    while (lines_.next(line_))
      if (line_[0] == '[' ? takeHeader() : isDirective()) return true;
    return false;
  }

  const std::string& line() const { return line_; }

  void directive(std::string_view section, std::string_view name, std::string_view value) {
    if (section == kRefused) return;
    size_t number = 0;
    std::from_chars(section.data(), section.data() + section.size(), number);
    sink_.directive(section.empty() ? std::nullopt : std::optional(number), name, value, lines_.origin());
  }

 private:
  bool fail(std::string message) {
    diagnostics_.error(lines_.origin(), std::move(message));
    return false;
  }

  bool takeHeader() {
    bool good = isHeader();
    auto label = good ? std::to_string(sink_.section(trimmed({line_.data() + 1, line_.size() - 2}), lines_.origin()))
                      : std::string(kRefused);
    line_ = "[" + label + "]";
    return true;
  }

  bool isHeader() {
    size_t close = line_.find(']');
    if (close == std::string::npos) return fail("the section has no closing \"]\"");
    if (!line_.ends_with(']')) return fail("unexpected text after the section's \"]\"");
    if (close + 1 != line_.size())
      return fail(
          "a section cannot hold \"]\": give the location a name, and write its pattern as \"match = PATTERN\"");
    return true;
  }

  // inih would split at ':' too, and would drop a line without either.
  bool isDirective() {
    size_t mark = line_.find_first_of("=:");
    if (mark == std::string::npos || line_[mark] == ':')
      return fail("\"" + line_.substr(0, 40) + (line_.size() > 40 ? "..." : "") + "\" is not \"name = value\"");
    return mark > 0 || fail("there is no name before \"=\"");
  }

  LineReader lines_;
  IniSink& sink_;
  Diagnostics& diagnostics_;
  std::string line_;
};

char* feedLine(char* to, int size, void* stream) noexcept {
  auto* feed = static_cast<Feed*>(stream);
  if (!feed->next() || feed->line().size() >= static_cast<size_t>(size)) return nullptr;
  std::memcpy(to, feed->line().c_str(), feed->line().size() + 1);
  return to;
}

int takeDirective(void* user, const char* section, const char* name, const char* value) noexcept {
  static_cast<Feed*>(user)->directive(section, name, value);
  return 1;
}

// Debian's build takes its limits from variables. Stack space is not for 64 KiB at each level of includes.
void configureInih() {
  ini_max_line = static_cast<int>(kMaxLine) + 2;
  ini_initial_alloc = ini_max_line;
  ini_use_stack = false;
  ini_allow_realloc = false;
  ini_allow_multiline = false;
  ini_allow_inline_comments = false;
  ini_allow_bom = false;
  ini_allow_no_value = false;
  ini_stop_on_first_error = false;
}

}  // namespace

void readIni(std::string_view text, uint32_t file, IniSink& sink, Diagnostics& diagnostics) {
  configureInih();
  Feed feed(text, file, sink, diagnostics);
  if (ini_parse_stream(feedLine, &feed, takeDirective, &feed) != 0)
    diagnostics.error({file, 0}, "the INI parser refused a line or had no memory");
}

}  // namespace weir::config
