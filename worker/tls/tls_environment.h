// SPDX-License-Identifier: Apache-2.0
#pragma once
// TlsEnvironment: what all TLS of a worker shares: its services, the ticket keys, one scratch buffer for records on
// their way out, and the handshakes' turns. Outlives every stream and every configuration.

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "shared/ipc/ticket_keys.h"
#include "shared/stats/segment.h"
#include "worker/event/loop.h"
#include "worker/net/buffer.h"
#include "worker/tls/client_contexts.h"
#include "worker/tls/handshake_turns.h"
#include "worker/tls/kernel_tls.h"
#include "worker/tls/session_cache.h"
#include "worker/tls/stapled_responses.h"

namespace weir {

class TlsEnvironment {
 public:
  // tickets: null where no master shares any; then OpenSSL's own keys serve, in this process only.
  TlsEnvironment(EventLoop& loop, BufferPool& buffers, Segment& segment, const TicketKeys* tickets)
      : loop_(loop), buffers_(buffers), segment_(segment), tickets_(tickets), session_caches_(segment), turns_(loop) {}
  TlsEnvironment(const TlsEnvironment&) = delete;
  TlsEnvironment& operator=(const TlsEnvironment&) = delete;

  EventLoop& loop() { return loop_; }
  BufferPool& buffers() { return buffers_; }
  Segment& segment() { return segment_; }
  const TicketKeys* tickets() const { return tickets_; }
  SessionCaches& sessionCaches() { return session_caches_; }
  // Null where no server has OCSP responses fetched.
  const Ref<StapledResponses>& stapledResponses() const { return stapled_responses_; }
  // The memory that both of these use from here on; contexts that were made before keep what they have.
  void useMemory(std::map<std::string, Fd> sessions, Fd responses);
  // Found out when it is first asked for.
  const KernelTls& kernelTls() {
    if (!kernel_tls_) kernel_tls_ = KernelTls::probe(loop_);
    return *kernel_tls_;
  }
  HandshakeTurns& turns() { return turns_; }
  TlsClientContexts& clientContexts() { return client_contexts_; }

  // Records that one operation of one stream makes; empty before and after it.
  std::string& outbox() { return outbox_; }
  // Where small pieces are put together to one record.
  std::array<char, 16384>& staging() { return staging_; }
  // Where a piece of a file is read to.
  std::span<char> filePiece() {
    if (!file_piece_) file_piece_ = std::make_unique<std::array<char, 131072>>();
    return *file_piece_;
  }

 private:
  EventLoop& loop_;
  BufferPool& buffers_;
  Segment& segment_;
  const TicketKeys* tickets_;
  SessionCaches session_caches_;
  Ref<StapledResponses> stapled_responses_;
  HandshakeTurns turns_;
  TlsClientContexts client_contexts_;
  std::optional<KernelTls> kernel_tls_;
  std::string outbox_;
  std::array<char, 16384> staging_;
  std::unique_ptr<std::array<char, 131072>> file_piece_;  // once it is needed
};

}  // namespace weir
