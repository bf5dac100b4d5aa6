// SPDX-License-Identifier: Apache-2.0
#include "worker/http/template.h"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

bool isNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view leadingName(std::string_view text) {
  return text.substr(0,
                     static_cast<size_t>(std::find_if_not(text.begin(), text.end(), isNameCharacter) - text.begin()));
}

}  // namespace

class TemplateCompiler {
 public:
  TemplateCompiler(const TemplateText& text, const GroupNames& groups, Diagnostics& diagnostics)
      : rest_(text.text), origin_(text.origin), groups_(groups), diagnostics_(diagnostics) {}

  Template compile() {
    for (size_t dollar; (dollar = rest_.find('$')) != std::string_view::npos;) {
      literal_.append(rest_.substr(0, dollar));
      rest_.remove_prefix(dollar + 1);
      takeVariable();
    }
    literal_.append(rest_);
    if (!literal_.empty()) result_.pieces_.push_back({std::move(literal_), nullptr, false, VariableNeed::None, {}});
    return std::move(result_);
  }

 private:
  // rest_ begins behind the dollar sign.
  void takeVariable() {
    if (rest_.starts_with('{')) return takeBraced();
    std::string_view name = leadingName(rest_);
    // "$1abc" is group 1 and "abc".
    if (!name.empty() && name[0] >= '1' && name[0] <= '9') name = name.substr(0, 1);
    rest_.remove_prefix(name.size());
    if (name.empty()) return complain("a variable's name must follow \"$\"; a dollar sign itself cannot be written");
    addVariable(name);
  }

  void takeBraced() {
    std::string_view name = leadingName(rest_.substr(1));
    bool closed = rest_.substr(1 + name.size()).starts_with('}');
    if (name.empty() || !closed) {
      rest_.remove_prefix(1);
      return complain("\"${\" needs a variable's name and \"}\"");
    }
    rest_.remove_prefix(name.size() + 2);
    addVariable(name);
  }

  void addVariable(std::string_view name) {
    auto variable = findVariable(name, groups_);
    if (!variable) return complain("unknown variable \"$" + std::string(name) + "\"" + suggestVariable(name, groups_));
    const VariableRow& row = *variable->row;
    result_.pieces_.push_back({std::exchange(literal_, {}), row.append, row.value == VariableValue::Plain, row.need,
                               std::move(variable->argument)});
  }

  void complain(std::string message) { diagnostics_.error(origin_, std::move(message)); }

  std::string_view rest_;
  Origin origin_;
  const GroupNames& groups_;
  Diagnostics& diagnostics_;
  std::string literal_;
  Template result_;
};

Template Template::compile(const TemplateText& text, const GroupNames& groups, Diagnostics& diagnostics) {
  return TemplateCompiler(text, groups, diagnostics).compile();
}

bool Template::needs(VariableNeed need) const {
  return std::any_of(pieces_.begin(), pieces_.end(), [&](const Piece& piece) { return piece.need == need; });
}

size_t Template::literalSize() const {
  size_t size = 0;
  for (const Piece& piece : pieces_) size += piece.literal.size();
  return size;
}

size_t Template::variableCount() const {
  return static_cast<size_t>(
      std::count_if(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.append != nullptr; }));
}

}  // namespace weir
