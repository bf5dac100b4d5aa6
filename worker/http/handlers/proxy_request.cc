// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/proxy_request.h"

#include <strings.h>

#include <algorithm>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/forwarded_fields.h"
#include "worker/http/handlers/proxy_pass.h"
#include "worker/http/route.h"

namespace weir {
namespace {

constexpr HeaderSet kOwn = setOf(HeaderId::Host, HeaderId::ContentLength, HeaderId::Expect, HeaderId::XForwardedFor,
                                 HeaderId::XForwardedProto, HeaderId::XForwardedHost);

// What else hops say of the client; of weir's own there is none.
constexpr HeaderSet kClaims = setOf(HeaderId::XRealIp, HeaderId::Forwarded, HeaderId::XForwardedPort);
constexpr std::string_view kClaimedServer = "X-Forwarded-Server";

// Between weir and the peer alone; an Upgrade is passed on without being asked for.
constexpr HeaderSet kFraming =
    setOf(HeaderId::Connection, HeaderId::Upgrade, HeaderId::TransferEncoding, HeaderId::ContentLength);

// Who has no address (RFC 7239 6.2).
constexpr std::string_view kUnknown = "unknown";

bool sameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Several fields are one list.
void writeInboundForwardedFor(const Exchange& exchange, HeadWriter& writer) {
  for (const HeaderField& field : exchange.request().fields) {
    if (field.id != HeaderId::XForwardedFor || field.ignored) continue;
    writer.raw(field.valueIn(exchange.requestBase()));
    writer.raw(", ");
  }
}

void writeFraming(const Exchange& exchange, HeadWriter& writer) {
  if (exchange.bodyFraming() == BodyFraming::Chunked) writer.raw("Transfer-Encoding: chunked\r\n");
  if (exchange.bodyFraming() == BodyFraming::Length) writer.field("Content-Length", exchange.contentLength());
}

void writeUpgrade(const Exchange& exchange, HeadWriter& writer) {
  if (!asksUpgrade(exchange)) return;
  writer.raw("Connection: upgrade\r\n");
  writer.field("Upgrade", exchange.requestField(HeaderId::Upgrade).value_or(""));
}

// RFC 8470 5.1: the server, too, must know that this may be a repetition.
void writeEarlyData(const Exchange& exchange, HeadWriter& writer) {
  if (exchange.cameEarly()) writer.raw("Early-Data: 1\r\n");
}

}  // namespace

// h2c and TLS would let a client speak past every rule (RFC 9113 dropped the first, RFC 2817 nobody uses).
bool asksUpgrade(const Exchange& exchange) {
  const RequestHead& head = exchange.request();
  if (!head.upgrade || head.framing != BodyFraming::None) return false;
  std::string_view token = exchange.requestField(HeaderId::Upgrade).value_or("");
  return strncasecmp(token.data(), "h2c", std::min<size_t>(token.size(), 3)) != 0 &&
         strncasecmp(token.data(), "TLS", std::min<size_t>(token.size(), 3)) != 0;
}

ProxyRequest::ProxyRequest(const HttpSettings& http, const ProxyPass&, CompileContext& context)
    : http_(http), replaced_(kOwn) {
  for (const HeaderSetting& setting : http.proxy_set_header) {
    HeaderId id = headerIdOf(setting.name);
    if (contains(kFraming, id)) {
      context.diagnostics.warning(
          setting.value.origin, "proxy_set_header: " + setting.name + " is ignored: weir sets it as the request needs");
      continue;
    }
    if (id == HeaderId::Other)
      replaces_other_ = true;
    else
      replaced_ |= setOf(id);
    set_.push_back({setting.name, id, Template::compile(setting.value, context.variables, context.diagnostics)});
  }
  own_host_ = !sets("Host");
  own_for_ = !sets("X-Forwarded-For");
  own_proto_ = !sets("X-Forwarded-Proto");
  own_host_forward_ = !sets("X-Forwarded-Host");
  own_te_ = !sets("TE");
}

bool ProxyRequest::sets(std::string_view name) const {
  return std::any_of(set_.begin(), set_.end(), [name](const SetHeader& set) { return sameName(set.name, name); });
}

bool ProxyRequest::wantsTrailers(const Exchange& exchange) const {
  const RequestHead& request = exchange.request();
  return http_.proxy_pass_trailers && request.te_trailers && request.minor_version > 0 && !asksUpgrade(exchange);
}

std::string_view ProxyRequest::write(Exchange& exchange, const ProxyPass& pass) const {
  std::string& made = exchange.templateText();
  made.clear();
  std::string_view unchanged = pass.passesTarget() ? ProxyPass::unchangedTarget(exchange) : std::string_view();
  if (unchanged.empty()) pass.appendTarget(exchange, made);
  size_t target_size = made.size();
  appendSetHeaders(exchange, made);
  std::string& room = exchange.requestText();
  if (size_t bound = boundOf(exchange, pass, made); room.size() < bound) room.resize(bound);
  std::string_view lines = std::string_view(made).substr(target_size);
  std::string_view target = std::string_view(made).substr(0, target_size);
  HeadWriter writer({room.data(), room.size()});
  writer.requestLine(http_.proxy_method.empty() ? exchange.methodText() : std::string_view(http_.proxy_method),
                     unchanged.empty() ? target : unchanged);
  if (own_host_) writer.field("Host", pass.host(exchange));
  writeFraming(exchange, writer);
  const bool trusted = trusts(exchange);
  writeXForwarded(exchange, trusted, writer);
  writeEarlyData(exchange, writer);
  writeForwarded(exchange, trusted, writer);
  writer.raw(lines);
  writeUpgrade(exchange, writer);
  if (wantsTrailers(exchange)) writer.raw(own_te_ ? "Connection: TE\r\nTE: trailers\r\n" : "Connection: TE\r\n");
  writer.end();
  return writer.fits() ? writer.text() : std::string_view();
}

// What the client sent is written at most three times: as it came, in X-Forwarded-* and as Upgrade.
size_t ProxyRequest::boundOf(const Exchange& exchange, const ProxyPass& pass, std::string_view made) const {
  constexpr size_t kOwnLines = 512;
  size_t received = exchange.request().size;
  return kOwnLines + 3 * received + http_.proxy_method.size() + pass.host(exchange).size() + made.size();
}

void ProxyRequest::writeForwarded(const Exchange& exchange, bool trusted, HeadWriter& writer) const {
  const char* base = exchange.requestBase();
  const HeaderSet hidden = trusted ? replaced_ : replaced_ | kClaims;
  forwardFields(writer, base, exchange.request().fields, hidden, [&](const HeaderField& field) {
    if (field.id != HeaderId::Other) return false;
    std::string_view name = field.nameIn(base);
    return (replaces_other_ && sets(name)) || (!trusted && sameName(name, kClaimedServer));
  });
}

bool ProxyRequest::trusts(const Exchange& exchange) const {
  const auto& trusted = http_.set_real_ip_from;
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const Network& network) { return network.contains(exchange.sender()); });
}

// S-28: what a stranger says about forwarding is replaced, what a trusted hop says is kept and extended.
void ProxyRequest::writeXForwarded(const Exchange& exchange, bool trusted, HeadWriter& writer) const {
  if (own_for_) {
    writer.raw("X-Forwarded-For: ");
    if (trusted) writeInboundForwardedFor(exchange, writer);
    writer.raw(exchange.client().isUnix() ? kUnknown : exchange.clientText());
    writer.raw("\r\n");
  }
  auto keep = [&](HeaderId id, std::string_view own) {
    auto inbound = trusted ? exchange.requestField(id) : std::nullopt;
    writer.field(headerName(id), inbound.value_or(own));
  };
  if (own_proto_) keep(HeaderId::XForwardedProto, exchange.downstream().scheme());
  auto host = exchange.authority();
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
