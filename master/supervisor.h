// SPDX-License-Identifier: Apache-2.0
#pragma once
// Supervisor: the master process's life. Reacts to signals, commands, its children's messages and deaths, and to time;
// owns the generation that serves. One thread, one poll, and nothing in it waits for anybody.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "master/children.h"
#include "master/control_server.h"
#include "master/daemon.h"
#include "master/figures.h"
#include "master/generation.h"
#include "master/notifier.h"
#include "master/options.h"
#include "master/pid_file.h"
#include "master/reload.h"
#include "master/respawns.h"
#include "master/signals.h"
#include "master/status.h"
#include "master/ticket_rotation.h"

namespace weir {

class Supervisor {
 public:
  // segment, tickets and title outlive it.
  Supervisor(Options options, Signals signals, Segment& segment, TicketKeys& tickets, ProcessTitle& title);

  // Starts with a generation that was loaded without errors (its warnings are in diagnostics), and serves until told to
  // end. The result is the exit code: 1 when the start failed, after saying why on stderr.
  int run(std::unique_ptr<Generation> first, Diagnostics diagnostics, Daemon daemon, Notifier notifier);

 private:
  enum class Mode : uint8_t { Serving, Quitting, Stopping };
  using Clients = std::vector<uint64_t>;

  // start: until the children have their first offer
  bool begin(std::unique_ptr<Generation> first, Diagnostics& diagnostics);
  Result<void> openPidFile(const Settings& settings);
  void failStart(const std::string& text);

  // one turn of the loop
  void waitForEvents();
  Instant nextDeadline() const;
  void takeSignals();
  void takeCommands();
  void takeChildEvents();
  void advanceReload();
  void meetDeadlines();
  void startPending();
  bool ended() const { return mode_ != Mode::Serving && children_.empty(); }

  void onSignal(int number);
  void onCommand(const ControlServer::Request& request);
  void onChildEvent(const ChildEvent& event);
  void onEnded(const ChildEvent& event);
  void answer(const Clients& clients, const control::Answer& answer);
  Status status() const;

  // reload
  void beginReload();
  void commitReload();
  void undoReload();
  void finishReload();
  std::string servingText() const;
  void refuseReload(std::string text);
  void recordReload(bool ok, const std::string& diagnostics);
  void retireSurplus(const Generation& previous);
  void installLog();
  void reopenLogs();

  // children
  void drain();
  bool mayRespawn() const;
  void settleSockets(unsigned slot);
  void respawnDue();
  void respawn(unsigned slot);
  bool isWanted(unsigned slot) const;

  // the end
  void quit();
  void stop();
  void leaveServing(Mode mode);
  void endMonitorLast();

  Options options_;
  Signals signals_;
  Figures figures_;
  Children children_;
  TicketRotation tickets_;
  Respawns respawns_;
  Daemon daemon_;
  Notifier notifier_;
  std::optional<PidFile> pid_file_;
  std::optional<ControlServer> control_;
  std::unique_ptr<Generation> current_;  // null until the first one serves
  std::optional<Reload> reload_;
  std::string warnings_;      // of the reload that runs
  Clients reload_clients_;    // who wait for it
  uint64_t last_number_ = 1;  // of generations, refused ones included
  bool reload_wanted_ = false;
  bool reopen_wanted_ = false;
  bool drain_wanted_ = false;
  bool drained_ = false;        // no workers are wanted until the next reload
  Clients waiting_for_reload_;  // for the next one
  Clients waiting_for_reopen_;
  Mode mode_ = Mode::Serving;
  std::optional<LogFiles> start_logs_;  // until the first generation serves
  bool logs_to_terminal_ = true;
  int exit_code_ = 0;
  Instant now_;  // of the turn
  const Instant started_;
  Instant reload_begun_;
  WallTime serves_since_{};
  std::optional<ReloadOutcome> last_reload_;
};

}  // namespace weir
