// SPDX-License-Identifier: Apache-2.0
#pragma once
// SyslogOutput: sends each line as a datagram to a syslog server. Lines have their header already.

#include <string>

#include "shared/base/syslog.h"
#include "worker/net/log_output.h"

namespace weir {

class SyslogOutput final : public LogOutput {
 public:
  explicit SyslogOutput(const Address& server) : socket_(server) {}

  // What rsyslog and syslog-ng take by default.
  size_t lineBound() const override { return 8192; }
  void reopen(Fd) override {}
  Taken write(const LineRing::Pieces& lines, Instant now) override;
  void close() override { socket_.close(); }

 private:
  static constexpr size_t kBudget = 256;  // lines at a time, then other logs have their turn

  SyslogSocket socket_;
  std::string joined_;  // a line that lies in both pieces
};

}  // namespace weir
