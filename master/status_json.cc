// SPDX-License-Identifier: Apache-2.0
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <string_view>

#include "master/status.h"
#include "shared/base/version.h"

namespace weir {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

double seconds(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }

// One member of the object that is being written.
void member(Writer& writer, const char* name, std::string_view value) {
  writer.Key(name);
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
void member(Writer& writer, const char* name, const char* value) { member(writer, name, std::string_view(value)); }
void member(Writer& writer, const char* name, uint64_t value) {
  writer.Key(name);
  writer.Uint64(value);
}
void member(Writer& writer, const char* name, Microseconds value) {
  writer.Key(name);
  writer.Double(seconds(value));
}

void write(Writer& writer, const ProcessStatus& process) {
  writer.StartObject();
  member(writer, "slot", uint64_t{process.slot});
  member(writer, "pid", static_cast<uint64_t>(process.pid));
  member(writer, "state", process.state);
  member(writer, "generation", process.generation);
  member(writer, "uptime_seconds", process.uptime);
  member(writer, "connections", static_cast<uint64_t>(std::max<int64_t>(process.connections, 0)));
  member(writer, "restarts", uint64_t{process.restarts});
  writer.EndObject();
}

void write(Writer& writer, const ListenerStatus& listener) {
  writer.StartObject();
  member(writer, "address", listener.address);
  member(writer, "for", listener.for_metrics ? "metrics" : "traffic");
  member(writer, "sockets", uint64_t{listener.sockets});
  member(writer, "leaving", uint64_t{listener.leaving});
  writer.EndObject();
}

template <class Row>
void writeAll(Writer& writer, const char* name, const std::vector<Row>& rows) {
  writer.Key(name);
  writer.StartArray();
  for (const Row& row : rows) write(writer, row);
  writer.EndArray();
}

void writeLines(Writer& writer, const char* name, std::string_view lines) {
  writer.Key(name);
  writer.StartArray();
  while (!lines.empty()) {
    auto end = std::min(lines.find('\n'), lines.size());
    writer.String(lines.data(), static_cast<rapidjson::SizeType>(end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  writer.EndArray();
}

void writeConfiguration(Writer& writer, const Status& status) {
  writer.Key("configuration");
  writer.StartObject();
  member(writer, "file", status.file);
  member(writer, "generation", status.generation);
  member(writer, "since", isoTime(status.since));
  member(writer, "sha256", status.sha256);
  writer.EndObject();
}

void writeReload(Writer& writer, const std::optional<ReloadOutcome>& reload) {
  writer.Key("last_reload");
  if (!reload) {
    writer.Null();
    return;
  }
  writer.StartObject();
  member(writer, "outcome", reload->ok ? "ok" : "failed");
  member(writer, "time", isoTime(reload->when));
  member(writer, "seconds", reload->took);
  writeLines(writer, "diagnostics", reload->diagnostics);
  writer.EndObject();
}

}  // namespace

std::string statusJson(const Status& status) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  member(writer, "version", kVersion);
  member(writer, "revision", kRevision);
  member(writer, "state", status.state);
  member(writer, "pid", static_cast<uint64_t>(status.pid));
  member(writer, "started", isoTime(status.started));
  member(writer, "uptime_seconds", status.uptime);
  writeConfiguration(writer, status);
  writeReload(writer, status.last_reload);
  writeAll(writer, "workers", status.workers);
  writer.Key("monitor");
  status.monitor ? write(writer, *status.monitor) : static_cast<void>(writer.Null());
  writeAll(writer, "listeners", status.listeners);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace weir
