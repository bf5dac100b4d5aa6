// SPDX-License-Identifier: Apache-2.0
#include "worker/http/response_head.h"

#include <string>

#include "worker/codec/http1_writer.h"
#include "worker/http/forwarded_fields.h"

namespace weir {
namespace {

// What weir says itself, unless the peer's word is to be passed on.
constexpr HeaderSet kOwn = setOf(HeaderId::Server, HeaderId::Date);

HeaderSet presentIn(const OutgoingHead& head) {
  HeaderSet present = 0;
  for (const HeaderField& field : head.forwarded) present |= field.endToEnd() ? setOf(field.id) : 0;
  return present;
}

void writeFraming(HeadWriter& writer, const OutgoingHead& head, const ResponseHeadContext& context) {
  bool never_sized = head.status == 204 || head.status < 200;
  if (context.framing == BodyFraming::Chunked) return writer.raw("Transfer-Encoding: chunked\r\n");
  if (head.content_length && !never_sized) writer.field("Content-Length", *head.content_length);
}

void writeConnection(HeadWriter& writer, const OutgoingHead& head, const ResponseHeadContext& context) {
  if (head.upgrade) return writer.raw("Connection: upgrade\r\n");
  if (!context.keep_alive) return writer.raw("Connection: close\r\n");
  if (context.minor_version == 0) writer.raw("Connection: keep-alive\r\n");
  if (!context.keep_alive_header) return;
  writer.raw("Keep-Alive: timeout=");
  writer.raw(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*context.keep_alive_header).count()));
  writer.raw("\r\n");
}

}  // namespace

size_t responseHeadBound(const OutgoingHead& head, const ResponseHeadContext& context) {
  constexpr size_t kOwnLines = 256;
  size_t bound = kOwnLines + head.reason.size() + head.content_type.size() + context.server.size();
  return bound + forwardedBound(head.forwarded) + context.added.lines().size();
}

size_t writeResponseHead(std::span<char> room, const OutgoingHead& head, const ResponseHeadContext& context) {
  HeadWriter writer(room);
  head.reason.empty() ? writer.statusLine(head.status) : writer.statusLine(head.status, head.reason);
  HeaderSet own = head.passed == 0 ? kOwn : kOwn & ~(head.passed & presentIn(head));
  if (contains(own, HeaderId::Server)) writer.field("Server", context.server);
  if (contains(own, HeaderId::Date)) writer.field("Date", context.date);
  if (!head.content_type.empty()) writer.field("Content-Type", head.content_type);
  writeFraming(writer, head, context);
  writeConnection(writer, head, context);
  forwardFields(writer, head.base, head.forwarded, head.hidden | own | setOf(HeaderId::ContentLength));
  writer.raw(context.added.lines());
  writer.end();
  return writer.fits() ? writer.size() : 0;
}

}  // namespace weir
