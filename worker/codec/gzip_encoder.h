// SPDX-License-Identifier: Apache-2.0
#pragma once
// GzipEncoder: one gzip stream (RFC 1952), bytes in, bytes out. The only door to the libraries that do it: ISA-L for
// the fast levels 1 to 3, zlib for the small ones above. Its memory is recycled.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace weir {

class GzipEncoder {
 public:
  enum class Flush : uint8_t {
    None,    // what is given may be held back
    Sync,    // the other side can decode all that was given
    Finish,  // nothing follows
  };
  struct Step {
    size_t consumed = 0;
    size_t produced = 0;
    bool complete = false;  // all was taken, and all that the flush asks for was put out
    bool failed = false;
  };

  // level: 1 to 9. Null when memory is short.
  static std::unique_ptr<GzipEncoder> make(uint32_t level);
  virtual ~GzipEncoder() = default;

  // Goes as far as there is room; to be repeated with the rest until it is complete. REQUIRES: out is not empty
  virtual Step code(std::string_view in, std::span<char> out, Flush flush) = 0;
};

}  // namespace weir
