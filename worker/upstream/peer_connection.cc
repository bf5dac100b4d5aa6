// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer_connection.h"

#include "worker/upstream/connection_pool.h"

namespace weir {

// The edge may have announced what the last exchange has read already, so the stream is asked; normally there is none.
bool PeerConnection::nothingToRead() {
  char byte;
  return stream_->recv({&byte, 1}).status == IoStatus::Blocked;
}

void PeerConnection::onReady() {
  if (!quiet()) pool_->closeIdle(*this);
}

void PeerConnection::onDeadline(Deadline&) { pool_->closeIdle(*this); }

}  // namespace weir
