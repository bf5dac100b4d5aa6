// SPDX-License-Identifier: Apache-2.0
// Configurations by strangers: any text, with any includes, is parsed or refused; what is accepted is printed by -T as
// a configuration that says the same. Any bytes are a bundle or not, and a bundle is what it was made of.
// An input is a serialized bundle, or a text in which a line "@@ NAME" begins another file.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shared/config/bundle.h"

namespace weir {
namespace {

// Escapes in what is printed may double a line; it must stay below the limit of one.
constexpr size_t kLongestInput = 16384;

void expect(bool claim) {
  if (!claim) std::abort();
}

Bundle emptyBundle() {
  Bundle bundle;
  bundle.prefix = "/weir/";
  bundle.main_path = "/weir/conf/weir.ini";
  bundle.as_root = true;
  return bundle;
}

Bundle bundleOf(std::string_view text) {
  constexpr std::string_view kMark = "\n@@ ";
  auto bundle = emptyBundle();
  std::string name = bundle.main_path;
  Bundle::Glob all{"/weir/conf/*.ini", {}};
  for (;;) {
    size_t end = text.find(kMark);
    bundle.files.push_back({name, std::string(text.substr(0, end)), ""});
    all.paths.push_back(name);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + kMark.size());
    size_t line = std::min(text.find('\n'), text.size());
    name = "/weir/conf/" + std::string(text.substr(0, line));
    text.remove_prefix(line);
  }
  bundle.globs.push_back(std::move(all));
  return bundle;
}

std::string withoutComments(const std::string& text) {
  std::string kept;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at) + 1;
    if (text[at] != '#') kept.append(text, at, end - at);
    at = end;
  }
  return kept;
}

// What -T prints, once more through -T; the text must have nothing wrong.
std::string explainedAgain(const std::string& text) {
  auto bundle = emptyBundle();
  bundle.files.push_back({bundle.main_path, text, ""});
  Diagnostics diagnostics;
  auto again = explainBundle(bundle, diagnostics);
  expect(!diagnostics.hasErrors());
  return again;
}

void checkParsing(const Bundle& bundle) {
  Diagnostics diagnostics;
  expect(parseBundle(bundle, diagnostics) != nullptr);
  diagnostics.formatAll();
  auto explained = explainBundle(bundle, diagnostics);
  if (diagnostics.hasErrors()) return;
  auto second = explainedAgain(explained);
  expect(withoutComments(second) == withoutComments(explainedAgain(second)));
}

void checkSerialization(const Bundle& bundle) {
  auto bytes = bundle.serialize();
  auto again = Bundle::deserialize(bytes);
  expect(again && again->serialize() == bytes);
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto bundle = weir::Bundle::deserialize(text)) {
    weir::checkSerialization(*bundle);
    weir::Diagnostics diagnostics;
    weir::parseBundle(*bundle, diagnostics);
    return 0;
  }
  if (size > weir::kLongestInput || text.find("${env.") != std::string_view::npos) {
    weir::Diagnostics diagnostics;
    weir::parseBundle(weir::bundleOf(text), diagnostics);
    return 0;
  }
  weir::checkParsing(weir::bundleOf(text));
  return 0;
}
