// SPDX-License-Identifier: Apache-2.0
// Values that say which files are served and how: try_files, open_file_cache, and those of one word.
#include <array>

#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr std::array<std::string_view, 4> kSymlinks{"off", "outside", "on", "if_not_owner"};
constexpr std::array<std::string_view, 2> kDotfiles{"deny", "allow"};
constexpr std::array<std::string_view, 2> kFormats{"html", "json"};
constexpr std::array<std::string_view, 3> kModified{"off", "exact", "before"};
constexpr std::array<std::string_view, 3> kPrecompressed{"off", "on", "always"};
constexpr uint32_t kMostFiles = 1'000'000;

bool parseCacheWord(const Arguments& in, size_t i, OpenFileCacheSetting& out) {
  constexpr std::array<std::string_view, 3> kKnown{"max=", "inactive=", "memory="};
  std::string_view text;
  if (takeParameter(in[i], "max", text)) {
    auto number = parseCount(text);
    out.max = static_cast<uint32_t>(number.value_or(0));
    return (number && *number > 0 && *number <= kMostFiles) || in.refuse(i, "\"max=\" with 1 to 1000000");
  }
  if (takeParameter(in[i], "inactive", text)) {
    auto time = parseTime(text);
    out.inactive = time.value_or(out.inactive);
    return (time && time->count() > 0) || in.refuse(i, "\"inactive=\" with a time");
  }
  if (takeParameter(in[i], "memory", text)) {
    auto size = parseSize(text);
    out.memory = size.value_or(out.memory);
    return size || in.refuse(i, "\"memory=\" with a size");
  }
  return in.refuseParameter(i, kKnown);
}

}  // namespace

bool parseValue(const Arguments& in, Symlinks& out) { return in.oneOf(kSymlinks, out); }
bool parseValue(const Arguments& in, Dotfiles& out) { return in.oneOf(kDotfiles, out); }
bool parseValue(const Arguments& in, ListingFormat& out) { return in.oneOf(kFormats, out); }
bool parseValue(const Arguments& in, IfModifiedSince& out) { return in.oneOf(kModified, out); }
bool parseValue(const Arguments& in, Precompressed& out) { return in.oneOf(kPrecompressed, out); }

bool parseValue(const Arguments& in, OpenFileCacheSetting& out) {
  if (!in.count(1, 3)) return false;
  out = {};
  if (in.size() == 1 && in[0] == "off") return true;
  bool good = true;
  for (size_t i = 0; i < in.size(); ++i) good &= parseCacheWord(in, i, out);
  if (good && out.max == 0) return in.fail("\"max=\" is missing");
  return good;
}

bool parseValue(const Arguments& in, TryFilesSetting& out) {
  if (!in.count(2, 64)) return false;
  size_t last = in.size() - 1;
  for (size_t i = 0; i < last; ++i) {
    if (in[i].empty()) return in.refuse(i, "a file");
    out.files.push_back({in[i], in.origin});
  }
  if (!in[last].starts_with('=')) {
    out.target = {in[last], in.origin};
    bool goes_somewhere = in[last].starts_with('/') || in[last].starts_with('@') || in[last].starts_with('$');
    return goes_somewhere || in.refuse(last, "a URI, @location or =code");
  }
  auto code = parseCount(std::string_view(in[last]).substr(1));
  out.code = static_cast<uint16_t>(code.value_or(0));
  return (code && *code >= 200 && *code <= 599) || in.refuse(last, "\"=\" with a status");
}

std::string printValue(Symlinks value) { return std::string(kSymlinks[static_cast<size_t>(value)]); }
std::string printValue(Dotfiles value) { return std::string(kDotfiles[static_cast<size_t>(value)]); }
std::string printValue(ListingFormat value) { return std::string(kFormats[static_cast<size_t>(value)]); }
std::string printValue(IfModifiedSince value) { return std::string(kModified[static_cast<size_t>(value)]); }
std::string printValue(Precompressed value) { return std::string(kPrecompressed[static_cast<size_t>(value)]); }

std::string printValue(const OpenFileCacheSetting& value) {
  if (value.max == 0) return "off";
  return "max=" + std::to_string(value.max) + " inactive=" + printTime(value.inactive) +
         " memory=" + printSize(value.memory);
}

std::string printValue(const TryFilesSetting& value) {
  std::string text;
  for (const auto& file : value.files) text += quoteWord(file.text) + " ";
  if (value.files.empty()) return text;
  return text + (value.code != 0 ? "=" + std::to_string(value.code) : quoteWord(value.target.text));
}

}  // namespace weir::config
