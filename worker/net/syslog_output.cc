// SPDX-License-Identifier: Apache-2.0
#include "worker/net/syslog_output.h"

namespace weir {
namespace {

// The line at the front, without its newline, which is taken off, too. joined: memory for one in two pieces.
std::string_view takeLine(LineRing::Pieces& lines, std::string& joined) {
  if (size_t end = lines.first.find('\n'); end != std::string_view::npos) {
    std::string_view line = lines.first.substr(0, end);
    lines.first.remove_prefix(end + 1);
    return line;
  }
  size_t end = lines.second.find('\n');
  joined.assign(lines.first);
  joined.append(lines.second.substr(0, end));
  lines = {lines.second.substr(end + 1), {}};
  return joined;
}

}  // namespace

LogOutput::Taken SyslogOutput::write(const LineRing::Pieces& lines, Instant now) {
  Taken taken;
  LineRing::Pieces rest = lines;
  for (size_t sent = 0; sent < kBudget && rest.size() > 0; ++sent) {
    SyslogSocket::Sent outcome = socket_.send(takeLine(rest, joined_), now);
    taken.lost += outcome.lost;
    if (outcome.lost > 0) taken.error = outcome.error;
    if (!outcome.taken) break;
    taken.bytes = lines.size() - rest.size();
  }
  return taken;
}

}  // namespace weir
