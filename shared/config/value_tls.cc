// SPDX-License-Identifier: Apache-2.0
// Values of TLS: files with their content, protocol versions, commands for the library.
#include <algorithm>
#include <array>
#include <optional>

#include "shared/config/document.h"
#include "shared/config/nearest.h"
#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr std::array<std::string_view, 2> kVersions{"TLSv1.2", "TLSv1.3"};
constexpr std::array<std::string_view, 4> kUnsafe{"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"};
constexpr std::array<std::string_view, 4> kVerify{"off", "on", "optional", "optional_no_ca"};
constexpr std::string_view kBuiltin = "builtin", kShared = "shared";
constexpr uint32_t kBuiltinSessions = 20480, kMostBuiltinSessions = 10'000'000;
// What "shared" alone means.
constexpr std::string_view kSharedName = "default";
constexpr Size kSharedSize{4 << 20}, kLeastShared{32 << 10}, kMostShared{1 << 30};

template <size_t N>
bool isAmong(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool takeVersion(const Arguments& in, size_t i, TlsVersions& out) {
  if (isAmong(kUnsafe, in[i])) return in.fail("\"" + in[i] + "\" is broken and not spoken");
  if (!isAmong(kVersions, in[i])) return in.refuse(i, "TLSv1.2 or TLSv1.3");
  (in[i] == kVersions[0] ? out.tls12 : out.tls13) = true;
  return true;
}

// What follows the word and a colon; nullopt when the word is another.
std::optional<std::string_view> behind(std::string_view text, std::string_view word) {
  if (text == word) return std::string_view();
  bool parted = text.starts_with(word) && text.size() > word.size() && text[word.size()] == ':';
  return parted ? std::optional(text.substr(word.size() + 1)) : std::nullopt;
}

bool takeSharedCache(const Arguments& in, size_t i, std::string_view text, SessionCacheSetting& out) {
  if (text.empty() && in[i] == kShared) return out.shared = kSharedName, out.size = kSharedSize, true;
  size_t colon = text.find(':');
  auto size = colon == text.npos ? std::nullopt : parseSize(text.substr(colon + 1));
  bool fits = size && size->bytes >= kLeastShared.bytes && size->bytes <= kMostShared.bytes;
  if (!fits || colon == 0) return in.refuse(i, "\"shared:name:size\", the size from 32k to 1g");
  out.shared = text.substr(0, colon);
  out.size = *size;
  return true;
}

bool takeCache(const Arguments& in, size_t i, SessionCacheSetting& out) {
  if (auto rest = behind(in[i], kShared); rest && out.shared.empty()) return takeSharedCache(in, i, *rest, out);
  auto rest = behind(in[i], kBuiltin);
  auto count = rest && !rest->empty() ? parseCount(*rest) : std::optional<uint64_t>(kBuiltinSessions);
  bool good = rest && count && *count > 0 && *count <= kMostBuiltinSessions && out.builtin == 0;
  if (!good) return in.refuse(i, "\"off\", \"none\", or \"builtin[:sessions]\" and \"shared[:name:size]\"");
  out.builtin = static_cast<uint32_t>(*count);
  return true;
}

}  // namespace

bool parseValue(const Arguments& in, FileText& out) {
  if (!in.count(1, 1)) return false;
  if (in[0].empty()) return in.fail("the path is empty");
  if (in.load.files == nullptr) return in.fail("no file can be read here");
  out.path = in.absolute(in[0]);
  out.origin = in.origin;
  const auto& file = in.load.files->file(out.path);
  if (!file.error.empty()) return in.fail("cannot read " + out.path + ": " + file.error);
  out.text = std::make_shared<const std::string>(file.text);
  return true;
}

bool parseValue(const Arguments& in, TlsVersions& out) {
  if (!in.count(1, 6)) return false;
  out = {false, false};
  bool good = true;
  for (size_t i = 0; i < in.size(); ++i) good &= takeVersion(in, i, out);
  return good;
}

bool parseValue(const Arguments& in, NamedValue& out) {
  if (!in.count(2, 2)) return false;
  out = {in[0], in[1], in.origin};
  return true;
}

// The sizes and names of nginx's caches say nothing here.
bool parseValue(const Arguments& in, SessionCacheSetting& out) {
  if (!in.count(1, 2)) return false;
  out = {};
  out.origin = in.origin;
  bool alone = in.size() == 1;
  if (alone && in[0] == "none") return true;
  if (alone && in[0] == "off") return out.off = true;
  bool good = true;
  for (size_t i = 0; i < in.size(); ++i) good &= takeCache(in, i, out);
  return good;
}

bool parseValue(const Arguments& in, VerifyClient& out) {
  if (!in.count(1, 1)) return false;
  auto found = std::find(kVerify.begin(), kVerify.end(), in[0]);
  if (found == kVerify.end()) return in.refuse(0, "\"off\", \"on\", \"optional\" or \"optional_no_ca\"");
  out = static_cast<VerifyClient>(found - kVerify.begin());
  return true;
}

std::string printValue(const FileText& value) { return value.path.empty() ? "" : quoteWord(value.path); }

std::string printValue(const TlsVersions& value) {
  std::string text;
  if (value.tls12) text = kVersions[0];
  if (value.tls13) text.append(text.empty() ? "" : " ").append(kVersions[1]);
  return text;
}

std::string printValue(const NamedValue& value) { return quoteWord(value.name) + " " + quoteWord(value.value); }
std::string printValue(const SessionCacheSetting& value) {
  if (value.off) return "off";
  std::string text;
  if (value.builtin > 0) text.append(kBuiltin).append(":").append(std::to_string(value.builtin));
  if (!value.shared.empty())
    text.append(text.empty() ? "" : " ")
        .append(kShared)
        .append(":")
        .append(value.shared)
        .append(":")
        .append(printValue(value.size));
  return text.empty() ? "none" : text;
}
std::string printValue(VerifyClient value) { return std::string(kVerify[static_cast<size_t>(value)]); }

}  // namespace weir::config
