// SPDX-License-Identifier: Apache-2.0
#pragma once
// TlsStream: a Stream whose bytes are TLS records on a TcpStream, on either side of the handshake, which its maker does
// first (TlsHandshake). Records are made in one scratch buffer and leave together, up to 128 KiB in one call; what the
// kernel did not take waits here, and the bytes in it are not reported as sent before it has gone. So its user has to
// offer them again, the same bytes, as Stream demands. Idle, it holds no buffer.
//
// Where the kernel makes records, too (kTLS), the first large file of a server hands it the sending direction for good,
// and files then go by sendfile. Until then, and elsewhere, all is done here.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "shared/base/recycled.h"
#include "shared/base/ref.h"
#include "worker/net/buffer.h"
#include "worker/net/stream.h"
#include "worker/tls/handshake_fault.h"
#include "worker/tls/tls_context.h"

struct bio_st;
struct ssl_st;

namespace weir {

class TlsClientContext;
class KernelKeys;
class KernelSending;
class TlsEnvironment;

class TlsStream final : public Stream, public Recycled<TlsStream> {
 public:
  // The side that is connected to; choice is asked once, while the client's first message is read.
  TlsStream(TlsEnvironment& environment, std::unique_ptr<TcpStream> tcp, const TlsServerChoice& choice);
  // The side that connects; session_key says where sessions to resume come from, and go to.
  TlsStream(TlsEnvironment& environment, std::unique_ptr<TcpStream> tcp, const Ref<TlsClientContext>& context,
            std::string_view name, std::string session_key);
  ~TlsStream() override;

  // ---- the handshake, before anything else
  enum class Handshake : uint8_t { Done, Blocked, Failed };
  Handshake shakeHands();
  // Failed: what went wrong, and the library's words for it.
  HandshakeFault fault() const { return fault_; }
  std::string faultText() const;
  // HandshakeFault::PlainHttp: the connection as it was, and what was read from it. The stream is then of no more use.
  std::unique_ptr<TcpStream> takePlain(Buffer& bytes);

  // ---- what was agreed
  std::string_view protocol() const;    // "TLSv1.3"
  std::string_view cipher() const;      // "TLS_AES_256_GCM_SHA384"
  std::string_view curve() const;       // "X25519"; empty when none
  std::string_view serverName() const;  // that the client asked for; empty when none
  std::string_view alpn() const;        // the protocol that was agreed on (RFC 7301); empty when none
  bool resumed() const;
  // What was received so far may be a repetition by somebody else (RFC 8446 8): early data, and the handshake is not
  // done.
  bool early() const { return early_ == Early::Reading || early_ == Early::Finishing; }
  const TlsContext* context() const { return context_.get(); }  // null: the side that connects
  ssl_st* native() const { return ssl_; }
  // What the kernel could make the next record with; null: nothing, or it does so already.
  const KernelKeys* kernelKeys() const { return kernel_keys_.get(); }

  // ---- Stream
  IoResult recv(std::span<char> to) override;
  IoResult send(std::span<const iovec> parts) override;
  IoResult sendFile(const FileSlice& slice) override;
  void limitUnsent(uint32_t bytes) override { tcp_->limitUnsent(bytes); }
  void limitUnacknowledged(Milliseconds most) override { tcp_->limitUnacknowledged(most); }
  void shutdownSend() override;
  void resetOnClose() override;
  void setListener(Listener* listener) override { tcp_->setListener(listener); }
  bool readable() const override { return more_ || early_bytes_ || tcp_->readable(); }
  bool writable() const override { return tcp_->writable(); }
  bool hangup() const override { return tcp_->hangup(); }
  int fd() const override { return tcp_->fd(); }

 private:
  friend class TlsContext;
  friend class TlsClientContext;
  friend class RecordBio;

  // Called by OpenSSL through RecordBio.
  int readRecords(bio_st* bio, char* to, int size);
  void writeRecords(const char* from, int size);
  void noteKeys(const void* crypto_info);
  static void onMessage(int sent, int version, int type, const void* bytes, size_t size, ssl_st* ssl, void* self);
  void noteSent(int type, std::string_view bytes);

  // 0-RTT (RFC 8446 2.3): whether it comes is seen by the first flight; then it is read before anything else, and what
  // is sent meanwhile goes to a client that has not finished its handshake.
  enum class Early : uint8_t { None, Sought, Reading, Finishing };

  bool begin();
  int readEarly(std::span<char> to, size_t& bytes);
  int stepHandshake();
  int seekEarly();
  IoResult takeEarlyBytes(std::span<char> to);
  int fill(std::span<char> to, size_t& got);
  int read(std::span<char> to, size_t& bytes);
  int write(std::string_view piece, size_t& bytes);
  HandshakeFault faultOf(int error) const;
  IoResult readFailed(int error);
  bool looksLikeHttp(const char* bytes, size_t size);
  bool sayEnd();
  // Sends what waits and what the outbox holds. Ok: nothing is left.
  IoStatus transmit();
  bool hold(std::string_view bytes);
  IoStatus transmitHeld();
  IoResult sendPiece(const FileSlice& slice);
  bool handOver();
  IoResult refuseNewKeys();
  IoResult failed() const { return {IoStatus::Failed, 0, error_}; }

  // send(), piece by piece
  class Source;
  size_t encrypt(Source& source);
  size_t recordSize() const;
  size_t takeReported(size_t offered);

  TlsEnvironment& environment_;
  std::unique_ptr<TcpStream> tcp_;
  ssl_st* ssl_ = nullptr;
  Ref<const TlsContext> context_;
  Ref<TlsClientContext> client_;
  const TlsServerChoice* choice_ = nullptr;  // during a handshake
  std::unique_ptr<std::string> session_key_;
  std::unique_ptr<KernelKeys> kernel_keys_;
  std::unique_ptr<KernelSending> kernel_;  // makes all records from here on
  Buffer early_bytes_;                     // what the handshake had of early data
  Buffer held_;                            // records that the kernel did not take yet; what takePlain() gives
  uint32_t unreported_ = 0;                // plain bytes in records that have not been reported as sent
  uint32_t last_send_ = 0;                 // when, in milliseconds
  uint32_t gather_;                        // plain bytes for one call
  int error_ = 0;
  uint16_t recent_ = 0;  // plain bytes sent since the last pause
  HandshakeFault fault_ = HandshakeFault::None;
  Early early_ = Early::None;
  bool more_ : 1 = false;  // OpenSSL has bytes that were not read out of it
  bool dry_ : 1 = false;   // in this operation: the socket has nothing more
  bool eof_ : 1 = false;   // the other side ended the TCP connection
  bool first_read_ : 1 = true;
  bool established_ : 1 = false;
  bool broken_ : 1 = false;  // no close_notify is owed
  bool ending_ : 1 = false;  // one is to be sent as soon as the handshake is done
};

}  // namespace weir
