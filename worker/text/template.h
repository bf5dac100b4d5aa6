// SPDX-License-Identifier: Apache-2.0
#pragma once
// Template: text with $variables, compiled to a list of literals and functions. Made while a configuration is
// compiled, const after; what it appends is made of the source alone.
// `$name` and `${name}` are variables, `$1` to `$9` groups of the last regex. There is no escape: as in nginx, a dollar
// sign itself cannot be written.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/text/template_text.h"
#include "worker/text/variable.h"

namespace weir::text {

template <class Source>
class Template {
 public:
  Template() = default;  // empty text

  // What is wrong is reported at the text's origin, and left out. What the scope knows outlives the template.
  static Template compile(const TemplateText& text, Scope<Source>& scope, Diagnostics& diagnostics);

  // Allocates nothing once `to` has the capacity, unless a map does.
  void append(const Source& source, std::string& to) const {
    appendEach(source, to, [](std::string&, size_t) {});
  }
  // encode(to, from) is called after each variable's value that is not plain, and may rewrite what is in `to` from
  // `from` on.
  template <class Encode>
  void appendEach(const Source& source, std::string& to, Encode encode) const {
    appendParts(source, to, [&](const Piece& piece, size_t from) {
      if (!piece.plain) encode(to, from);
    });
  }
  // judge(value, from) is called after each variable's value, which is in `to` from `from` on.
  template <class Judge>
  void appendJudged(const Source& source, std::string& to, Judge judge) const {
    appendParts(source, to, [&](const Piece&, size_t from) { judge(std::string_view(to).substr(from), from); });
  }

  bool isEmpty() const { return pieces_.empty(); }
  // Without variables: the same text for every source.
  bool isLiteral() const { return pieces_.empty() || (pieces_.size() == 1 && pieces_[0].append == nullptr); }
  // REQUIRES: isLiteral()
  std::string_view literal() const { return pieces_.empty() ? std::string_view() : pieces_[0].literal; }
  // All that its variables need.
  Need need() const { return need_; }
  bool needs(Need need) const { return includes(need_, need); }
  size_t literalSize() const {
    size_t size = 0;
    for (const Piece& piece : pieces_) size += piece.literal.size();
    return size;
  }
  size_t variableCount() const {
    return static_cast<size_t>(
        std::count_if(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.append != nullptr; }));
  }

 private:
  // A literal, and the variable behind it; only the last piece may lack one.
  struct Piece {
    std::string literal;
    Append<Source> append = nullptr;
    bool plain = false;
    Argument<Source> argument{};
  };

  template <class After>
  void appendParts(const Source& source, std::string& to, After after) const {
    for (const Piece& piece : pieces_) {
      to.append(piece.literal);
      if (piece.append == nullptr) continue;
      size_t from = to.size();
      piece.append(source, piece.argument, to);
      after(piece, from);
    }
  }

  std::vector<Piece> pieces_;
  Need need_ = Need::None;
};

template <class Source>
Template<Source> Template<Source>::compile(const TemplateText& text, Scope<Source>& scope, Diagnostics& diagnostics) {
  Template compiled;
  for (TemplatePart& part : splitTemplate(text, diagnostics)) {
    Piece piece{std::move(part.literal)};
    auto variable = part.variable.empty() ? std::nullopt : scope.find(part.variable);
    if (variable) {
      piece.append = variable->row->append;
      piece.plain = variable->row->value == Value::Plain;
      piece.argument = std::move(variable->argument);
      compiled.need_ = compiled.need_ | variable->row->need | variable->need;
    } else if (!part.variable.empty()) {
      diagnostics.error(text.origin, "unknown variable \"$" + part.variable + "\"" + scope.suggest(part.variable));
    }
    compiled.pieces_.push_back(std::move(piece));
  }
  return compiled;
}

}  // namespace weir::text
