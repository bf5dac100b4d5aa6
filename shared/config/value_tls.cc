// SPDX-License-Identifier: Apache-2.0
// Values of TLS: files with their content, protocol versions, commands for the library.
#include <algorithm>
#include <array>

#include "shared/config/document.h"
#include "shared/config/nearest.h"
#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr std::array<std::string_view, 2> kVersions{"TLSv1.2", "TLSv1.3"};
constexpr std::array<std::string_view, 4> kUnsafe{"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"};
constexpr std::array<std::string_view, 4> kVerify{"off", "on", "optional", "optional_no_ca"};
constexpr std::array<std::string_view, 3> kCaches{"off", "none", "shared"};

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
bool parseValue(const Arguments& in, SessionCache& out) {
  if (!in.count(1, 2)) return false;
  std::string_view word = in[in.size() - 1];
  word = word.substr(0, word.find(':'));
  auto found = std::find(kCaches.begin(), kCaches.end(), word);
  if (found == kCaches.end()) return in.refuse(in.size() - 1, "\"off\", \"none\" or \"shared\"");
  out = static_cast<SessionCache>(found - kCaches.begin());
  return true;
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
std::string printValue(SessionCache value) { return std::string(kCaches[static_cast<size_t>(value)]); }
std::string printValue(VerifyClient value) { return std::string(kVerify[static_cast<size_t>(value)]); }

}  // namespace weir::config
