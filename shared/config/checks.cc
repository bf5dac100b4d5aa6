// SPDX-License-Identifier: Apache-2.0
#include "shared/config/checks.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/config/nearest.h"
#include "shared/config/tls_servers.h"

namespace weir::config {
namespace {

// Names seen so far and where.
class Names {
 public:
  explicit Names(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  bool expectNew(const std::string& name, Origin origin, const std::string& what) {
    auto [seen, added] = seen_.emplace(name, origin);
    if (!added) diagnostics_.error(origin, what + " is already there, at " + diagnostics_.place(seen->second));
    return added;
  }

 private:
  Diagnostics& diagnostics_;
  std::map<std::string, Origin> seen_;
};

// A label twice is two routes of one name in the metrics. What is said of patterns is what the worker's compilation
// says, which sees the same: of two that have the label in common too there is no more to say.
void checkLocations(const ServerSettings& server, Diagnostics& diagnostics) {
  Names labels(diagnostics);
  std::set<std::pair<LocationPattern::Match, std::string_view>> patterns;
  for (const auto& location : server.locations) {
    // "^~ /x" and "/x" are one prefix, that can be final or not.
    auto match =
        location.match == LocationPattern::Match::PrefixFinal ? LocationPattern::Match::Prefix : location.match;
    bool is_new = location.pattern.empty() || patterns.emplace(match, location.pattern).second;
    if (is_new)
      labels.expectNew(location.name, location.origin, "[location " + location.name + "]");
    else
      diagnostics.error(location.origin, "location \"" + location.pattern + "\" is given twice in this server");
  }
}

void checkNames(const Settings& settings, Diagnostics& diagnostics) {
  Names servers(diagnostics), streams(diagnostics), upstreams(diagnostics);
  for (const auto& server : settings.servers) {
    servers.expectNew(server.name, server.origin, "[server " + server.name + "]");
    checkLocations(server, diagnostics);
  }
  for (const auto& stream : settings.streams)
    streams.expectNew(stream.name, stream.origin, "[stream " + stream.name + "]");
  for (const auto& upstream : settings.upstreams)
    upstreams.expectNew(upstream.name, upstream.origin, "[upstream " + upstream.name + "]");
}

void checkPeers(const Settings& settings, Diagnostics& diagnostics) {
  for (const auto& upstream : settings.upstreams) {
    const auto& peers = upstream.servers;
    bool only_backup = std::all_of(peers.begin(), peers.end(), [](const PeerSetting& peer) { return peer.backup; });
    if (!peers.empty() && only_backup)
      diagnostics.error(upstream.origin, "[upstream " + upstream.name + "] has no \"server\" that is not a backup");
  }
}

// The options that belong to the socket, not to the server.
bool sameOptions(const ListenSetting& a, const ListenSetting& b) {
  auto bytes = [](const std::optional<Size>& size) { return size ? size->bytes : 0; };
  return a.backlog == b.backlog && bytes(a.rcvbuf) == bytes(b.rcvbuf) && bytes(a.sndbuf) == bytes(b.sndbuf) &&
         a.ipv6only == b.ipv6only && a.deferred == b.deferred && a.fastopen == b.fastopen &&
         a.so_keepalive == b.so_keepalive;
}

void takeOptions(ListenSetting& to, const ListenSetting& from) {
  auto address = to.address;
  auto origin = to.origin;
  bool default_server = to.default_server, ssl = to.ssl, proxy_protocol = to.proxy_protocol;
  to = from;
  to.address = address;
  to.origin = origin;
  to.default_server = default_server;
  to.ssl = ssl;
  to.proxy_protocol = proxy_protocol;
}

// All lines that name one address.
struct Listener {
  std::vector<ListenSetting*> lines;
  std::vector<const ServerSettings*> servers;  // of each line
};

class ListenerCheck {
 public:
  ListenerCheck(Settings& settings, Diagnostics& diagnostics) : settings_(settings), diagnostics_(diagnostics) {}

  void run() {
    collect();
    for (auto& [address, listener] : listeners_) {
      checkDefault(address, listener);
      checkOptions(address, listener);
      agreeOnProtocol(listener);
      checkServerNames(listener);
    }
    for (const auto& stream : settings_.streams) checkStream(stream);
    checkMetrics();
    checkSessionCaches();
  }

 private:
  void collect() {
    for (auto& server : settings_.servers)
      for (auto& line : server.listen) {
        auto& listener = listeners_[line.address.toString()];
        bool twice = !listener.servers.empty() && listener.servers.back() == &server;
        if (twice) diagnostics_.error(line.origin, "a duplicate \"listen\" on " + line.address.toString());
        listener.lines.push_back(&line);
        listener.servers.push_back(&server);
      }
  }

  void checkDefault(const std::string& address, const Listener& listener) {
    const ListenSetting* first = nullptr;
    for (const auto* line : listener.lines) {
      if (!line->default_server) continue;
      if (first != nullptr)
        diagnostics_.error(line->origin, "a duplicate default_server for " + address + "; the first is at " +
                                             diagnostics_.place(first->origin));
      else
        first = line;
    }
  }

  // As in nginx one line is enough to give the options; two that give any must agree.
  void checkOptions(const std::string& address, const Listener& listener) {
    const ListenSetting* given = nullptr;
    for (const auto* line : listener.lines) {
      if (sameOptions(*line, ListenSetting{})) continue;
      if (given == nullptr) given = line;
      if (!sameOptions(*line, *given))
        diagnostics_.error(line->origin,
                           "the options for " + address + " differ from those at " + diagnostics_.place(given->origin));
    }
    if (given == nullptr) return;
    for (auto* line : listener.lines)
      if (line != given) takeOptions(*line, *given);
  }

  // A port speaks TLS or it does not, and so with PROXY headers: one line that says so is enough, as in nginx.
  static void agreeOnProtocol(const Listener& listener) {
    const auto& lines = listener.lines;
    bool ssl = std::any_of(lines.begin(), lines.end(), [](const auto* line) { return line->ssl; });
    bool proxied = std::any_of(lines.begin(), lines.end(), [](const auto* line) { return line->proxy_protocol; });
    for (auto* line : lines) {
      line->ssl = ssl;
      line->proxy_protocol = proxied;
    }
  }

  // Said as by the worker's compilation, which sees the same.
  void checkServerNames(const Listener& listener) {
    std::map<std::string_view, const ServerSettings*> seen;
    for (const auto* server : listener.servers)
      for (const auto& name : server->server_name) {
        auto [other, added] = seen.emplace(name, server);
        if (!added && other->second != server)
          diagnostics_.warning(server->origin, "server name \"" + name + "\" belongs to another server, ignored");
      }
  }

  // As in nginx: a name is one memory.
  void checkSessionCaches() {
    std::map<std::string_view, const SessionCacheSetting*> seen;
    eachTlsServer(settings_, [&](const TlsSettings& tls, const std::string&, Origin) {
      const SessionCacheSetting& cache = tls.session_cache;
      if (cache.shared.empty()) return;
      auto [first, added] = seen.emplace(cache.shared, &cache);
      if (!added && first->second->size.bytes != cache.size.bytes)
        diagnostics_.error(cache.origin, "the session cache \"" + cache.shared + "\" has another size at " +
                                             diagnostics_.place(first->second->origin));
    });
  }

  void checkMetrics() {
    for (const auto& address : settings_.metrics.listen) {
      auto key = address.toString();
      auto server = listeners_.find(key);
      if (server != listeners_.end())
        diagnostics_.error(server->second.lines[0]->origin, "[metrics] listens on " + key + " too");
      if (auto stream = streams_.find(key); stream != streams_.end())
        diagnostics_.error(stream->second, "[metrics] listens on " + key + " too");
    }
  }

  // A stream shares its addresses with nobody: there is nothing to tell its clients by.
  void checkStream(const StreamSettings& stream) {
    for (const auto& line : stream.listen) {
      auto key = line.key();
      auto [other, added] = streams_.emplace(key, line.origin);
      auto server = listeners_.find(key);
      if (!added || server != listeners_.end())
        diagnostics_.error(line.origin,
                           "a duplicate \"listen\" on " + key + ", as at " +
                               diagnostics_.place(added ? server->second.lines[0]->origin : other->second));
      if (line.udp != stream.isUdp())
        diagnostics_.error(line.origin, "[stream " + stream.name + "] listens with and without \"udp\"");
    }
    if (stream.isUdp() && stream.ssl_preread)
      diagnostics_.error(stream.origin, "[stream " + stream.name + "] is UDP, which \"ssl_preread\" cannot read");
  }

  Settings& settings_;
  Diagnostics& diagnostics_;
  std::map<std::string, Listener> listeners_;
  std::map<std::string, Origin> streams_;
};

// A list that was inherited is reported once: Diagnostics leaves out what it has heard.
class FormatCheck {
 public:
  FormatCheck(const Settings& settings, Diagnostics& diagnostics) : diagnostics_(diagnostics) {
    for (const auto& format : settings.log_formats) known_.push_back(format.name);
    std::sort(known_.begin(), known_.end());
  }

  void check(const std::vector<AccessLogSetting>& logs) {
    for (const auto& log : logs)
      if (!std::binary_search(known_.begin(), known_.end(), std::string_view(log.format)))
        diagnostics_.error(
            log.origin, "\"access_log\": unknown log_format \"" + log.format + "\"" + didYouMean(log.format, known_));
  }

 private:
  Diagnostics& diagnostics_;
  std::vector<std::string_view> known_;
};

void checkFormats(const Settings& settings, Diagnostics& diagnostics) {
  FormatCheck formats(settings, diagnostics);
  formats.check(settings.http.access_log);
  for (const auto& server : settings.servers) {
    formats.check(server.http.access_log);
    for (const auto& location : server.locations) formats.check(location.http.access_log);
  }
  for (const auto& stream : settings.streams) formats.check(stream.access_log);
}

// A list that was inherited is reported once, as above.
class ZoneCheck {
 public:
  ZoneCheck(const Settings& settings, Diagnostics& diagnostics) : diagnostics_(diagnostics) {
    for (const auto& zone : settings.limit_conn_zones) known_.push_back(zone.name);
  }

  void check(const std::vector<LimitConnSetting>& limits) {
    for (const auto& limit : limits)
      if (std::find(known_.begin(), known_.end(), limit.zone) == known_.end())
        diagnostics_.error(limit.origin, "\"limit_conn\": there is no limit_conn_zone \"" + limit.zone + "\"" +
                                             didYouMean(limit.zone, known_));
  }

 private:
  Diagnostics& diagnostics_;
  std::vector<std::string_view> known_;
};

void checkZones(const Settings& settings, Diagnostics& diagnostics) {
  ZoneCheck zones(settings, diagnostics);
  for (const auto& server : settings.servers) {
    zones.check(server.http.limit_conn);
    for (const auto& location : server.locations) zones.check(location.http.limit_conn);
  }
  zones.check(settings.http.limit_conn);
  for (const auto& stream : settings.streams) zones.check(stream.limit_conn);
}

}  // namespace

void checkSettings(Settings& settings, Diagnostics& diagnostics) {
  checkNames(settings, diagnostics);
  checkPeers(settings, diagnostics);
  ListenerCheck(settings, diagnostics).run();
  checkFormats(settings, diagnostics);
  checkZones(settings, diagnostics);
}

}  // namespace weir::config
