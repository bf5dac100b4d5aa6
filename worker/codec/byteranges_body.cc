// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/byteranges_body.h"

namespace weir {

std::string contentRange(const ByteRange& range, uint64_t size) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/" + std::to_string(size);
}

std::string unsatisfiedRange(uint64_t size) { return "bytes */" + std::to_string(size); }

ByterangesBody::ByterangesBody(std::span<const ByteRange> ranges, uint64_t size, std::string_view content_type,
                               std::string_view boundary)
    : ending_("\r\n--" + std::string(boundary) + "--\r\n"),
      content_type_("multipart/byteranges; boundary=" + std::string(boundary)) {
  for (const ByteRange& range : ranges) {
    std::string head = parts_.empty() ? "--" : "\r\n--";
    head.append(boundary).append("\r\n");
    if (!content_type.empty()) head.append("Content-Type: ").append(content_type).append("\r\n");
    head.append("Content-Range: ").append(contentRange(range, size)).append("\r\n\r\n");
    length_ += head.size() + range.size();
    parts_.push_back({std::move(head), range});
  }
  length_ += ending_.size();
}

}  // namespace weir
