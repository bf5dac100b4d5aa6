// SPDX-License-Identifier: Apache-2.0
// Variables of the connection, of the request, and of where it was routed.
#include <algorithm>
#include <array>
#include <utility>

#include "worker/http/exchange.h"
#include "worker/http/route.h"
#include "worker/http/variable_tables.h"

namespace weir {
namespace {

using Argument = VariableArgument;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool sameIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

// As nginx has it, `_` in a variable's name stands for itself and for `-`. wanted: in lower case with hyphens.
bool isFieldNamed(std::string_view name, std::string_view wanted) {
  auto same = [](char have, char want) { return (have == '_' ? '-' : lower(have)) == want; };
  return name.size() == wanted.size() && std::equal(name.begin(), name.end(), wanted.begin(), same);
}

// Calls visit with the value of every field of that name until it returns false.
template <class Visitor>
void eachField(const Exchange& exchange, const Argument& argument, Visitor visit) {
  const RequestHead& head = exchange.request();
  if (argument.header != HeaderId::Other && !head.has(argument.header)) return;
  const char* base = exchange.requestBase();
  if (argument.header != HeaderId::Other && !contains(head.repeated, argument.header))
    return void(visit(head.find(argument.header)->valueIn(base)));
  for (const HeaderField& field : head.fields) {
    bool same =
        field.id == argument.header && (field.id != HeaderId::Other || isFieldNamed(field.nameIn(base), argument.name));
    if (same && !field.ignored && !visit(field.valueIn(base))) return;
  }
}

// RFC 9110 5.3: several fields of one name are one list.
void appendJoined(const Exchange& exchange, const Argument& argument, std::string_view separator, std::string& to) {
  bool first = true;
  eachField(exchange, argument, [&](std::string_view value) {
    if (!std::exchange(first, false)) to.append(separator);
    to.append(value);
    return true;
  });
}

void appendIp(const Address& address, std::string& to) {
  char text[INET6_ADDRSTRLEN];
  to.append(text, address.writeIp(text));
}

void appendPort(const Address& address, std::string& to) {
  if (!address.isUnix()) appendNumber(address.port(), to);
}

void remoteAddr(const Exchange& exchange, const Argument&, std::string& to) { to.append(exchange.clientText()); }
void binaryRemoteAddr(const Exchange& exchange, const Argument&, std::string& to) {
  appendBinaryIp(exchange.client(), to);
}
void remotePort(const Exchange& exchange, const Argument&, std::string& to) { appendPort(exchange.client(), to); }
void realipRemoteAddr(const Exchange& exchange, const Argument&, std::string& to) { appendIp(exchange.peer(), to); }
void realipRemotePort(const Exchange& exchange, const Argument&, std::string& to) { appendPort(exchange.peer(), to); }
const ProxiedAddresses* proxiedOf(const Exchange& exchange) { return exchange.downstream().proxied(); }
void proxyProtocolAddr(const Exchange& exchange, const Argument&, std::string& to) {
  if (const auto* proxied = proxiedOf(exchange)) appendIp(proxied->source, to);
}
void proxyProtocolPort(const Exchange& exchange, const Argument&, std::string& to) {
  if (const auto* proxied = proxiedOf(exchange)) appendPort(proxied->source, to);
}
void proxyProtocolServerAddr(const Exchange& exchange, const Argument&, std::string& to) {
  if (const auto* proxied = proxiedOf(exchange)) appendIp(proxied->destination, to);
}
void proxyProtocolServerPort(const Exchange& exchange, const Argument&, std::string& to) {
  if (const auto* proxied = proxiedOf(exchange)) appendPort(proxied->destination, to);
}
void serverAddr(const Exchange& exchange, const Argument&, std::string& to) {
  appendIp(exchange.downstream().local(), to);
}
void serverPort(const Exchange& exchange, const Argument&, std::string& to) {
  appendPort(exchange.downstream().local(), to);
}
void serverName(const Exchange& exchange, const Argument&, std::string& to) {
  if (exchange.server() != nullptr) to.append(exchange.server()->firstName());
}
void serverProtocol(const Exchange& exchange, const Argument&, std::string& to) {
  to.append(exchange.downstream().protocol());
}
void scheme(const Exchange& exchange, const Argument&, std::string& to) { to.append(exchange.downstream().scheme()); }
void connection(const Exchange& exchange, const Argument&, std::string& to) {
  appendNumber(exchange.downstream().connectionNumber(), to);
}
void connectionRequests(const Exchange& exchange, const Argument&, std::string& to) {
  appendNumber(exchange.downstream().requestNumber(), to);
}
void pipe(const Exchange& exchange, const Argument&, std::string& to) {
  to.push_back(exchange.downstream().pipelined() ? 'p' : '.');
}

void request(const Exchange& exchange, const Argument&, std::string& to) {
  const RequestHead& head = exchange.request();
  // The line as it came: one space on either side of the target, and eight characters of version.
  if (head.size > 0) {
    uint32_t begin = head.method_text.at, end = head.target.at + head.target.size + 9;
    return void(to.append(exchange.requestBase() + begin, end - begin));
  }
  to.append(exchange.refusedLine());
}
void requestMethod(const Exchange& exchange, const Argument&, std::string& to) { to.append(exchange.methodText()); }
void requestUri(const Exchange& exchange, const Argument&, std::string& to) {
  const RequestHead& head = exchange.request();
  if (head.form != TargetForm::Absolute) return void(to.append(exchange.target()));
  std::string_view path = head.path.in(exchange.requestBase());
  if (!path.starts_with('/')) to.push_back('/');
  to.append(path);
}
void uri(const Exchange& exchange, const Argument&, std::string& to) { to.append(exchange.path()); }
void args(const Exchange& exchange, const Argument&, std::string& to) { to.append(exchange.args()); }
void isArgs(const Exchange& exchange, const Argument&, std::string& to) {
  if (!exchange.args().empty()) to.push_back('?');
}
void host(const Exchange& exchange, const Argument& none, std::string& to) {
  if (exchange.host().empty()) return serverName(exchange, none, to);
  to.append(exchange.host());
}
void requestLength(const Exchange& exchange, const Argument&, std::string& to) {
  appendNumber(exchange.requestLength(), to);
}
void requestId(const Exchange& exchange, const Argument&, std::string& to) { to.append(exchange.requestId()); }

// Finds `name` among "a=1&b=2" or "a=1; b=2"; names match in any case, as in nginx. False: it is not there.
bool appendPair(std::string_view list, char separator, std::string_view name, std::string& to) {
  while (!list.empty()) {
    std::string_view pair = list.substr(0, list.find(separator));
    list.remove_prefix(std::min(list.size(), pair.size() + 1));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !sameIgnoringCase(pair.substr(0, equals), name)) continue;
    to.append(pair.substr(equals + 1));
    return true;
  }
  return false;
}

void arg(const Exchange& exchange, const Argument& argument, std::string& to) {
  appendPair(exchange.args(), '&', argument.name, to);
}
void cookie(const Exchange& exchange, const Argument& argument, std::string& to) {
  static const Argument kCookie{"cookie", HeaderId::Cookie};
  eachField(exchange, kCookie, [&](std::string_view value) { return !appendPair(value, ';', argument.name, to); });
}
void http(const Exchange& exchange, const Argument& argument, std::string& to) {
  appendJoined(exchange, argument, argument.header == HeaderId::Cookie ? "; " : ", ", to);
}
void contentType(const Exchange& exchange, const Argument&, std::string& to) {
  to.append(exchange.requestField(HeaderId::ContentType).value_or(""));
}
void contentLength(const Exchange& exchange, const Argument&, std::string& to) {
  to.append(exchange.requestField(HeaderId::ContentLength).value_or(""));
}

void addXForwardedFor(const Exchange& exchange, const Argument&, std::string& to) {
  static const Argument kField{"x-forwarded-for", HeaderId::XForwardedFor};
  size_t from = to.size();
  appendJoined(exchange, kField, ", ", to);
  if (to.size() > from) to.append(", ");
  to.append(exchange.clientText());
}

constexpr std::array kRows{
    VariableRow{"remote_addr", remoteAddr, "the client's address, after set_real_ip_from", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"binary_remote_addr", binaryRemoteAddr, "the client's address as 4 or 16 bytes, for keys"},
    VariableRow{"remote_port", remotePort, "the client's port"},
    VariableRow{"realip_remote_addr", realipRemoteAddr, "the address that is connected, whatever its headers say",
                VariableNeed::None, VariableValue::Plain},
    VariableRow{"realip_remote_port", realipRemotePort, "the port that is connected"},
    VariableRow{"proxy_protocol_addr", proxyProtocolAddr, "the client's address in a PROXY header"},
    VariableRow{"proxy_protocol_port", proxyProtocolPort, "the client's port in a PROXY header"},
    VariableRow{"proxy_protocol_server_addr", proxyProtocolServerAddr,
                "the address that the client connected to, in a PROXY header"},
    VariableRow{"proxy_protocol_server_port", proxyProtocolServerPort,
                "the port that the client connected to, in a PROXY header"},
    VariableRow{"server_addr", serverAddr, "the address that accepted the connection", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"server_port", serverPort, "the port that accepted the connection"},
    VariableRow{"server_name", serverName, "the first server_name of the server"},
    VariableRow{"server_protocol", serverProtocol, "HTTP/1.0 or HTTP/1.1", VariableNeed::None, VariableValue::Plain},
    VariableRow{"scheme", scheme, "http or https", VariableNeed::None, VariableValue::Plain},
    VariableRow{"connection", connection, "the connection's number, unique within a worker", VariableNeed::None,
                VariableValue::Plain},
    VariableRow{"connection_requests", connectionRequests, "how many requests came by this connection, with this one",
                VariableNeed::None, VariableValue::Plain},
    VariableRow{"pipe", pipe, "p when the request was pipelined, else a dot", VariableNeed::None, VariableValue::Plain},
    VariableRow{"request", request, "the request line"},
    VariableRow{"request_method", requestMethod, "the method"},
    VariableRow{"request_uri", requestUri, "path and query as received"},
    VariableRow{"uri", uri, "the path, decoded and normalised"},
    VariableRow{"document_uri", uri, "the same as $uri"},
    VariableRow{"args", args, "the query as received"},
    VariableRow{"query_string", args, "the same as $args"},
    VariableRow{"is_args", isArgs, "a question mark when there is a query", VariableNeed::None, VariableValue::Plain},
    VariableRow{"host", host, "the host asked for, in lower case and without port, else $server_name"},
    VariableRow{"request_length", requestLength, "bytes of the request's head and body received so far",
                VariableNeed::None, VariableValue::Plain},
    VariableRow{"request_id", requestId, "32 random hexadecimal digits", VariableNeed::None, VariableValue::Plain},
    VariableRow{"content_type", contentType, "the request's Content-Type"},
    VariableRow{"content_length", contentLength, "the request's Content-Length"},
    VariableRow{"arg_", arg, "$arg_NAME: an argument of the query, as received"},
    VariableRow{"cookie_", cookie, "$cookie_NAME: a cookie of the request"},
    VariableRow{"http_", http, "$http_NAME: a request header; several of one name are joined by commas"},
    VariableRow{"proxy_add_x_forwarded_for", addXForwardedFor,
                "X-Forwarded-For as received, and $remote_addr behind it"},
};

}  // namespace

std::span<const VariableRow> requestVariables() { return kRows; }

}  // namespace weir
