// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlServer: the master's end of the control socket. Collects commands and sends answers, whenever they are ready;
// a client that is slow or gone costs nothing. Removes the socket's file when it ends.

#include <poll.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/result.h"
#include "shared/ipc/control.h"

namespace weir {

class ControlServer {
 public:
  static constexpr size_t kMaxClients = 64;
  // Within which a client must have sent its command, and later have read its answer.
  static constexpr Milliseconds kClientLimit{10'000};

  struct Request {
    uint64_t client;
    std::string command;
  };

  static Result<ControlServer> open(std::string path);
  ControlServer(ControlServer&&) noexcept = default;
  ControlServer& operator=(ControlServer&&) = delete;
  ~ControlServer();

  // Commands that have arrived whole; each is to be answered once.
  std::vector<Request> receive(Instant now);
  // Without effect when the client is gone.
  void answer(uint64_t client, const control::Answer& answer, Instant now);

  void addTo(std::vector<pollfd>& polled) const;
  Instant nextDeadline() const;

 private:
  struct Client {
    Fd fd;
    Instant deadline;
    std::string input;
    std::string output;
    bool asked = false;  // its command was handed on
    bool answered = false;
  };
  ControlServer(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  void accept(Instant now);
  // False: the client is done with, or hopeless.
  static bool read(Client& client);
  static bool write(Client& client);
  static bool serve(Client& client, Instant now);

  std::string path_;
  Fd fd_;
  uint64_t last_client_ = 0;
  std::map<uint64_t, Client> clients_;
};

}  // namespace weir
