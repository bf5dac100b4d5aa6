// SPDX-License-Identifier: Apache-2.0
// The variables of a stream's session: nginx's names and, for what nginx lacks, HTTP's here.
#include <unistd.h>

#include <string>
#include <vector>

#include "worker/stream/session_scope.h"
#include "worker/text/calendar.h"
#include "worker/text/value_text.h"

namespace weir {
namespace {

void appendIp(const Address& address, std::string& to) {
  char text[64];
  to.append(text, address.writeIp(text));
}
void appendPort(const Address& address, std::string& to) {
  if (!address.isUnix()) appendNumber(address.port(), to);
}

void remoteAddr(const SessionRecord& session, const SessionArgument&, std::string& to) { appendIp(session.client, to); }
void remotePort(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendPort(session.client, to);
}
void binaryRemoteAddr(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendBinaryIp(session.client, to);
}
void serverAddr(const SessionRecord& session, const SessionArgument&, std::string& to) { appendIp(session.local, to); }
void serverPort(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendPort(session.local, to);
}
void realipRemoteAddr(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendIp(session.connected, to);
}
void realipRemotePort(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendPort(session.connected, to);
}

bool isProxied(const SessionRecord& session) { return session.proxied_to.family() != AF_UNSPEC; }
void proxyProtocolAddr(const SessionRecord& session, const SessionArgument&, std::string& to) {
  if (isProxied(session)) appendIp(session.client, to);
}
void proxyProtocolPort(const SessionRecord& session, const SessionArgument&, std::string& to) {
  if (isProxied(session)) appendPort(session.client, to);
}
void proxyProtocolServerAddr(const SessionRecord& session, const SessionArgument&, std::string& to) {
  if (isProxied(session)) appendIp(session.proxied_to, to);
}
void proxyProtocolServerPort(const SessionRecord& session, const SessionArgument&, std::string& to) {
  if (isProxied(session)) appendPort(session.proxied_to, to);
}

void protocol(const SessionRecord& session, const SessionArgument&, std::string& to) {
  to.append(session.udp ? "UDP" : "TCP");
}
void status(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendNumber(statusOf(session), to);
}
// As of an exchange: who, and why.
void termination(const SessionRecord& session, const SessionArgument&, std::string& to) {
  const FailureRow& row = rowOf(session.cause);
  if (row.cause == Cause::None) return void(to.append("ok"));
  to.append(row.fault == Fault::Downstream ? "client:" : row.fault == Fault::Upstream ? "upstream:" : "weir:");
  to.append(row.name);
}
// nginx's words.
void limitConnStatus(const SessionRecord& session, const SessionArgument&, std::string& to) {
  to.append(limitOutcomeName(session.limits.outcome));
}
void bytesSent(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendNumber(session.sent, to);
}
void bytesReceived(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendNumber(session.received, to);
}
void sessionTime(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendSeconds(session.loop.now() - session.begun, to);
}
void connection(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendNumber(session.number, to);
}

void timeLocal(const SessionRecord& session, const SessionArgument&, std::string& to) {
  to.append(calendarTexts(session.loop.wallNow()).local);
}
void timeIso8601(const SessionRecord& session, const SessionArgument&, std::string& to) {
  to.append(calendarTexts(session.loop.wallNow()).iso8601);
}
void msec(const SessionRecord& session, const SessionArgument&, std::string& to) {
  appendSeconds(session.loop.wallNow().time_since_epoch(), to);
}
void pid(const SessionRecord&, const SessionArgument&, std::string& to) { appendNumber(::getpid(), to); }

// Of every try, as nginx lists them.
template <class Append>
void eachAttempt(const SessionRecord& session, std::string& to, Append append) {
  for (size_t i = 0; i < session.attempts.size(); ++i) {
    if (i > 0) to.append(", ");
    append(session.attempts[i]);
  }
}
void upstreamAddr(const SessionRecord& session, const SessionArgument&, std::string& to) {
  if (session.attempts.empty()) to.append(session.upstream);
  eachAttempt(session, to, [&](const SessionAttempt& attempt) { to.append(attempt.peer->name()); });
}
void upstreamConnectTime(const SessionRecord& session, const SessionArgument&, std::string& to) {
  eachAttempt(session, to, [&](const SessionAttempt& attempt) {
    if (attempt.connected == kNever) return to.push_back('-');
    appendSeconds(attempt.connected - attempt.begun, to);
  });
}
void upstreamBytesSent(const SessionRecord& session, const SessionArgument&, std::string& to) {
  if (!session.attempts.empty()) appendNumber(session.upstream_sent, to);
}
void upstreamBytesReceived(const SessionRecord& session, const SessionArgument&, std::string& to) {
  if (!session.attempts.empty()) appendNumber(session.upstream_received, to);
}

void prereadServerName(const SessionRecord& session, const SessionArgument&, std::string& to) {
  to.append(session.hello.server_name);
}
void prereadAlpn(const SessionRecord& session, const SessionArgument&, std::string& to) {
  for (size_t i = 0; i < session.hello.alpn.size(); ++i) to.append(i == 0 ? "" : ",").append(session.hello.alpn[i]);
}
void prereadProtocol(const SessionRecord& session, const SessionArgument&, std::string& to) {
  to.append(tlsVersionName(session.hello.version));
}

}  // namespace

const std::vector<SessionVariableRow>& sessionVariables() {
  static const std::vector<SessionVariableRow> kRows{
      {"remote_addr", remoteAddr, "the client's address; by its PROXY header, where one is taken"},
      {"remote_port", remotePort, "the client's port"},
      {"binary_remote_addr", binaryRemoteAddr, "the client's address as 4 or 16 bytes, for `hash`"},
      {"realip_remote_addr", realipRemoteAddr, "the address of who connected"},
      {"realip_remote_port", realipRemotePort, "the port of who connected"},
      {"proxy_protocol_addr", proxyProtocolAddr, "the client's address in a PROXY header"},
      {"proxy_protocol_port", proxyProtocolPort, "the client's port in a PROXY header"},
      {"proxy_protocol_server_addr", proxyProtocolServerAddr,
       "the address that the client connected to, in a PROXY header"},
      {"proxy_protocol_server_port", proxyProtocolServerPort,
       "the port that the client connected to, in a PROXY header"},
      {"server_addr", serverAddr, "the address that accepted the client"},
      {"server_port", serverPort, "the port that accepted the client"},
      {"protocol", protocol, "`TCP` or `UDP`"},
      {"status", status, "200, or what went wrong: 400 for what comes before, 403, 502, 503"},
      {"termination", termination, "`ok`, or who ended it and why, as in the metrics: `upstream:connect_refused`"},
      {"session_time", sessionTime, "seconds since the session began"},
      {"bytes_received", bytesReceived, "bytes from the client"},
      {"bytes_sent", bytesSent, "bytes to the client"},
      {"limit_conn_status", limitConnStatus,
       "what `limit_conn` said: `PASSED`, `REJECTED` or `REJECTED_DRY_RUN`; empty without"},
      {"connection", connection, "a number of the worker's own"},
      {"upstream_addr", upstreamAddr, "the servers that were tried"},
      {"upstream_connect_time", upstreamConnectTime, "seconds that each connection took"},
      {"upstream_bytes_sent", upstreamBytesSent, "bytes to the server"},
      {"upstream_bytes_received", upstreamBytesReceived, "bytes from the server"},
      {"ssl_preread_server_name", prereadServerName, "the name that a TLS client asks for"},
      {"ssl_preread_alpn_protocols", prereadAlpn, "the protocols that it offers, with commas between"},
      {"ssl_preread_protocol", prereadProtocol, "the highest TLS version that it offers"},
      {"time_local", timeLocal, "the time, as in Common Log Format"},
      {"time_iso8601", timeIso8601, "the time, ISO 8601"},
      {"msec", msec, "seconds since the epoch, with milliseconds"},
      {"pid", pid, "the worker's process"},
  };
  return kRows;
}

}  // namespace weir
