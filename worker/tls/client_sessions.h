// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClientSessions: sessions that servers gave, to be resumed at the next connection. A ticket of TLS 1.3 is for one use
// (RFC 8446 C.4), so a few are kept of each server; the last is used again rather than none. Bounded.

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

struct ssl_session_st;

namespace weir {

class ClientSessions {
 public:
  static constexpr size_t kPerServer = 8;
  static constexpr size_t kServers = 4096;

  ClientSessions();
  ~ClientSessions();
  ClientSessions(const ClientSessions&) = delete;
  ClientSessions& operator=(const ClientSessions&) = delete;

  // Takes the session. server: its address and the name it was asked by.
  void keep(const std::string& server, ssl_session_st* session);
  // The newest one that is good still; a copy, which is the caller's. Null when there is none.
  ssl_session_st* take(const std::string& server);

 private:
  struct Freer {
    void operator()(ssl_session_st* session) const;
  };
  using Session = std::unique_ptr<ssl_session_st, Freer>;

  std::unordered_map<std::string, std::deque<Session>> sessions_;
};

}  // namespace weir
