// SPDX-License-Identifier: Apache-2.0
// Variables of the tries at upstream peers. Each has one value per try, joined by commas; "-" where a try did not get
// that far. Nothing at all when nothing was proxied.
#include <array>
#include <optional>
#include <utility>

#include "worker/http/exchange.h"
#include "worker/http/proxy_url.h"
#include "worker/http/route.h"
#include "worker/http/variable_tables.h"

namespace weir {
namespace {

using Argument = VariableArgument;

template <class AppendOne>
void appendTries(const Exchange& exchange, std::string& to, AppendOne append_one) {
  bool first = true;
  for (const UpstreamAttempt& attempt : exchange.attempts()) {
    if (!std::exchange(first, false)) to.append(", ");
    append_one(attempt);
  }
}

void appendSince(Instant started, Instant reached, std::string& to) {
  if (started == kNever || reached == kNever) return to.push_back('-');
  appendSeconds(reached - started, to);
}

void upstreamAddr(const Exchange& exchange, const Argument&, std::string& to) {
  appendTries(exchange, to, [&](const UpstreamAttempt& attempt) {
    to.append(attempt.peer ? std::string_view(attempt.peer->name()) : attempt.upstream);
  });
}
void upstreamStatus(const Exchange& exchange, const Argument&, std::string& to) {
  appendTries(exchange, to, [&](const UpstreamAttempt& attempt) {
    if (attempt.status == 0) return to.push_back('-');
    appendNumber(attempt.status, to);
  });
}
void upstreamConnectTime(const Exchange& exchange, const Argument&, std::string& to) {
  appendTries(exchange, to,
              [&](const UpstreamAttempt& attempt) { appendSince(attempt.started, attempt.connected, to); });
}
void upstreamHeaderTime(const Exchange& exchange, const Argument&, std::string& to) {
  appendTries(exchange, to, [&](const UpstreamAttempt& attempt) { appendSince(attempt.started, attempt.headed, to); });
}
void upstreamResponseTime(const Exchange& exchange, const Argument&, std::string& to) {
  appendTries(exchange, to, [&](const UpstreamAttempt& attempt) { appendSince(attempt.started, attempt.ended, to); });
}
void upstreamBytesSent(const Exchange& exchange, const Argument&, std::string& to) {
  appendTries(exchange, to, [&](const UpstreamAttempt& attempt) { appendNumber(attempt.bytes_sent, to); });
}
void upstreamBytesReceived(const Exchange& exchange, const Argument&, std::string& to) {
  appendTries(exchange, to, [&](const UpstreamAttempt& attempt) { appendNumber(attempt.bytes_received, to); });
}
void upstreamHttp(const Exchange& exchange, const Argument& argument, std::string& to) {
  to.append(exchange.upstreamField(argument.name).value_or(""));
}

// What proxy_pass says; with variables, once it has said it.
std::optional<ProxyUrl> proxiedTo(const Exchange& exchange) {
  if (exchange.route() == nullptr) return std::nullopt;
  std::string_view written = exchange.route()->http().proxy_pass.text;
  return ProxyUrl::parse(written.find('$') == std::string_view::npos ? written : exchange.proxiedUrl());
}

void proxyHost(const Exchange& exchange, const Argument&, std::string& to) {
  if (auto url = proxiedTo(exchange)) to.append(url->authority());
}
void proxyPort(const Exchange& exchange, const Argument&, std::string& to) {
  if (auto url = proxiedTo(exchange)) to.append(url->port());
}

constexpr std::array kRows{
    VariableRow{"upstream_addr", upstreamAddr, "the peers that were tried; the upstream's name when none was usable"},
    VariableRow{"upstream_status", upstreamStatus, "the status of each peer's response"},
    VariableRow{"upstream_connect_time", upstreamConnectTime, "seconds until each connection was there"},
    VariableRow{"upstream_header_time", upstreamHeaderTime, "seconds until each response head was complete"},
    VariableRow{"upstream_response_time", upstreamResponseTime, "seconds until each try was over"},
    VariableRow{"upstream_bytes_sent", upstreamBytesSent, "bytes sent to each peer"},
    VariableRow{"upstream_bytes_received", upstreamBytesReceived, "bytes received from each peer"},
    VariableRow{"upstream_http_", upstreamHttp, "$upstream_http_NAME: a header of the last peer's response",
                VariableNeed::UpstreamFields},
    VariableRow{"proxy_host", proxyHost, "host and port of proxy_pass, the port where it is not the scheme's"},
    VariableRow{"proxy_port", proxyPort, "the port of proxy_pass, 80 or 443 where none is written"},
};

}  // namespace

std::span<const VariableRow> upstreamVariables() { return kRows; }

}  // namespace weir
