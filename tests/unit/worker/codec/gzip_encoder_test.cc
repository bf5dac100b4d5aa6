// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/gzip_encoder.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>
#include <string>

#include "tests/unit/worker/codec/gunzip.h"

namespace weir {

class GzipEncoderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GzipEncoderTest);
  CPPUNIT_TEST(everyLevelInAnyPieces);
  CPPUNIT_TEST(nothingIsAStreamToo);
  CPPUNIT_TEST(syncMakesAllDecodable);
  CPPUNIT_TEST(higherLevelsAreSmaller);
  CPPUNIT_TEST_SUITE_END();

  using Flush = GzipEncoder::Flush;

  static std::string text(size_t size, unsigned variety) {
    std::mt19937 random(7);
    std::string made(size, ' ');
    for (char& c : made) c = static_cast<char>('a' + random() % variety);
    return made;
  }

  static void finish(GzipEncoder& encoder, std::string_view in, Flush flush, size_t room, std::string& to) {
    std::string out(room, '\0');
    for (int round = 0;; ++round) {
      CPPUNIT_ASSERT_MESSAGE("does not end", round < 1'000'000);
      GzipEncoder::Step step = encoder.code(in, {out.data(), out.size()}, flush);
      CPPUNIT_ASSERT(!step.failed);
      to.append(out, 0, step.produced);
      in.remove_prefix(step.consumed);
      if (step.complete) return;
    }
  }

  static std::string code(uint32_t level, std::string_view in, size_t piece, size_t room) {
    auto encoder = GzipEncoder::make(level);
    std::string coded;
    for (; in.size() > piece; in.remove_prefix(piece)) finish(*encoder, in.substr(0, piece), Flush::None, room, coded);
    finish(*encoder, in, Flush::Finish, room, coded);
    return coded;
  }

 public:
  void everyLevelInAnyPieces() {
    std::string in = text(50'000, 20);
    for (uint32_t level = 1; level <= 9; ++level)
      for (size_t piece : {17u, 4096u, 100'000u})
        for (size_t room : {10u, 1000u, 100'000u}) {
          std::string at = std::to_string(level) + " " + std::to_string(piece) + " " + std::to_string(room);
          CPPUNIT_ASSERT_MESSAGE(at, gunzip(code(level, in, piece, room)) == in);
        }
  }

  void nothingIsAStreamToo() {
    for (uint32_t level : {1u, 9u}) {
      std::string coded = code(level, "", 1, 100);
      CPPUNIT_ASSERT(coded.size() >= 18);
      CPPUNIT_ASSERT_EQUAL(std::string(), gunzip(coded));
    }
  }

  void syncMakesAllDecodable() {
    for (uint32_t level : {1u, 2u, 6u}) {
      auto encoder = GzipEncoder::make(level);
      std::string coded, all;
      for (int i = 0; i < 5; ++i) {
        std::string part = text(1000, 5 + static_cast<unsigned>(i));
        all += part;
        finish(*encoder, part, Flush::None, 512, coded);
        finish(*encoder, "", Flush::Sync, 512, coded);
        CPPUNIT_ASSERT(gunzip(coded) == all);
      }
      finish(*encoder, "", Flush::Finish, 512, coded);
      CPPUNIT_ASSERT(gunzip(coded) == all);
    }
  }

  void higherLevelsAreSmaller() {
    std::string in = text(200'000, 4);
    CPPUNIT_ASSERT(code(9, in, 1 << 20, 1 << 20).size() < code(1, in, 1 << 20, 1 << 20).size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GzipEncoderTest);

}  // namespace weir
