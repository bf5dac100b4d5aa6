// SPDX-License-Identifier: Apache-2.0
#include "shared/config/scope.h"

#include <string>
#include <vector>

#include "shared/config/nearest.h"

namespace weir::config {
namespace {

std::string bracketed(Context context) { return "[" + std::string(sectionOf(context).name) + "]"; }

// "[http], [server]": where a directive of this name may stand; empty when there is none.
std::string placesOf(std::string_view name) {
  std::string places;
  for (const auto& section : sections())
    if (findDirective(name, section.context) != kNoDirective)
      places += (places.empty() ? "" : ", ") + bracketed(section.context);
  return places;
}

void reportUnknown(const Entry& entry, Context context, Diagnostics& diagnostics) {
  auto places = placesOf(entry.name);
  if (!places.empty())
    return diagnostics.error(
        entry.origin, "\"" + entry.name + "\" is not allowed in " + bracketed(context) + "; it belongs in " + places);
  std::vector<std::string_view> known{"include"};
  for (const auto& directive : directives())
    if (directive.contexts.has(context)) known.push_back(directive.name);
  std::string shown = entry.name.substr(0, 80);
  diagnostics.error(entry.origin,
                    "unknown directive \"" + shown + "\" in " + bracketed(context) + didYouMean(entry.name, known));
}

// The row under which the lines of a directive are remembered.
size_t keyOf(size_t row, Context context) {
  const auto& directive = directives()[row];
  return directive.shares.empty() ? row : findDirective(directive.shares, context);
}

bool applyFixed(const Directive& directive, const Arguments& in) {
  if (!in.count(1, 1)) return false;
  return in[0] == directive.initial || in.fail("\"" + in[0] + "\" is not supported, only \"" +
                                               std::string(directive.initial) + "\": " + std::string(directive.doc));
}

bool applyWords(const Scope& scope, const Directive& directive, const Arguments& in) {
  if (directive.field.owner == Owner::None) return applyFixed(directive, in);
  return directive.field.set(in, directive.repeat, scope.owner(directive));
}

bool applyValue(const Scope& scope, size_t row, const Entry& entry, const LoadContext& load) {
  const auto& directive = directives()[row];
  auto words = splitWords(entry.value);
  auto earlier = entry.origin == Origin{} ? std::span<const Origin>{} : scope.lines.of(keyOf(row, scope.context));
  Arguments in{directive.name, words.words, entry.origin, directive.range, directive.rule, earlier, load};
  if (!words.error.empty()) return in.fail(words.error);
  if (directive.repeat == Repeat::Once && !earlier.empty())
    return in.fail("it is already set at " + load.diagnostics.place(earlier[0]));
  return applyWords(scope, directive, in);
}

void setOwner(Scope& scope, Owner owner, void* to) { scope.owners[static_cast<size_t>(owner)] = to; }

void setHttp(Scope& scope, HttpSettings& http) {
  setOwner(scope, Owner::Http, &http);
  setOwner(scope, Owner::Content, &http.content);
  setOwner(scope, Owner::Tls, &http.tls);
  setOwner(scope, Owner::ProxyTls, &http.proxy_tls);
}

}  // namespace

Scope scopeOf(MainSettings& main, OwnLines& lines) {
  Scope scope{Context::Main, lines};
  setOwner(scope, Owner::Main, &main);
  return scope;
}

Scope scopeOf(MetricsSettings& metrics, OwnLines& lines) {
  Scope scope{Context::Metrics, lines};
  setOwner(scope, Owner::Metrics, &metrics);
  return scope;
}

Scope scopeOf(Settings& settings, OwnLines& lines) {
  Scope scope{Context::Http, lines};
  setOwner(scope, Owner::Global, &settings);
  setHttp(scope, settings.http);
  return scope;
}

Scope scopeOf(ServerSettings& server, OwnLines& lines) {
  Scope scope{Context::Server, lines};
  setOwner(scope, Owner::Server, &server);
  setHttp(scope, server.http);
  return scope;
}

Scope scopeOf(LocationSettings& location, OwnLines& lines) {
  Scope scope{Context::Location, lines};
  setOwner(scope, Owner::Location, &location);
  setHttp(scope, location.http);
  return scope;
}

Scope scopeOf(UpstreamSettings& upstream, OwnLines& lines) {
  Scope scope{Context::Upstream, lines};
  setOwner(scope, Owner::Upstream, &upstream);
  return scope;
}

Scope scopeOf(StreamSettings& stream, OwnLines& lines) {
  Scope scope{Context::Stream, lines};
  setOwner(scope, Owner::Stream, &stream);
  setOwner(scope, Owner::Tls, &stream.tls);
  setOwner(scope, Owner::ProxyTls, &stream.proxy_tls);
  return scope;
}

Scope scopeOf(MapSettings& map, OwnLines& lines) {
  Scope scope{Context::Map, lines};
  setOwner(scope, Owner::Stream, &map);
  return scope;
}

void applyDefaults(const Scope& scope, const LoadContext& load) {
  auto rows = directives();
  for (size_t i = 0; i < rows.size(); ++i)
    if (rows[i].contexts.has(scope.context) && !rows[i].initial.empty())
      applyValue(scope, i, {std::string(rows[i].name), std::string(rows[i].initial), {}}, load);
}

void applyEntry(const Scope& scope, const Entry& entry, const LoadContext& load) {
  size_t row = findDirective(entry.name, scope.context);
  if (row == kNoDirective) return reportUnknown(entry, scope.context, load.diagnostics);
  if (applyValue(scope, row, entry, load)) scope.lines.add(keyOf(row, scope.context), entry.origin);
}

void overrideEntry(const Scope& scope, const Entry& entry, const LoadContext& load) {
  size_t row = findDirective(entry.name, scope.context);
  if (row != kNoDirective) scope.lines.forget(keyOf(row, scope.context));
  applyEntry(scope, entry, load);
}

}  // namespace weir::config
