// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/client_hello.h"

#include <algorithm>
#include <optional>

namespace weir {
namespace {

constexpr uint8_t kHandshakeRecord = 22, kClientHello = 1;
constexpr size_t kRecordHeader = 5, kMessageHeader = 4, kMaxFragment = 16 * 1024;
constexpr unsigned kServerName = 0, kAlpn = 16, kSupportedVersions = 43;
constexpr size_t kMaxProtocols = 64, kMaxName = 255;

unsigned byteAt(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

// Takes numbers and length-prefixed parts from the front; every one checks that they are there.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  bool empty() const { return rest_.empty(); }
  bool number(size_t size, unsigned& out) {
    if (rest_.size() < size) return false;
    out = 0;
    for (size_t i = 0; i < size; ++i) out = out << 8 | byteAt(rest_, i);
    rest_.remove_prefix(size);
    return true;
  }
  bool skip(size_t size) {
    if (rest_.size() < size) return false;
    rest_.remove_prefix(size);
    return true;
  }
  // A part with its length, of so many bytes, in front.
  bool part(size_t length_size, std::string_view& out) {
    unsigned length = 0;
    if (!number(length_size, length) || rest_.size() < length) return false;
    out = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

 private:
  std::string_view rest_;
};

// A name as it may stand in DNS; what is none could only mislead who routes or logs by it.
bool takeName(std::string_view name, std::string& out) {
  if (name.empty() || name.size() > kMaxName) return false;
  out.assign(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    bool known = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (!known) return false;
  }
  if (out.size() > 1 && out.ends_with('.')) out.pop_back();
  return true;
}

bool readServerName(std::string_view data, ClientHello& hello) {
  Cursor extension(data);
  std::string_view list;
  if (!extension.part(2, list) || !extension.empty()) return false;
  for (Cursor names(list); !names.empty();) {
    unsigned type = 0;
    std::string_view name;
    if (!names.number(1, type) || !names.part(2, name)) return false;
    if (type == 0 && hello.server_name.empty() && !takeName(name, hello.server_name)) return false;
  }
  return true;
}

bool readAlpn(std::string_view data, ClientHello& hello) {
  Cursor extension(data);
  std::string_view list;
  if (!extension.part(2, list) || !extension.empty()) return false;
  for (Cursor protocols(list); !protocols.empty();) {
    std::string_view name;
    if (!protocols.part(1, name) || name.empty()) return false;
    if (hello.alpn.size() < kMaxProtocols) hello.alpn.emplace_back(name);
  }
  return true;
}

// GREASE (RFC 8701) is not among the versions that have a name.
bool readVersions(std::string_view data, ClientHello& hello) {
  Cursor extension(data);
  std::string_view list;
  if (!extension.part(1, list) || !extension.empty()) return false;
  uint16_t highest = 0;
  for (Cursor versions(list); !versions.empty();) {
    unsigned version = 0;
    if (!versions.number(2, version)) return false;
    auto offered = static_cast<uint16_t>(version);
    if (!tlsVersionName(offered).empty()) highest = std::max(highest, offered);
  }
  if (highest != 0) hello.version = highest;
  return true;
}

bool readExtension(unsigned type, std::string_view data, ClientHello& hello) {
  switch (type) {
    case kServerName:
      return readServerName(data, hello);
    case kAlpn:
      return readAlpn(data, hello);
    case kSupportedVersions:
      return readVersions(data, hello);
    default:
      return true;
  }
}

bool readHello(std::string_view body, ClientHello& hello) {
  constexpr size_t kRandom = 32;
  Cursor cursor(body);
  unsigned version = 0;
  std::string_view session, ciphers, compressions, extensions;
  if (!cursor.number(2, version) || !cursor.skip(kRandom)) return false;
  if (!cursor.part(1, session) || !cursor.part(2, ciphers) || !cursor.part(1, compressions)) return false;
  hello.version = static_cast<uint16_t>(version);
  if (cursor.empty()) return true;  // TLS 1.2 without extensions
  if (!cursor.part(2, extensions)) return false;
  for (Cursor each(extensions); !each.empty();) {
    unsigned type = 0;
    std::string_view data;
    if (!each.number(2, type) || !each.part(2, data) || !readExtension(type, data, hello)) return false;
  }
  return true;
}

}  // namespace

std::string_view tlsVersionName(uint16_t version) {
  switch (version) {
    case 0x0300:
      return "SSLv3";
    case 0x0301:
      return "TLSv1";
    case 0x0302:
      return "TLSv1.1";
    case 0x0303:
      return "TLSv1.2";
    case 0x0304:
      return "TLSv1.3";
    default:
      return {};
  }
}

ClientHelloReader::Status ClientHelloReader::read(std::string_view bytes) {
  if (status_ == Status::NeedMore) status_ = readRecords(bytes);
  return status_;
}

ClientHelloReader::Status ClientHelloReader::readRecords(std::string_view bytes) {
  for (;;) {
    std::string_view rest = bytes.substr(std::min(consumed_, bytes.size()));
    if (!rest.empty() && byteAt(rest, 0) != kHandshakeRecord) return Status::NotTls;
    if (rest.size() > 1 && byteAt(rest, 1) != 3) return Status::NotTls;
    if (rest.size() < kRecordHeader) return Status::NeedMore;
    size_t size = byteAt(rest, 3) << 8 | byteAt(rest, 4);
    if (size == 0 || size > kMaxFragment) return Status::NotTls;
    if (rest.size() < kRecordHeader + size) return Status::NeedMore;
    consumed_ += kRecordHeader + size;
    if (Status status = takeRecord(rest.substr(kRecordHeader, size)); status != Status::NeedMore) return status;
  }
}

ClientHelloReader::Status ClientHelloReader::takeRecord(std::string_view fragment) {
  message_.append(fragment);
  if (byteAt(message_, 0) != kClientHello) return Status::NotTls;
  if (message_.size() < kMessageHeader) return Status::NeedMore;
  size_t size = byteAt(message_, 1) << 16 | byteAt(message_, 2) << 8 | byteAt(message_, 3);
  if (size > kMaxMessage) return Status::NotTls;
  if (message_.size() < kMessageHeader + size) return Status::NeedMore;
  bool good = readHello(std::string_view(message_).substr(kMessageHeader, size), hello_);
  if (!good) hello_ = {};
  message_ = {};
  return good ? Status::Complete : Status::NotTls;
}

}  // namespace weir
