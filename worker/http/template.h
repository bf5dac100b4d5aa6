// SPDX-License-Identifier: Apache-2.0
#pragma once
// Template: text with $variables, compiled to a list of literals and functions. Made while a configuration is
// compiled, const after; what it appends is made of the exchange alone.
// `$name` and `${name}` are variables, `$1` to `$9` groups of the last regex. There is no escape: as in nginx, a dollar
// sign itself cannot be written.

#include <string>
#include <string_view>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/http/variables.h"

namespace weir {

class Template {
 public:
  Template() = default;  // empty text

  // What is wrong is reported at the text's origin, and left out.
  static Template compile(const TemplateText& text, const GroupNames& groups, Diagnostics& diagnostics);

  // Allocates nothing once `to` has the capacity.
  void append(const Exchange& exchange, std::string& to) const {
    appendEach(exchange, to, [](std::string&, size_t) {});
  }
  // encode(to, from) is called after each variable's value that is not plain, and may rewrite what is in `to` from
  // `from` on.
  template <class Encode>
  void appendEach(const Exchange& exchange, std::string& to, Encode encode) const {
    for (const Piece& piece : pieces_) {
      to.append(piece.literal);
      if (piece.append == nullptr) continue;
      size_t from = to.size();
      piece.append(exchange, piece.argument, to);
      if (!piece.plain) encode(to, from);
    }
  }

  bool isEmpty() const { return pieces_.empty(); }
  // Without variables: the same text for every exchange.
  bool isLiteral() const { return pieces_.empty() || (pieces_.size() == 1 && pieces_[0].append == nullptr); }
  // REQUIRES: isLiteral()
  std::string_view literal() const { return pieces_.empty() ? std::string_view() : pieces_[0].literal; }
  bool needs(VariableNeed need) const;
  size_t literalSize() const;
  size_t variableCount() const;

 private:
  // A literal, and the variable behind it; only the last piece may lack one.
  struct Piece {
    std::string literal;
    AppendVariable append = nullptr;
    bool plain = false;
    VariableNeed need = VariableNeed::None;
    VariableArgument argument;
  };
  friend class TemplateCompiler;

  std::vector<Piece> pieces_;
};

}  // namespace weir
