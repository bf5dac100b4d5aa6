// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClientHelloReader: what a TLS client asks for before anything is encrypted: server name (SNI), protocols (ALPN) and
// versions (RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301). It reads along and changes nothing (S-53): the hello
// may come in any number of pieces, packets and TLS records. Sans-IO; one per connection.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct ClientHello {
  std::string server_name;        // lower case; empty: none was sent
  std::vector<std::string> alpn;  // in the client's order
  uint16_t version = 0;           // the highest that is offered: 0x0303 is TLS 1.2, 0x0304 TLS 1.3
};

// "TLSv1.3"; empty for what is none.
std::string_view tlsVersionName(uint16_t version);

class ClientHelloReader {
 public:
  enum class Status : uint8_t {
    NeedMore,
    Complete,
    NotTls,  // something else, or a hello that no server would accept
  };

  // The handshake message may be so long.
  static constexpr size_t kMaxMessage = 16 * 1024;

  // bytes: all that came so far, what earlier calls saw included. After another answer than NeedMore it is repeated.
  Status read(std::string_view bytes);
  // REQUIRES: Complete was answered
  const ClientHello& hello() const { return hello_; }

 private:
  Status readRecords(std::string_view bytes);
  Status takeRecord(std::string_view fragment);

  Status status_ = Status::NeedMore;
  size_t consumed_ = 0;  // whole records
  std::string message_;  // the handshake messages of these
  ClientHello hello_;
};

}  // namespace weir
