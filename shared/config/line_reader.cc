// SPDX-License-Identifier: Apache-2.0
#include "shared/config/line_reader.h"

#include <algorithm>

#include "shared/config/ini_source.h"

namespace weir::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t";

void trim(std::string& line) {
  line.erase(line.find_last_not_of(kBlanks) + 1);
  line.erase(0, std::min(line.find_first_not_of(kBlanks), line.size()));
}

bool isComment(std::string_view line) {
  size_t first = line.find_first_not_of(kBlanks);
  return first != std::string_view::npos && (line[first] == '#' || line[first] == ';');
}

std::string hex(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

LineReader::LineReader(std::string_view text, uint32_t file, Diagnostics& diagnostics)
    : rest_(text), file_(file), diagnostics_(diagnostics) {
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

bool LineReader::next(std::string& line) {
  while (read(line)) {
    if (!acceptable(line)) continue;
    trim(line);
    if (!line.empty() && !isComment(line)) return true;
  }
  return false;
}

// One logical line. What exceeds the limit is counted by one byte only: enough for acceptable() to refuse it.
bool LineReader::read(std::string& line) {
  std::string_view part;
  line.clear();
  if (!physical(part)) return false;
  first_ = number_;
  bool comment = isComment(part);
  bool goes_on = !comment && part.ends_with('\\');
  auto add = [&] {
    line.append(part.substr(0, std::min(part.size() - (goes_on ? 1 : 0), kMaxLine + 1 - line.size())));
  };
  add();
  while (goes_on) {
    if (!physical(part)) {
      diagnostics_.error(origin(), "the file ends where the line was to go on after \"\\\"");
      return false;
    }
    goes_on = part.ends_with('\\');
    add();
  }
  return true;
}

bool LineReader::physical(std::string_view& line) {
  if (rest_.empty()) return false;
  ++number_;
  size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

bool LineReader::acceptable(std::string_view line) const {
  if (line.size() > kMaxLine) {
    diagnostics_.error(origin(), "the line is longer than " + std::to_string(kMaxLine) + " bytes");
    return false;
  }
  auto control = std::find_if(line.begin(), line.end(),
                              [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
  if (control == line.end()) return true;
  auto byte = static_cast<unsigned char>(*control);
  diagnostics_.error(origin(),
                     byte == 0 ? "the line holds a NUL byte" : "the line holds the control character 0x" + hex(byte));
  return false;
}

}  // namespace weir::config
