// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whoever speaks TLS with clients in a configuration: servers and streams that listen with `ssl`.

#include <algorithm>
#include <string>
#include <vector>

#include "shared/config/settings.h"

namespace weir {

inline bool listensWithTls(const std::vector<ListenSetting>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const ListenSetting& line) { return line.ssl; });
}

// visit(const TlsSettings&, const std::string& name, Origin)
template <class Visit>
void eachTlsServer(const Settings& settings, Visit visit) {
  for (const ServerSettings& server : settings.servers)
    if (listensWithTls(server.listen)) visit(server.http.tls, server.name, server.origin);
  for (const StreamSettings& stream : settings.streams)
    if (listensWithTls(stream.listen)) visit(stream.tls, stream.name, stream.origin);
}

}  // namespace weir
