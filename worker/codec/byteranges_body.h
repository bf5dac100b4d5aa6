// SPDX-License-Identifier: Apache-2.0
#pragma once
// ByterangesBody: what stands around the ranges of a multipart/byteranges body (RFC 9110 14.6), and how long it all is.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "worker/codec/byte_range.h"

namespace weir {

// "bytes 0-99/1000"
std::string contentRange(const ByteRange& range, uint64_t size);
// "bytes */1000", of an answer 416
std::string unsatisfiedRange(uint64_t size);

class ByterangesBody {
 public:
  struct Part {
    std::string head;  // what is sent before the range's bytes
    ByteRange range;
  };

  // boundary: must not occur in the representation; random will do.
  ByterangesBody(std::span<const ByteRange> ranges, uint64_t size, std::string_view content_type,
                 std::string_view boundary);

  const std::vector<Part>& parts() const { return parts_; }
  const std::string& ending() const { return ending_; }
  // The whole body's, for Content-Length.
  uint64_t length() const { return length_; }
  // "multipart/byteranges; boundary=..."
  const std::string& contentType() const { return content_type_; }

 private:
  std::vector<Part> parts_;
  std::string ending_;
  std::string content_type_;
  uint64_t length_ = 0;
};

}  // namespace weir
