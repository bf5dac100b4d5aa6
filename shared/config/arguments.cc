// SPDX-License-Identifier: Apache-2.0
#include "shared/config/arguments.h"

#include "shared/config/nearest.h"

namespace weir::config {
namespace {

// A stranger's file may hold words of any length; messages do not repeat them whole.
std::string shortened(std::string_view word) {
  constexpr size_t kShown = 80;
  return word.size() <= kShown ? std::string(word) : std::string(word.substr(0, kShown)) + "...";
}

std::string times(size_t count) { return std::to_string(count) + (count == 1 ? " argument" : " arguments"); }

}  // namespace

bool Arguments::fail(const std::string& message) const {
  load.diagnostics.error(origin, "\"" + std::string(directive) + "\": " + message);
  return false;
}

bool Arguments::refuse(size_t word, std::string_view wanted) const {
  return fail("\"" + shortened(words[word].text) + "\" is not " + std::string(wanted));
}

bool Arguments::refuseParameter(size_t word, std::span<const std::string_view> known) const {
  const auto& text = words[word].text;
  auto equals = text.find('=');
  auto name = equals == std::string::npos ? text : text.substr(0, equals + 1);
  return fail("unknown parameter \"" + shortened(text) + "\"" + didYouMean(name, known));
}

bool Arguments::count(size_t least, size_t most) const {
  if (size() >= least && size() <= most) return true;
  if (size() == 0) return fail("a value is missing");
  if (least == most) return fail("takes " + times(least) + ", not " + std::to_string(size()));
  std::string wanted = size() < least ? "at least " + times(least) : "at most " + times(most);
  return fail("takes " + wanted + ", not " + std::to_string(size()));
}

bool Arguments::inRange(uint64_t value, Range allowed, std::string_view shown, std::string (*print)(uint64_t)) const {
  if (value >= allowed.min && value <= allowed.max) return true;
  std::string bounds = value < allowed.min ? "at least " + print(allowed.min) : "at most " + print(allowed.max);
  return fail(shortened(shown) + " is out of range: it must be " + bounds);
}

size_t Arguments::indexIn(std::span<const std::string_view> known) const {
  if (!count(1, 1)) return known.size();
  for (size_t i = 0; i < known.size(); ++i)
    if (known[i] == words[0].text) return i;
  std::string wanted;
  for (std::string_view word : known) wanted.append(wanted.empty() ? "one of " : ", ").append(word);
  refuse(0, wanted);
  return known.size();
}

std::string Arguments::absolute(std::string_view path) const {
  return path.starts_with('/') ? std::string(path) : load.prefix + std::string(path);
}

bool takeParameter(std::string_view word, std::string_view name, std::string_view& value) {
  if (!word.starts_with(name) || word.size() <= name.size() || word[name.size()] != '=') return false;
  value = word.substr(name.size() + 1);
  return true;
}

}  // namespace weir::config
