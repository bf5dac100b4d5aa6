// SPDX-License-Identifier: Apache-2.0
#pragma once
// gunzip: what a client makes of a gzip stream, or of the beginning of one.

#include <zlib.h>

#include <array>
#include <string>
#include <string_view>

namespace weir {

// As far as it goes.
inline std::string gunzip(std::string_view coded) {
  constexpr int kGzip = 15 + 16;
  z_stream stream{};
  inflateInit2(&stream, kGzip);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
  stream.avail_in = static_cast<uInt>(coded.size());
  std::string text;
  std::array<char, 4096> out;
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = out.size();
    result = inflate(&stream, Z_SYNC_FLUSH);
    text.append(out.data(), out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return text;
}

}  // namespace weir
