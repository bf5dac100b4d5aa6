// SPDX-License-Identifier: Apache-2.0
#include "shared/config/loader.h"

#include <algorithm>

#include "shared/config/checks.h"
#include "shared/config/file_source.h"
#include "shared/config/scope.h"

namespace weir::config {
namespace {

bool hasEntry(const Section& section, std::string_view name) {
  return std::any_of(section.entries.begin(), section.entries.end(),
                     [&](const Entry& entry) { return entry.name == name; });
}

class Loader {
 public:
  Loader(const Document& document, const Bundle& bundle, FileSource& files, Diagnostics& diagnostics)
      : document_(document), bundle_(bundle), context_{bundle.prefix, diagnostics, &files} {}

  Loaded load();

 private:
  Settings& settings() { return *loaded_.settings; }
  bool is(const Section& section, Context context) const {
    return section.row != nullptr && section.row->context == context;
  }

  void loadSingle(Scope scope);
  void loadOverrides();
  void settleUser();
  void loadUpstreams();
  void addStreamFormat();
  void loadStreams();
  void loadMaps();
  void takeMapped(const Section& section, MapSettings& map);
  void loadServers();
  void addServer(const Section& section);
  bool isOfServer(const Section& section) const;
  void reserveLocations(const std::vector<size_t>& server_of);
  void addLocation(const Section& section, size_t server);
  void checkStray(const Section& section);
  void takePattern(const Section& section, LocationSettings& location);
  void defaultListen(ServerSettings& server);
  void apply(const Scope& scope, const Section& section) {
    for (const auto& entry : section.entries) applyEntry(scope, entry, context_);
  }

  const Document& document_;
  const Bundle& bundle_;
  LoadContext context_;
  Loaded loaded_;
};

Loaded Loader::load() {
  loaded_.settings = std::make_unique<Settings>();
  settings().prefix = bundle_.prefix;
  loadSingle(scopeOf(settings().main, loaded_.main));
  loadOverrides();
  settleUser();
  loadSingle(scopeOf(settings().metrics, loaded_.metrics));
  loadSingle(scopeOf(settings(), loaded_.http));
  addStreamFormat();
  loadUpstreams();
  loadMaps();
  loadStreams();
  loadServers();
  return std::move(loaded_);
}

// A kind of section of which there is one, however often it is written.
void Loader::loadSingle(Scope scope) {
  applyDefaults(scope, context_);
  for (const auto& section : document_.sections)
    if (is(section, scope.context)) apply(scope, section);
}

void Loader::loadOverrides() {
  auto scope = scopeOf(settings().main, loaded_.main);
  for (const auto& text : bundle_.overrides) {
    Origin origin{context_.diagnostics.addFile("-g"), 0};
    size_t equals = text.find('=');
    size_t start = text.find_first_not_of(" \t");
    size_t end =
        equals == std::string::npos || equals == 0 ? std::string::npos : text.find_last_not_of(" \t", equals - 1);
    if (end == std::string::npos || start == std::string::npos || start >= equals)
      context_.diagnostics.error(origin, "\"" + text.substr(0, 80) + "\" is not \"name = value\"");
    else
      overrideEntry(scope, {text.substr(start, end + 1 - start), text.substr(equals + 1), origin}, context_);
  }
}

void Loader::settleUser() {
  if (bundle_.as_root) return;
  auto lines = loaded_.main.of(findDirective("user", Context::Main));
  if (!lines.empty()) context_.diagnostics.warning(lines[0], "\"user\" has no effect: weir was not started as root");
  settings().main.user = {};
}

void Loader::loadUpstreams() {
  OwnLines none;
  UpstreamSettings defaults;
  applyDefaults(scopeOf(defaults, none), context_);
  for (const auto& section : document_.sections) {
    if (!is(section, Context::Upstream)) continue;
    auto& upstream = settings().upstreams.emplace_back(defaults);
    upstream.name = section.label;
    upstream.origin = section.origin;
    apply(scopeOf(upstream, loaded_.upstreams.emplace_back()), section);
    if (!hasEntry(section, "server"))
      context_.diagnostics.error(section.origin, "[upstream " + section.label + "] has no \"server\"");
  }
}

// What streams are logged by unless they say otherwise; nginx's documentation calls it basic.
void Loader::addStreamFormat() {
  auto& formats = settings().log_formats;
  if (std::any_of(formats.begin(), formats.end(), [](const auto& format) { return format.name == "stream"; })) return;
  auto& format = formats.emplace_back();
  format.name = "stream";
  format.text.text =
      "$remote_addr [$time_local] $protocol $status $bytes_sent $bytes_received $session_time "
      "\"$upstream_addr\" \"$upstream_bytes_sent\" \"$upstream_bytes_received\" \"$upstream_connect_time\"";
}

void Loader::loadMaps() {
  for (const auto& section : document_.sections) {
    if (!is(section, Context::Map)) continue;
    auto& map = settings().maps.emplace_back();
    map.origin = section.origin;
    auto scope = scopeOf(map, loaded_.maps.emplace_back());
    applyDefaults(scope, context_);
    apply(scope, section);
    takeMapped(section, map);
  }
}

// "$source $target"; the source may be any text with variables.
void Loader::takeMapped(const Section& section, MapSettings& map) {
  auto words = splitWords(section.label);
  bool good = words.error.empty() && words.words.size() == 2 && words.words[1].text.size() > 1 &&
              words.words[1].text.starts_with('$');
  if (!good) return context_.diagnostics.error(section.origin, "[map] needs \"$source $target\" behind its kind");
  map.source = {words.words[0].text, section.origin};
  map.target = words.words[1].text.substr(1);
}

void Loader::loadStreams() {
  OwnLines none;
  StreamSettings defaults;
  applyDefaults(scopeOf(defaults, none), context_);
  for (const auto& section : document_.sections) {
    if (!is(section, Context::Stream)) continue;
    auto& stream = settings().streams.emplace_back(defaults);
    stream.name = section.label;
    stream.origin = section.origin;
    apply(scopeOf(stream, loaded_.streams.emplace_back()), section);
    if (!hasEntry(section, "listen"))
      context_.diagnostics.error(section.origin, "[stream " + section.label + "] has no \"listen\"");
    if (!hasEntry(section, "proxy_pass") && !hasEntry(section, "return"))
      context_.diagnostics.error(section.origin, "[stream " + section.label + "] has no \"proxy_pass\"");
  }
}

void Loader::loadServers() {
  std::vector<size_t> server_of(document_.sections.size());
  for (size_t i = 0; i < document_.sections.size(); ++i) {
    if (!is(document_.sections[i], Context::Server)) continue;
    server_of[i] = settings().servers.size();
    addServer(document_.sections[i]);
  }
  reserveLocations(server_of);
  for (const auto& section : document_.sections) {
    if (isOfServer(section))
      addLocation(section, server_of[*section.server]);
    else if (is(section, Context::Location))
      checkStray(section);
  }
}

// A [location] of a [server]; one of anything else is a stray.
bool Loader::isOfServer(const Section& section) const {
  return is(section, Context::Location) && section.server && is(document_.sections[*section.server], Context::Server);
}

// There may be very many, and they are large.
void Loader::reserveLocations(const std::vector<size_t>& server_of) {
  std::vector<size_t> counts(settings().servers.size());
  for (const auto& section : document_.sections)
    if (isOfServer(section)) ++counts[server_of[*section.server]];
  for (size_t i = 0; i < counts.size(); ++i) {
    settings().servers[i].locations.reserve(counts[i]);
    loaded_.servers[i].locations.reserve(counts[i]);
  }
}

// A location of no server cannot serve, but may hold more that is wrong.
void Loader::checkStray(const Section& section) {
  OwnLines lines;
  LocationSettings location;
  location.http = settings().http;
  apply(scopeOf(location, lines), section);
}

void Loader::addServer(const Section& section) {
  auto& server = settings().servers.emplace_back();
  server.name = section.label;
  server.origin = section.origin;
  server.http = settings().http;
  apply(scopeOf(server, loaded_.servers.emplace_back().lines), section);
  if (!hasEntry(section, "listen")) defaultListen(server);
}

void Loader::defaultListen(ServerSettings& server) {
  auto& listen = server.listen.emplace_back();
  listen.address = *Address::parse(bundle_.as_root ? "*:80" : "*:8000");
  listen.origin = server.origin;
}

void Loader::addLocation(const Section& section, size_t server) {
  auto& owner = settings().servers[server];
  auto& location = owner.locations.emplace_back();
  location.name = section.label;
  location.origin = section.origin;
  location.http = owner.http;
  location.http.tls = {};
  auto scope = scopeOf(location, loaded_.servers[server].locations.emplace_back());
  for (const auto& directive : directives())
    if (!directive.inherited && directive.contexts.has(Context::Location))
      directive.field.reset(scope.owner(directive));
  apply(scope, section);
  if (!hasEntry(section, "match")) takePattern(section, location);
}

void Loader::takePattern(const Section& section, LocationSettings& location) {
  if (section.label.empty()) return;
  auto words = splitWords(section.label);
  Arguments in{"location", words.words, section.origin, {}, TextRule::Word, {}, context_};
  if (!words.error.empty())
    in.fail(words.error);
  else
    parseValue(in, static_cast<LocationPattern&>(location));
}

}  // namespace

std::span<const Origin> OwnLines::of(size_t row) const {
  for (const auto& each : rows_)
    if (each.index == row) return each.origins;
  return {};
}

void OwnLines::add(size_t row, Origin origin) {
  for (auto& each : rows_)
    if (each.index == row) return each.origins.push_back(origin);
  rows_.push_back({row, {origin}});
}

void OwnLines::forget(size_t row) {
  std::erase_if(rows_, [&](const Row& each) { return each.index == row; });
}

Loaded load(const Bundle& bundle, Diagnostics& diagnostics) {
  BundleSource source(bundle);
  return load(bundle, source, diagnostics);
}

Loaded load(const Bundle& bundle, FileSource& source, Diagnostics& diagnostics) {
  auto document = readDocument(source, bundle.main_path, bundle.prefix, diagnostics);
  auto loaded = Loader(document, bundle, source, diagnostics).load();
  checkSettings(*loaded.settings, diagnostics);
  return loaded;
}

}  // namespace weir::config
