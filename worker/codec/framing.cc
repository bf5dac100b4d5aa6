// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/framing.h"

#include <charconv>
#include <limits>

#include "worker/codec/byte_scan.h"

namespace weir {
namespace {

// Names without a HeaderId that one head may nominate. Each costs a look at every field: more is an attack.
constexpr size_t kMaxNominations = 16;

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool sameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (lowered(a[i]) != lowered(b[i])) return false;
  return true;
}

// What the Connection fields of a head name.
struct ConnectionOptions {
  HeaderSet named = 0;
  size_t others = 0;  // tokens without a HeaderId, but for close
  bool close = false;

  void read(std::string_view value) {
    do {
      readElement(nextElement(value));
    } while (!value.empty());
  }

  void readElement(std::string_view element) {
    if (const HeaderId id = headerIdOf(element); id != HeaderId::Other) {
      named |= setOf(id);
    } else if (sameName(element, "close")) {
      close = true;
    } else if (isToken(element)) {
      ++others;
    }
  }
};

bool listNames(std::string_view list, std::string_view name) {
  while (!list.empty())
    if (sameName(nextElement(list), name)) return true;
  return false;
}

bool connectionNames(const MessageHead& head, const char* base, std::string_view name) {
  for (const HeaderField& field : head.fields)
    if (field.id == HeaderId::Connection && listNames(field.valueIn(base), name)) return true;
  return false;
}

void markNominated(const ConnectionOptions& options, const char* base, MessageHead& head) {
  for (HeaderField& field : head.fields) {
    const bool named = field.id == HeaderId::Other
                           ? options.others > 0 && connectionNames(head, base, field.nameIn(base))
                           : contains(options.named & kNominable, field.id);
    if (named) field.hop_by_hop = true;
  }
}

// 1*DIGIT and nothing else (RFC 9110 8.6); what does not fit 63 bits is refused too.
bool parseLength(std::string_view text, uint64_t& length) {
  if (text.empty() || !isDigit(text.front())) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc{} && end == text.data() + text.size() && length <= std::numeric_limits<int64_t>::max();
}

// Apart, because most heads have no Connection field.
[[gnu::noinline]] Cause readOptions(const char* base, MessageHead& head) {
  ConnectionOptions options;
  for (const HeaderField& field : head.fields)
    if (field.id == HeaderId::Connection) options.read(field.valueIn(base));
  if (options.others > kMaxNominations) return Cause::BadRequest;
  if ((options.named & kNominable & head.present) != 0 || options.others > 0) markNominated(options, base, head);
  head.keep_alive = !options.close && (head.keep_alive || contains(options.named, HeaderId::KeepAlive));
  // RFC 9110 7.8: not from HTTP/1.0. Two Upgrade fields are a list that nobody sends but to confuse.
  head.upgrade = head.minor_version > 0 && contains(options.named, HeaderId::Upgrade) && head.has(HeaderId::Upgrade) &&
                 !contains(head.repeated, HeaderId::Upgrade);
  return Cause::None;
}

}  // namespace

std::string_view nextElement(std::string_view& rest) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  size_t end = 0;
  while (end < rest.size() && rest[end] != ',') ++end;
  std::string_view element = rest.substr(0, end);
  rest.remove_prefix(end == rest.size() ? end : end + 1);
  while (!element.empty() && is_blank(element.front())) element.remove_prefix(1);
  while (!element.empty() && is_blank(element.back())) element.remove_suffix(1);
  return element;
}

bool equalsIgnoreCase(std::string_view text, std::string_view lower) { return sameName(text, lower); }

Cause readConnection(const char* base, MessageHead& head) {
  head.keep_alive = head.minor_version > 0;
  return head.has(HeaderId::Connection) ? readOptions(base, head) : Cause::None;
}

Cause readFraming(const char* base, MessageHead& head) {
  const HeaderField* coding = head.find(HeaderId::TransferEncoding);
  const HeaderField* length = head.find(HeaderId::ContentLength);
  if (coding != nullptr) {
    if (length != nullptr || head.minor_version == 0) return Cause::BadRequest;
    if (!equalsIgnoreCase(coding->valueIn(base), "chunked")) return Cause::UnsupportedTransferCoding;
    head.framing = BodyFraming::Chunked;
  } else if (length != nullptr) {
    if (!parseLength(length->valueIn(base), head.content_length)) return Cause::BadRequest;
    head.framing = BodyFraming::Length;
  }
  return Cause::None;
}

}  // namespace weir
