// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/ocsp_fetch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "worker/codec/http1_response.h"
#include "worker/upstream/host_port.h"

namespace weir {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr Milliseconds kConnectLimit{5000};

struct UrlParts {
  std::string_view authority;
  std::string_view path;  // "/" when the URL has none
};

UrlParts split(std::string_view url) {
  url.remove_prefix(std::min(url.size(), kScheme.size()));
  size_t slash = std::min(url.find('/'), url.size());
  return {url.substr(0, slash), slash == url.size() ? std::string_view("/") : url.substr(slash)};
}

// As in a URL: three of base64's characters mean something else there.
void appendEscaped(char digit, std::string& to) {
  switch (digit) {
    case '+':
      return void(to.append("%2B"));
    case '/':
      return void(to.append("%2F"));
    case '=':
      return void(to.append("%3D"));
    default:
      to.push_back(digit);
  }
}

void appendBase64(std::string_view bytes, std::string& to) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t k = 0; k < 3; ++k) three = three << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    size_t digits = std::min<size_t>(bytes.size() - i, 3) + 1;
    for (size_t k = 0; k < 4; ++k) appendEscaped(k < digits ? kDigits[three >> (18 - 6 * k) & 63] : '=', to);
  }
}

}  // namespace

std::string ocspTarget(std::string_view path, std::string_view request) {
  std::string target(path);
  if (!target.ends_with('/')) target.push_back('/');
  appendBase64(request, target);
  return target;
}

OcspFetch::OcspFetch(EventLoop& loop, Owner& owner)
    : loop_(loop), owner_(owner), query_(*this), connector_(loop, *this), limit_(loop, *this) {}

void OcspFetch::start(Resolver& resolver, const std::string& url, const std::string& request) {
  UrlParts parts = split(url);
  HostPort host = splitHostPort(parts.authority);
  port_ = host.port;
  // HTTP/1.0: the answer is not chunked, and its end is the connection's.
  request_ = "GET " + ocspTarget(parts.path, request) + " HTTP/1.0\r\nHost: ";
  request_.append(parts.authority).append("\r\nAccept: application/ocsp-response\r\n\r\n");
  limit_.armIn(kLimit);
  std::string name(host.host);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  resolver.resolve(name, query_);
}

void OcspFetch::onResolved(Resolver::Query&, const Resolution& resolution) {
  if (resolution.status != ResolveStatus::Found) return finish(OcspFault::Resolve, resolution.text);
  for (auto address = resolution.addresses.rbegin(); address != resolution.addresses.rend(); ++address)
    addresses_.push_back(withPort(*address, port_));
  tryNext();
}

void OcspFetch::tryNext() {
  Address next = addresses_.back();
  addresses_.pop_back();
  ConnectOptions options;
  options.timeout = kConnectLimit;
  connector_.start(next, options);
}

void OcspFetch::onConnectFailed(Failure failure) {
  if (!addresses_.empty()) return tryNext();
  finish(OcspFault::Connect, Error{failure.os_error, std::string(failure.row().text)}.message());
}

void OcspFetch::onConnected(std::unique_ptr<TcpStream> stream) {
  stream_ = std::move(stream);
  stream_->setListener(this);
  onReady();
}

void OcspFetch::onReady() {
  if (!request_.empty() && !send()) return;
  receive();
}

// False: it waits, or is over.
bool OcspFetch::send() {
  while (!request_.empty()) {
    iovec part{request_.data(), request_.size()};
    IoResult sent = stream_->send({&part, 1});
    if (sent.status == IoStatus::Failed) {
      finish(OcspFault::Http, Error{sent.os_error, "the request was not taken"}.message());
      return false;
    }
    if (sent.status != IoStatus::Ok) return false;
    request_.erase(0, sent.bytes);
  }
  return true;
}

void OcspFetch::receive() {
  char room[4096];
  while (true) {
    IoResult got = stream_->recv(room);
    if (got.status == IoStatus::Blocked) return;
    if (got.status == IoStatus::Closed) return judge();
    if (got.status == IoStatus::Failed)
      return finish(OcspFault::Http, Error{got.os_error, "the answer broke off"}.message());
    answer_.append(room, got.bytes);
    if (answer_.size() > kMostBytes) return finish(OcspFault::TooLarge, "the answer is too large");
  }
}

void OcspFetch::judge() {
  ResponseParser parser;
  if (parser.parse(answer_) != ParseStatus::Done) return finish(OcspFault::Http, "it does not answer by HTTP");
  const ResponseHead& head = parser.head();
  if (head.status != 200) return finish(OcspFault::Http, "it answers " + std::to_string(head.status));
  std::string body = answer_.substr(head.size);
  if (head.framing == BodyFraming::Chunked) return finish(OcspFault::Http, "it answers in chunks to HTTP/1.0");
  if (head.framing == BodyFraming::Length && body.size() != head.content_length)
    return finish(OcspFault::Http, "the answer is not whole");
  finish(OcspFault::None, std::move(body));
}

void OcspFetch::finish(OcspFault fault, std::string text) {
  limit_.disarm();
  query_.cancel();
  connector_.cancel();
  if (stream_) stream_->setListener(nullptr);
  owner_.onFetched(fault, std::move(text));
}

}  // namespace weir
