// SPDX-License-Identifier: Apache-2.0
// explainBundle(): the Settings printed row by row of the table, with the lines that set them.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "shared/config/bundle.h"
#include "shared/config/loader.h"
#include "shared/config/scope.h"

namespace weir {
namespace config {
namespace {

// The sections whose lines hold in a section: its own first, then outward.
using Chain = std::vector<const OwnLines*>;

class Explainer {
 public:
  Explainer(const Loaded& loaded, const Diagnostics& diagnostics) : loaded_(loaded), diagnostics_(diagnostics) {}

  std::string run();

 private:
  void section(const std::string& label, const Scope& scope, const Chain& chain);
  void directive(size_t row, const Scope& scope, const Chain& chain);
  void lines(const Directive& directive, const std::vector<PrintedLine>& printed, std::span<const Origin> origins);
  void line(std::string_view name, std::string_view value, Origin origin);
  void server(size_t index);

  const Loaded& loaded_;
  const Diagnostics& diagnostics_;
  std::string text_;
  std::string place_;  // of the last comment in this section
};

std::span<const Origin> originsOf(size_t row, const Chain& chain) {
  for (const auto* lines : chain)
    if (auto found = lines->of(row); !found.empty()) return found;
  return {};
}

// Whether [http] shows the default already.
bool shownAbove(const Directive& directive, Context context) {
  bool inner = context == Context::Server || context == Context::Location;
  return inner && directive.contexts.has(Context::Http);
}

// Without a line such a directive has no value, or (match) one that the section's label shows.
bool unset(const Directive& directive) { return directive.initial.empty() && directive.repeat == Repeat::Once; }

void Explainer::line(std::string_view name, std::string_view value, Origin origin) {
  auto place = diagnostics_.place(origin);
  if (place != place_) text_ += "# " + place + "\n";
  place_ = std::move(place);
  text_.append(name).append(" = ").append(value) += '\n';
}

// Where a list was not merged, its elements stand for the lines in their order.
void Explainer::lines(const Directive& directive, const std::vector<PrintedLine>& printed,
                      std::span<const Origin> origins) {
  for (size_t i = 0; i < printed.size(); ++i) {
    Origin origin;
    if (!origins.empty()) origin = origins[origins.size() == printed.size() ? i : 0];
    if (printed[i].origin) origin = *printed[i].origin;
    line(printed[i].name.empty() ? directive.name : printed[i].name, printed[i].value, origin);
  }
}

void Explainer::directive(size_t row, const Scope& scope, const Chain& chain) {
  const auto& directive = directives()[row];
  if (!directive.contexts.has(scope.context) || !directive.shares.empty()) return;
  auto origins = originsOf(row, directive.inherited ? chain : Chain{chain.front()});
  if (origins.empty() && (shownAbove(directive, scope.context) || unset(directive))) return;
  if (directive.field.owner == Owner::None)
    return line(directive.name, directive.initial, origins.empty() ? Origin{} : origins[0]);
  std::vector<PrintedLine> printed;
  directive.field.print(scope.owner(directive), printed);
  // The list that follows is whole, what is inherited included.
  bool merged = directive.repeat == Repeat::Merge && chain.size() > 1;
  if (merged) line(directive.name, "none", origins[0]);
  lines(directive, printed, origins);
}

void Explainer::section(const std::string& label, const Scope& scope, const Chain& chain) {
  if (!text_.empty()) text_ += '\n';
  text_ += "[" + std::string(sectionOf(scope.context).name) + (label.empty() ? "" : " " + label) + "]\n";
  place_.clear();
  for (size_t row = 0; row < directives().size(); ++row) directive(row, scope, chain);
}

void Explainer::server(size_t index) {
  OwnLines unused;
  auto& server = loaded_.settings->servers[index];
  const auto& lines = loaded_.servers[index];
  section(server.name, scopeOf(server, unused), {&lines.lines, &loaded_.http});
  for (size_t i = 0; i < server.locations.size(); ++i)
    section(server.locations[i].name, scopeOf(server.locations[i], unused),
            {&lines.locations[i], &lines.lines, &loaded_.http});
}

std::string Explainer::run() {
  OwnLines unused;
  auto& settings = *loaded_.settings;
  section("", scopeOf(settings.main, unused), {&loaded_.main});
  section("", scopeOf(settings.metrics, unused), {&loaded_.metrics});
  section("", scopeOf(settings, unused), {&loaded_.http});
  for (size_t i = 0; i < settings.upstreams.size(); ++i)
    section(settings.upstreams[i].name, scopeOf(settings.upstreams[i], unused), {&loaded_.upstreams[i]});
  for (size_t i = 0; i < settings.maps.size(); ++i)
    section(settings.maps[i].source.text + " $" + settings.maps[i].target, scopeOf(settings.maps[i], unused),
            {&loaded_.maps[i]});
  for (size_t i = 0; i < settings.streams.size(); ++i)
    section(settings.streams[i].name, scopeOf(settings.streams[i], unused), {&loaded_.streams[i]});
  for (size_t i = 0; i < settings.servers.size(); ++i) server(i);
  return std::move(text_);
}

}  // namespace
}  // namespace config

std::string explainBundle(const Bundle& bundle, Diagnostics& diagnostics) {
  auto loaded = config::load(bundle, diagnostics);
  return config::Explainer(loaded, diagnostics).run();
}

}  // namespace weir
