// SPDX-License-Identifier: Apache-2.0
// Variables of the response, of the clock and of this process.
#include <sys/types.h>
#include <unistd.h>

#include <array>

#include "worker/http/exchange.h"
#include "worker/http/variable_tables.h"
#include "worker/text/calendar.h"

namespace weir {
namespace {

using Argument = VariableArgument;

void status(const Exchange& exchange, const Argument&, std::string& to) {
  uint16_t code = exchange.status();
  to.append({static_cast<char>('0' + code / 100 % 10), static_cast<char>('0' + code / 10 % 10),
             static_cast<char>('0' + code % 10)});
}
void bodyBytesSent(const Exchange& exchange, const Argument&, std::string& to) {
  appendNumber(exchange.bytesSentAfterHead(), to);
}
void bytesSent(const Exchange& exchange, const Argument&, std::string& to) { appendNumber(exchange.bytesSent(), to); }
// Of what weir writes itself, what logs ask for.
void sentHttp(const Exchange& exchange, const Argument& argument, std::string& to) {
  if (argument.header == HeaderId::ContentType && !exchange.sentType().empty())
    to.append(exchange.sentType());
  else if (argument.header == HeaderId::ContentLength && exchange.sentLength())
    appendNumber(*exchange.sentLength(), to);
  else if (argument.header == HeaderId::ContentLength || argument.header == HeaderId::TransferEncoding)
    to.append(argument.header == HeaderId::TransferEncoding && exchange.isSentChunked() ? "chunked" : "");
  else
    to.append(exchange.sentField(argument.name).value_or(""));
}
void requestTime(const Exchange& exchange, const Argument&, std::string& to) {
  appendSeconds(exchange.loop().now() - exchange.started(), to);
}

void appendSpan(Instant from, Instant to, std::string& text) {
  if (from == kNever || to == kNever) return text.push_back('-');
  appendSeconds(to - from, text);
}
void requestHeaderTime(const Exchange& exchange, const Argument&, std::string& to) {
  appendSpan(exchange.started(), exchange.headReceived(), to);
}
void requestBodyTime(const Exchange& exchange, const Argument&, std::string& to) {
  appendSpan(exchange.headReceived(), exchange.bodyReceived(), to);
}
void firstByteTime(const Exchange& exchange, const Argument&, std::string& to) {
  appendSpan(exchange.started(), exchange.firstByteSent(), to);
}

void termination(const Exchange& exchange, const Argument&, std::string& to) {
  Termination how = exchange.termination();
  if (how.why.empty()) return void(to.append("ok"));
  to.append(how.whoText()).append(":").append(how.why);
}
void terminationPhase(const Exchange& exchange, const Argument&, std::string& to) {
  to.append(exchange.termination().phaseText());
}

void timeLocal(const Exchange& exchange, const Argument&, std::string& to) {
  to.append(calendarTexts(exchange.loop().wallNow()).local, 26);
}
void timeIso8601(const Exchange& exchange, const Argument&, std::string& to) {
  to.append(calendarTexts(exchange.loop().wallNow()).iso8601, 25);
}
void msec(const Exchange& exchange, const Argument&, std::string& to) {
  appendSeconds(exchange.loop().wallNow().time_since_epoch(), to);
}

// Neither changes while a worker lives, and both cost a system call.
void pid(const Exchange&, const Argument&, std::string& to) {
  static const pid_t kPid = getpid();
  appendNumber(kPid, to);
}
std::string machineName() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}
void hostname(const Exchange&, const Argument&, std::string& to) {
  static const std::string kName = machineName();
  to.append(kName);
}
void limitConnStatus(const Exchange& exchange, const Argument&, std::string& to) {
  to.append(limitOutcomeName(exchange.limitHolds().outcome));
}
// For formats written for nginx: weir has no remote user yet.
void nothing(const Exchange&, const Argument&, std::string&) {}

constexpr std::array kRows{
    VariableRow{"status", status, "the status that was answered; 000 when there was no answer", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"body_bytes_sent", bodyBytesSent,
                "bytes of the response behind its head given to the client, the framing of chunks among them",
                VariableNeed::None, VariableValue::Plain},
    VariableRow{"bytes_sent", bytesSent, "bytes of the whole response given to the client", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"sent_http_", sentHttp, "$sent_http_NAME: a response header", VariableNeed::SentFields},
    VariableRow{"request_time", requestTime, "seconds since the first byte of the request came", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"request_header_time", requestHeaderTime,
                "seconds from the first byte of the request to the end of its head", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"request_body_time", requestBodyTime,
                "seconds from there to the end of the body; - when there is none, or it did not come",
                VariableNeed::None, VariableValue::Plain},
    VariableRow{"first_byte_time", firstByteTime,
                "seconds from the first byte of the request to the first byte of the response", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"termination", termination,
                "who ended the request before its time, and why, as in upstream:connect_timeout; ok when nobody did",
                VariableNeed::None, VariableValue::Plain},
    VariableRow{"termination_phase", terminationPhase,
                "what was going on then: head, request, connect, header, response, tunnel; else -", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"limit_conn_status", limitConnStatus,
                "what limit_conn said: PASSED, REJECTED or REJECTED_DRY_RUN; empty without"},
    VariableRow{"msec", msec, "the time in seconds since 1970, with milliseconds", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"time_local", timeLocal, "the local time: 31/Jan/2026:12:00:00 +0100", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"time_iso8601", timeIso8601, "the local time: 2026-01-31T12:00:00+01:00", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"hostname", hostname, "the name of this machine"},
    VariableRow{"pid", pid, "the process id of the worker", VariableNeed::None, VariableValue::Plain},
    VariableRow{"remote_user", nothing, "always empty: there is no authentication yet"},
};

}  // namespace

std::span<const VariableRow> responseVariables() { return kRows; }

}  // namespace weir
