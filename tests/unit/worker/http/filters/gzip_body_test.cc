// SPDX-License-Identifier: Apache-2.0
#include "worker/http/filters/gzip_body.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/unit/worker/codec/gunzip.h"

namespace weir {
namespace {

// Takes a given number of bytes, then blocks until it is opened again.
class Valve final : public BodySink {
 public:
  explicit Valve(size_t width) : width_(width), room_(width) {}

  void open() { room_ = width_; }
  const std::string& received() const { return received_; }
  bool ended() const { return ended_; }

  IoResult sendBody(std::string_view bytes, bool last) override {
    CPPUNIT_ASSERT_MESSAGE("bytes after the last ones", !ended_ || bytes.empty());
    size_t taken = std::min(bytes.size(), room_);
    received_.append(bytes.substr(0, taken));
    room_ -= taken;
    ended_ = ended_ || (last && taken == bytes.size());
    return {taken > 0 || bytes.empty() ? IoStatus::Ok : IoStatus::Blocked, taken};
  }
  IoResult flush() override { return {IoStatus::Ok}; }

 private:
  size_t width_, room_;
  std::string received_;
  bool ended_ = false;
};

std::string noise(size_t size) {
  std::mt19937 random(7);
  std::string made(size, ' ');
  for (char& c : made) c = static_cast<char>(random());
  return made;
}

}  // namespace

class GzipBodyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GzipBodyTest);
  CPPUNIT_TEST(endsWhereverTheClientPauses);
  CPPUNIT_TEST(flushMakesAllDecodable);
  CPPUNIT_TEST_SUITE_END();

  static constexpr int kRounds = 100'000;

  // As handlers do: everything is offered once it has been taken, and then there are only flushes.
  static std::string sent(std::string_view text, size_t piece, size_t width) {
    BufferPool pool;
    GzipBody body(GzipEncoder::make(1), pool);
    Valve valve(width);
    IoStatus flushed = IoStatus::Blocked;
    bool all_given = false;
    for (int round = 0; flushed != IoStatus::Ok; ++round) {
      CPPUNIT_ASSERT_MESSAGE("does not end", round < kRounds);
      valve.open();
      while (!all_given) {
        std::string_view next = text.substr(0, piece);
        IoResult result = body.send(valve, next, next.size() == text.size());
        CPPUNIT_ASSERT(result.status != IoStatus::Failed);
        text.remove_prefix(result.bytes);
        all_given = text.empty();
        if (result.bytes < next.size()) break;
      }
      if (all_given) flushed = body.flush(valve).status;
    }
    CPPUNIT_ASSERT(valve.ended());
    return gunzip(valve.received());
  }

 public:
  // A client that paused just as the last bytes were coded once got no end.
  void endsWhereverTheClientPauses() {
    std::string text = noise(200'000);
    for (size_t piece : {1'000UL, 65'536UL, 200'000UL})
      for (size_t width : {1UL << 20, 60'000UL, 10'007UL, 4'096UL, 1'009UL})
        for (size_t size : {0UL, 1UL, 60'000UL, 65'000UL, 65'500UL, 65'536UL, 131'000UL, 131'072UL, 200'000UL})
          CPPUNIT_ASSERT(sent(std::string_view(text).substr(0, size), piece, width) == text.substr(0, size));
  }

  void flushMakesAllDecodable() {
    BufferPool pool;
    GzipBody body(GzipEncoder::make(1), pool);
    Valve valve(1000);
    std::string text = noise(50'000);
    CPPUNIT_ASSERT_EQUAL(text.size(), body.send(valve, text, false).bytes);
    for (int round = 0; body.flush(valve).status != IoStatus::Ok; ++round) {
      CPPUNIT_ASSERT_MESSAGE("does not end", round < kRounds);
      valve.open();
    }
    CPPUNIT_ASSERT(gunzip(valve.received()) == text);
    CPPUNIT_ASSERT(!valve.ended());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GzipBodyTest);

}  // namespace weir
