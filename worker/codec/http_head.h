// SPDX-License-Identifier: Apache-2.0
#pragma once
// What request and response heads have in common: their fields and how the body after them is framed.
// Everything is an offset from the first byte given to the parser, since the buffer may move or grow between two
// calls; in(base) makes views, which live as long as the bytes at base.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "worker/codec/header_id.h"

namespace weir {

struct Slice {
  uint32_t at = 0;
  uint32_t size = 0;

  bool empty() const { return size == 0; }
  std::string_view in(const char* base) const { return {base + at, size}; }
};

struct HeaderField {
  uint32_t name = 0;   // where the line begins, too
  uint32_t value = 0;  // without the white space around it
  uint32_t value_size = 0;
  uint32_t line_end = 0;  // after the CRLF; the next field's name is there, so runs of lines can be copied whole
  uint16_t name_size = 0;
  HeaderId id = HeaderId::Other;
  bool hop_by_hop = false;  // RFC 9110 7.6.1: one of the fixed list, or named by a Connection header
  bool ignored = false;     // to be treated as if it were absent: `_` in the name (S-26), or a forbidden trailer

  std::string_view nameIn(const char* base) const { return {base + name, name_size}; }
  std::string_view valueIn(const char* base) const { return {base + value, value_size}; }
  std::string_view lineIn(const char* base) const { return {base + name, line_end - name}; }
  // May be forwarded as it stands.
  bool endToEnd() const { return !hop_by_hop && !ignored; }
};

enum class BodyFraming : uint8_t {
  None,
  Length,      // content_length bytes, possibly 0
  Chunked,     // RFC 9112 7.1
  UntilClose,  // responses only
};

enum class ParseStatus : uint8_t { NeedMore, Done, Failed };

struct MessageHead {
  std::vector<HeaderField> fields;  // in the order of arrival; keeps its capacity over clear()
  HeaderSet present = 0;            // ids with at least one field that is not ignored
  HeaderSet repeated = 0;           // ids with more than one
  uint64_t content_length = 0;      // at most INT64_MAX; 0 unless framing is Length
  uint32_t fields_begin = 0;        // offset of the first field line, or of the final CRLF
  uint32_t size = 0;                // of the whole head, from the parser's first byte to the final CRLF
  uint8_t minor_version = 1;        // 0 or 1; a higher one counts as 1 (RFC 9110 2.5)
  BodyFraming framing = BodyFraming::None;
  bool keep_alive = false;  // what version and Connection say; a body until close makes it false
  bool upgrade = false;     // Connection names upgrade and there is exactly one Upgrade field

  bool has(HeaderId id) const { return contains(present, id); }
  // The first field of that id; null when absent. REQUIRES: id != Other
  const HeaderField* find(HeaderId id) const { return has(id) ? &fields[first_[static_cast<size_t>(id)]] : nullptr; }

  // For the parser: a new last field, to be filled in. REQUIRES: index == fields.size()
  HeaderField& add(HeaderId id, HeaderSet bit, size_t index) {
    if ((present & bit) == 0) first_[static_cast<size_t>(id)] = static_cast<uint16_t>(index);
    repeated |= present & bit;
    present |= bit;
    HeaderField& field = fields.emplace_back();
    field.id = id;
    return field;
  }
  void clear() {
    fields.clear();
    present = repeated = 0;
    content_length = 0;
    fields_begin = size = 0;
    minor_version = 1;
    framing = BodyFraming::None;
    keep_alive = upgrade = false;
  }

 private:
  std::array<uint16_t, static_cast<size_t>(HeaderId::kCount)> first_;  // valid where present says so
};

}  // namespace weir
