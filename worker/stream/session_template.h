// SPDX-License-Identifier: Apache-2.0
#pragma once
// SessionTemplate: text with the variables of a stream's session, compiled. Const once made.

#include <string>
#include <string_view>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/stream/session_record.h"

namespace weir {

class SessionMap;
class SessionMaps;

// Appends the value, nothing when there is none.
using AppendSessionVariable = void (*)(const SessionRecord& record, std::string& to);

struct SessionVariableRow {
  std::string_view name;
  AppendSessionVariable append;
  std::string_view text;  // for the docs
};

class SessionTemplate {
 public:
  using Source = SessionRecord;

  SessionTemplate() = default;  // empty text

  // What is wrong is reported at the text's origin, and left out. The maps outlive the template.
  static SessionTemplate compile(const TemplateText& text, const SessionMaps& maps, Diagnostics& diagnostics);

  void append(const SessionRecord& record, std::string& to) const {
    appendEach(record, to, [](std::string&, size_t) {});
  }
  // encode(to, from) is called after each variable's value and may rewrite what is in `to` from `from` on.
  template <class Encode>
  void appendEach(const SessionRecord& record, std::string& to, Encode encode) const {
    for (const Piece& piece : pieces_) {
      to.append(piece.literal);
      if (piece.append == nullptr && piece.map == nullptr) continue;
      size_t from = to.size();
      piece.append != nullptr ? piece.append(record, to) : appendMapped(*piece.map, record, to);
      encode(to, from);
    }
  }
  bool isEmpty() const { return pieces_.empty(); }
  size_t literalSize() const;
  size_t variableCount() const;

 private:
  // A literal, and the variable behind it: a row's, or a map's.
  struct Piece {
    std::string literal;
    AppendSessionVariable append = nullptr;
    const SessionMap* map = nullptr;
  };
  static void appendMapped(const SessionMap& map, const SessionRecord& record, std::string& to);

  std::vector<Piece> pieces_;
};

// In the order of the docs.
std::vector<SessionVariableRow> sessionVariables();

}  // namespace weir
