// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/gzip_encoder.h"

#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "shared/base/recycled.h"

namespace weir {
namespace {

constexpr size_t kKeptStates = 16;  // of each library, over 300 KB each
constexpr uint32_t kFastLevels = 3;
constexpr size_t kMostAtOnce = std::numeric_limits<uint32_t>::max();

uint8_t* bytesOf(const char* text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text)); }

class FastEncoder final : public GzipEncoder, public Recycled<FastEncoder, kKeptStates> {
 public:
  explicit FastEncoder(uint32_t level) {
    isal_deflate_init(&stream_);
    stream_.gzip_flag = IGZIP_GZIP;
    stream_.level = level;
    stream_.level_buf = memory_.data();
    stream_.level_buf_size = static_cast<uint32_t>(memory_.size());
  }

  Step code(std::string_view in, std::span<char> out, Flush flush) override {
    auto offered = static_cast<uint32_t>(std::min(in.size(), kMostAtOnce));
    auto room = static_cast<uint32_t>(std::min(out.size(), kMostAtOnce));
    stream_.next_in = bytesOf(in.data());
    stream_.avail_in = offered;
    stream_.next_out = bytesOf(out.data());
    stream_.avail_out = room;
    stream_.end_of_stream = flush == Flush::Finish ? 1 : 0;
    stream_.flush = flush == Flush::Sync ? SYNC_FLUSH : NO_FLUSH;
    bool failed = isal_deflate(&stream_) != COMP_OK;
    bool ended = flush != Flush::Finish || stream_.internal_state.state == ZSTATE_END;
    bool put_out = flush == Flush::None || stream_.avail_out > 0;
    return {offered - stream_.avail_in, room - stream_.avail_out, stream_.avail_in == 0 && ended && put_out, failed};
  }

 private:
  isal_zstream stream_;
  // What the highest of its levels needs, with room for 64 Ki tokens.
  std::array<uint8_t, std::max({ISAL_DEF_LVL1_LARGE, ISAL_DEF_LVL2_LARGE, ISAL_DEF_LVL3_LARGE})> memory_;
};

class SmallEncoder final : public GzipEncoder, public Recycled<SmallEncoder, kKeptStates> {
 public:
  explicit SmallEncoder(uint32_t level) {
    constexpr int kGzip = 15 + 16;  // the largest window, with gzip's frame
    ready_ = deflateInit2(&stream_, static_cast<int>(level), Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~SmallEncoder() override {
    if (ready_) deflateEnd(&stream_);
  }
  bool ready() const { return ready_; }

  Step code(std::string_view in, std::span<char> out, Flush flush) override {
    constexpr std::array<int, 3> kFlush{Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
    auto offered = static_cast<uInt>(std::min(in.size(), kMostAtOnce));
    auto room = static_cast<uInt>(std::min(out.size(), kMostAtOnce));
    stream_.next_in = bytesOf(in.data());
    stream_.avail_in = offered;
    stream_.next_out = bytesOf(out.data());
    stream_.avail_out = room;
    int result = deflate(&stream_, kFlush[static_cast<size_t>(flush)]);
    bool failed = result == Z_STREAM_ERROR;
    bool ended = flush != Flush::Finish || result == Z_STREAM_END;
    bool put_out = flush == Flush::None || stream_.avail_out > 0;
    return {offered - stream_.avail_in, room - stream_.avail_out, stream_.avail_in == 0 && ended && put_out, failed};
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

std::unique_ptr<GzipEncoder> GzipEncoder::make(uint32_t level) {
  if (level <= kFastLevels) return std::make_unique<FastEncoder>(level);
  auto encoder = std::make_unique<SmallEncoder>(level);
  return encoder->ready() ? std::move(encoder) : nullptr;
}

}  // namespace weir
