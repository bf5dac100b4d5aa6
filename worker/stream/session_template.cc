// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/session_template.h"

#include <algorithm>
#include <utility>

#include "shared/config/nearest.h"
#include "worker/stream/session_map.h"
#include "worker/text/template_text.h"

namespace weir {
namespace {

std::string suggestion(std::string_view name, const SessionMaps& maps) {
  std::vector<std::string_view> known = maps.names();
  for (const SessionVariableRow& row : sessionVariables()) known.push_back(row.name);
  std::string_view close = nearest(name, known);
  return close.empty() ? "" : "; did you mean \"$" + std::string(close) + "\"?";
}

}  // namespace

SessionTemplate SessionTemplate::compile(const TemplateText& text, const SessionMaps& maps, Diagnostics& diagnostics) {
  static const std::vector<SessionVariableRow> kRows = sessionVariables();
  SessionTemplate compiled;
  for (TemplatePart& part : splitTemplate(text, diagnostics)) {
    Piece piece{std::move(part.literal), nullptr, maps.find(part.variable)};
    auto row = std::find_if(kRows.begin(), kRows.end(), [&](const auto& each) { return each.name == part.variable; });
    if (row != kRows.end()) piece.append = row->append;
    if (!part.variable.empty() && piece.append == nullptr && piece.map == nullptr)
      diagnostics.error(text.origin, "unknown variable \"$" + part.variable + "\"" + suggestion(part.variable, maps));
    compiled.pieces_.push_back(std::move(piece));
  }
  return compiled;
}

size_t SessionTemplate::literalSize() const {
  size_t size = 0;
  for (const Piece& piece : pieces_) size += piece.literal.size();
  return size;
}

size_t SessionTemplate::variableCount() const {
  return static_cast<size_t>(std::count_if(pieces_.begin(), pieces_.end(), [](const Piece& piece) {
    return piece.append != nullptr || piece.map != nullptr;
  }));
}

void SessionTemplate::appendMapped(const SessionMap& map, const SessionRecord& record, std::string& to) {
  map.append(record, to);
}

}  // namespace weir
