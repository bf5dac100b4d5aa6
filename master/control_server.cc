// SPDX-License-Identifier: Apache-2.0
#include "master/control_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir {

Result<ControlServer> ControlServer::open(std::string path) {
  auto fd = control::listenAt(path);
  if (!fd) return fd.error();
  return ControlServer(std::move(path), std::move(fd).value());
}

ControlServer::~ControlServer() {
  if (fd_) unlink(path_.c_str());
}

std::vector<ControlServer::Request> ControlServer::receive(Instant now) {
  accept(now);
  std::vector<Request> requests;
  for (auto client = clients_.begin(); client != clients_.end();)
    client = serve(client->second, now) ? std::next(client) : clients_.erase(client);
  for (auto& [id, client] : clients_) {
    auto end = client.input.find('\n');
    if (client.asked || end == std::string::npos) continue;
    client.asked = true;
    client.deadline = kNever;
    requests.push_back({id, client.input.substr(0, end)});
  }
  return requests;
}

void ControlServer::answer(uint64_t id, const control::Answer& answer, Instant now) {
  auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Client& client = found->second;
  client.output = control::encode(answer);
  client.answered = true;
  client.deadline = now + kClientLimit;
  if (!write(client)) clients_.erase(found);
}

void ControlServer::addTo(std::vector<pollfd>& polled) const {
  if (clients_.size() < kMaxClients) polled.push_back({fd_.get(), POLLIN, 0});
  // While its command is worked on, a client has nothing to say.
  for (const auto& [id, client] : clients_)
    if (!client.asked || client.answered)
      polled.push_back({client.fd.get(), static_cast<short>(client.answered ? POLLOUT : POLLIN), 0});
}

Instant ControlServer::nextDeadline() const {
  Instant earliest = kNever;
  for (const auto& [id, client] : clients_) earliest = std::min(earliest, client.deadline);
  return earliest;
}

void ControlServer::accept(Instant now) {
  while (clients_.size() < kMaxClients) {
    Fd fd(accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    Client client;
    client.fd = std::move(fd);
    client.deadline = now + kClientLimit;
    clients_.emplace(++last_client_, std::move(client));
  }
}

bool ControlServer::serve(Client& client, Instant now) {
  if (client.deadline <= now) return false;
  if (client.answered) return write(client);
  return client.asked || read(client);
}

bool ControlServer::read(Client& client) {
  char chunk[control::kMaxCommand + 1];
  ssize_t got = recv(client.fd.get(), chunk, sizeof chunk, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  client.input.append(chunk, static_cast<size_t>(got));
  bool complete = client.input.find('\n') != std::string::npos;
  return complete || (got > 0 && client.input.size() <= control::kMaxCommand);
}

bool ControlServer::write(Client& client) {
  while (!client.output.empty()) {
    ssize_t sent = send(client.fd.get(), client.output.data(), client.output.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    client.output.erase(0, static_cast<size_t>(sent));
  }
  return false;
}

}  // namespace weir
