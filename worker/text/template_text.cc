// SPDX-License-Identifier: Apache-2.0
#include "worker/text/template_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace weir {
namespace {

bool isNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view leadingName(std::string_view text) {
  auto end = std::find_if_not(text.begin(), text.end(), isNameCharacter);
  return text.substr(0, static_cast<size_t>(end - text.begin()));
}

class Splitter {
 public:
  Splitter(const TemplateText& text, Diagnostics& diagnostics)
      : rest_(text.text), origin_(text.origin), diagnostics_(diagnostics) {}

  std::vector<TemplatePart> split() {
    for (size_t dollar; (dollar = rest_.find('$')) != std::string_view::npos;) {
      literal_.append(rest_.substr(0, dollar));
      rest_.remove_prefix(dollar + 1);
      takeVariable();
    }
    literal_.append(rest_);
    if (!literal_.empty()) parts_.push_back({std::move(literal_), {}});
    return std::move(parts_);
  }

 private:
  // rest_ begins behind the dollar sign.
  void takeVariable() {
    if (rest_.starts_with('{')) return takeBraced();
    std::string_view name = leadingName(rest_);
    // "$1abc" is group 1 and "abc".
    if (!name.empty() && name[0] >= '1' && name[0] <= '9') name = name.substr(0, 1);
    rest_.remove_prefix(name.size());
    if (name.empty())
      return diagnostics_.error(origin_, "a variable's name must follow \"$\"; a dollar sign itself cannot be written");
    parts_.push_back({std::exchange(literal_, {}), std::string(name)});
  }

  void takeBraced() {
    std::string_view name = leadingName(rest_.substr(1));
    bool closed = rest_.substr(1 + name.size()).starts_with('}');
    if (name.empty() || !closed) {
      rest_.remove_prefix(1);
      return diagnostics_.error(origin_, "\"${\" needs a variable's name and \"}\"");
    }
    rest_.remove_prefix(name.size() + 2);
    parts_.push_back({std::exchange(literal_, {}), std::string(name)});
  }

  std::string_view rest_;
  Origin origin_;
  Diagnostics& diagnostics_;
  std::string literal_;
  std::vector<TemplatePart> parts_;
};

}  // namespace

std::vector<TemplatePart> splitTemplate(const TemplateText& text, Diagnostics& diagnostics) {
  return Splitter(text, diagnostics).split();
}

}  // namespace weir
