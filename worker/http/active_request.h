// SPDX-License-Identifier: Apache-2.0
#pragma once
// ActiveRequest: what an HTTP/1 connection needs only while a request is being read or answered, so that an idle one is
// small. Recycled by HttpEnvironment with the memory it has grown to.

#include "worker/event/deadline.h"
#include "worker/http/body_reader.h"
#include "worker/http/exchange.h"
#include "worker/http/message_writer.h"
#include "worker/net/buffer.h"

namespace weir {

struct ActiveRequest : Deadline::Owner {
  explicit ActiveRequest(EventLoop& loop) : exchange(loop), send_deadline(loop, *this) {}

  void onDeadline(Deadline& deadline) override { owner->onDeadline(deadline); }

  Exchange exchange;
  BodyReader reader;
  MessageWriter writer;
  Buffer body;  // request body bytes, while there is a body
  Deadline send_deadline;
  uint64_t head_size = 0;            // of the response, with a 100 Continue before it
  uint64_t sent_when_armed = 0;      // bytes sent when send_deadline was armed last
  Deadline::Owner* owner = nullptr;  // the connection
  bool keep_alive = false;           // what the response has told the client
  bool continue_due = false;         // 100 Continue is owed before the body is read
  bool was_reset = false;            // the client had reset when the request was complete
  bool half_closed = false;          // the client had ended its direction when the request was complete
  bool pipelined = false;
};

}  // namespace weir
