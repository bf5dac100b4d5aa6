// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/proxy_request.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/handlers/proxy_pass.h"
#include "worker/http/route.h"

namespace weir {
namespace {

constexpr HeaderSet kOwn = setOf(HeaderId::Host, HeaderId::ContentLength, HeaderId::Expect, HeaderId::XForwardedFor,
                                 HeaderId::XForwardedProto, HeaderId::XForwardedHost);

bool sameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

void appendField(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

// Several fields are one list.
void appendInboundForwardedFor(const Exchange& exchange, std::string& to) {
  for (const HeaderField& field : exchange.request().fields) {
    if (field.id == HeaderId::XForwardedFor && !field.ignored)
      to.append(field.valueIn(exchange.requestBase())).append(", ");
  }
}

void appendFraming(const RequestHead& head, std::string& to) {
  if (head.framing == BodyFraming::Chunked) {
    to.append("Transfer-Encoding: chunked\r\n");
  } else if (head.framing == BodyFraming::Length) {
    std::array<char, 20> digits;
    auto end = std::to_chars(digits.begin(), digits.end(), head.content_length).ptr;
    appendField(to, "Content-Length", {digits.data(), static_cast<size_t>(end - digits.data())});
  }
}

}  // namespace

ProxyRequest::ProxyRequest(const HttpSettings& http, const ProxyPass&, CompileContext& context)
    : http_(http), replaced_(kOwn) {
  for (const HeaderSetting& setting : http.proxy_set_header) {
    HeaderId id = headerIdOf(setting.name);
    if (id == HeaderId::Other)
      replaces_other_ = true;
    else
      replaced_ |= setOf(id);
    set_.push_back({setting.name, id, Template::compile(setting.value, context.groups, context.diagnostics)});
  }
  own_host_ = !sets("Host");
  own_for_ = !sets("X-Forwarded-For");
  own_proto_ = !sets("X-Forwarded-Proto");
  own_host_forward_ = !sets("X-Forwarded-Host");
}

bool ProxyRequest::sets(std::string_view name) const {
  return std::any_of(set_.begin(), set_.end(), [name](const SetHeader& set) { return sameName(set.name, name); });
}

std::string_view ProxyRequest::write(Exchange& exchange, const ProxyPass& pass) const {
  std::string& to = exchange.requestText();
  const RequestHead& head = exchange.request();
  to.clear();
  to.append(http_.proxy_method.empty() ? exchange.methodText() : std::string_view(http_.proxy_method)).append(" ");
  pass.appendTarget(exchange, to);
  to.append(" HTTP/1.1\r\n");
  appendHost(exchange, pass, to);
  appendFraming(head, to);
  appendXForwarded(exchange, to);
  appendForwarded(exchange, to);
  appendSetHeaders(exchange, to);
  if (head.upgrade && head.framing == BodyFraming::None) {
    appendField(to, "Connection", "upgrade");
    appendField(to, "Upgrade", exchange.requestField(HeaderId::Upgrade).value_or(""));
  }
  to.append("\r\n");
  return to;
}

void ProxyRequest::appendHost(const Exchange&, const ProxyPass& pass, std::string& to) const {
  if (own_host_) appendField(to, "Host", pass.host());
}

// Neighbouring lines are copied in one go.
void ProxyRequest::appendForwarded(const Exchange& exchange, std::string& to) const {
  const char* base = exchange.requestBase();
  HeaderSet hidden = replaced_ & ~setOf(HeaderId::Other);
  uint32_t run_begin = 0;
  uint32_t run_end = 0;
  for (const HeaderField& field : exchange.request().fields) {
    if (!field.endToEnd() || contains(hidden, field.id)) continue;
    if (replaces_other_ && field.id == HeaderId::Other && sets(field.nameIn(base))) continue;
    if (field.name != run_end) {
      to.append(base + run_begin, run_end - run_begin);
      run_begin = field.name;
    }
    run_end = field.line_end;
  }
  to.append(base + run_begin, run_end - run_begin);
}

bool ProxyRequest::trusts(const Exchange& exchange) const {
  const auto& trusted = http_.set_real_ip_from;
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const Network& network) { return network.contains(exchange.peer()); });
}

// S-28: what a stranger says about forwarding is replaced, what a trusted hop says is kept and extended.
void ProxyRequest::appendXForwarded(const Exchange& exchange, std::string& to) const {
  bool trusted = !http_.set_real_ip_from.empty() && trusts(exchange);
  if (own_for_) {
    to.append("X-Forwarded-For: ");
    if (trusted) appendInboundForwardedFor(exchange, to);
    to.append(exchange.clientText()).append("\r\n");
  }
  auto keep = [&](HeaderId id, std::string_view own) {
    auto inbound = trusted ? exchange.requestField(id) : std::nullopt;
    appendField(to, headerName(id), inbound.value_or(own));
  };
  if (own_proto_) keep(HeaderId::XForwardedProto, exchange.downstream().scheme());
  auto host = exchange.requestField(HeaderId::Host);
  if (own_host_forward_ && host) keep(HeaderId::XForwardedHost, *host);
}

void ProxyRequest::appendSetHeaders(const Exchange& exchange, std::string& to) const {
  for (const SetHeader& set : set_) {
    size_t line = to.size();
    to.append(set.name).append(": ");
    size_t value = to.size();
    set.value.append(exchange, to);
    // As in nginx, an empty value means that the field is not sent.
    if (to.size() == value)
      to.resize(line);
    else
      to.append("\r\n");
  }
}

}  // namespace weir
