// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/worker/net/dns_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

namespace weir {
namespace {

// RFC 1035: types and response codes.
constexpr uint16_t kA = 1, kCname = 5, kAaaa = 28;
constexpr int kNoError = 0, kServFail = 2, kNxDomain = 3, kRefused = 5;
constexpr int kSilent = -1;

struct Record {
  uint16_t type;
  uint32_t ttl;
  std::string text;  // an address, or the name of a CNAME
};

struct Reply {
  int code = kNoError;
  std::vector<Record> records{};
  bool truncated = false;
};

// The zone. Who asks for what is not here is told that there is no such name.
Reply lookUp(std::string_view name, uint16_t type, bool over_tcp) {
  bool v4 = type == kA;
  if (name == "both.test")
    return v4 ? Reply{kNoError, {{kA, 300, "10.0.0.1"}, {kA, 60, "10.0.0.2"}}}
              : Reply{kNoError, {{kAaaa, 120, "fd00::1"}}};
  if (name == "v4only.test") return v4 ? Reply{kNoError, {{kA, 30, "10.0.0.3"}}} : Reply{};
  if (name == "v6only.test") return v4 ? Reply{} : Reply{kNoError, {{kAaaa, 30, "fd00::3"}}};
  if (name == "alias.test") {
    Reply reply{kNoError, {{kCname, 600, "v4only.test"}}};
    if (v4) reply.records.push_back({kA, 30, "10.0.0.3"});
    return reply;
  }
  if (name == "empty.test") return {};
  if (name == "servfail.test") return {kServFail};
  if (name == "refused.test") return {kRefused};
  if (name == "silent.test") return {kSilent};
  if (name == "v4broken.test") return v4 ? Reply{kServFail} : Reply{};
  if (name == "v6broken.test") return v4 ? Reply{kNoError, {{kA, 30, "10.0.0.4"}}} : Reply{kServFail};
  if (name == "twice.test") return v4 ? Reply{kNoError, {{kA, 9, "10.0.0.5"}, {kA, 9, "10.0.0.5"}}} : Reply{};
  if (name == "big.test") {
    if (!v4) return {};
    Reply reply{kNoError, {}, !over_tcp};
    for (int i = 1; over_tcp && i <= 100; ++i) reply.records.push_back({kA, 30, "10.1.0." + std::to_string(i)});
    return reply;
  }
  return {kNxDomain};
}

void put16(std::string& to, unsigned value) { to.append({static_cast<char>(value >> 8), static_cast<char>(value)}); }
void put32(std::string& to, uint32_t value) {
  put16(to, value >> 16);
  put16(to, value & 0xffff);
}

std::string encodeName(std::string_view name) {
  std::string encoded;
  while (!name.empty()) {
    std::string_view label = name.substr(0, name.find('.'));
    encoded += static_cast<char>(label.size());
    encoded += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return encoded + '\0';
}

std::string encodeValue(const Record& record) {
  if (record.type == kCname) return encodeName(record.text);
  char bytes[16];
  ::inet_pton(record.type == kA ? AF_INET : AF_INET6, record.text.c_str(), bytes);
  return std::string(bytes, record.type == kA ? 4 : 16);
}

std::string decodeName(std::string_view encoded, size_t& size) {
  std::string name;
  size = 0;
  while (size < encoded.size() && encoded[size] != 0) {
    auto length = static_cast<size_t>(encoded[size]);
    if (!name.empty()) name += '.';
    name += encoded.substr(size + 1, length);
    size += length + 1;
  }
  ++size;
  for (char& c : name) c = static_cast<char>(std::tolower(c));
  return name;
}

// The answer to a query of one question; empty: none is to be given.
std::string answer(std::string_view query, bool over_tcp) {
  if (query.size() < 17) return {};
  size_t name_size = 0;
  std::string name = decodeName(query.substr(12), name_size);
  std::string_view question = query.substr(12, name_size + 4);
  auto type = static_cast<uint16_t>(static_cast<unsigned char>(question[name_size]) << 8 |
                                    static_cast<unsigned char>(question[name_size + 1]));
  Reply reply = lookUp(name, type, over_tcp);
  if (reply.code == kSilent) return {};
  std::string message(query.substr(0, 2));
  put16(message, 0x8180u | (reply.truncated ? 0x200u : 0u) | static_cast<unsigned>(reply.code));
  for (size_t count : {size_t{1}, reply.records.size(), size_t{0}, size_t{0}})
    put16(message, static_cast<unsigned>(count));
  message += question;
  std::string owner(question.substr(0, name_size));
  for (const Record& record : reply.records) {
    message += owner;
    put16(message, record.type);
    put16(message, 1);  // class IN
    put32(message, record.ttl);
    std::string value = encodeValue(record);
    put16(message, static_cast<unsigned>(value.size()));
    message += value;
    if (record.type == kCname) owner = value;
  }
  return message;
}

Fd bound(int type, uint16_t port) {
  Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  socklen_t size = Address::parse("127.0.0.1:" + std::to_string(port))->toSockaddr(storage);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0) fd.reset();
  return fd;
}

}  // namespace

DnsServer::DnsServer() : stop_(::eventfd(0, EFD_CLOEXEC)) {
  for (int tries = 0; tries < 100 && !tcp_; ++tries) {
    udp_ = bound(SOCK_DGRAM, 0);
    tcp_ = bound(SOCK_STREAM, address().port());  // may be somebody else's
  }
  if (!tcp_ || ::listen(tcp_.get(), 16) != 0) std::abort();
  thread_ = std::thread([this] { serve(); });
}

DnsServer::~DnsServer() {
  uint64_t one = 1;
  if (::write(stop_.get(), &one, sizeof one) != sizeof one) std::abort();
  thread_.join();
}

void DnsServer::serve() {
  pollfd waits[] = {{udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  while (::poll(waits, 3, -1) > 0 && waits[2].revents == 0) {
    if (waits[0].revents != 0) answerDatagram();
    if (waits[1].revents != 0) answerConnection();
  }
}

void DnsServer::answerDatagram() {
  char bytes[1024];
  sockaddr_storage from;
  socklen_t size = sizeof from;
  auto* sender = reinterpret_cast<sockaddr*>(&from);
  ssize_t got = ::recvfrom(udp_.get(), bytes, sizeof bytes, 0, sender, &size);
  if (got <= 0) return;
  ++datagrams_;
  std::string reply = answer({bytes, static_cast<size_t>(got)}, false);
  if (!reply.empty()) ::sendto(udp_.get(), reply.data(), reply.size(), 0, sender, size);
}

// One query per connection. The test's own client sends its query at once.
void DnsServer::answerConnection() {
  Fd fd(::accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ++connections_;
  char bytes[1024];
  size_t size = 0;
  auto wanted = [&] {
    return size < 2 ? size_t{2}
                    : 2u + (static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]));
  };
  for (ssize_t got; size < wanted() && (got = ::recv(fd.get(), bytes + size, sizeof bytes - size, 0)) > 0;)
    size += static_cast<size_t>(got);
  std::string reply = answer({bytes + 2, size - 2}, true);
  std::string framed;
  put16(framed, static_cast<unsigned>(reply.size()));
  framed += reply;
  ::send(fd.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
}

}  // namespace weir
