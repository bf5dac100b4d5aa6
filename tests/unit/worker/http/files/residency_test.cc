// SPDX-License-Identifier: Apache-2.0
// S-48: what is in memory is not asked for again with each answer.
#include "worker/http/files/residency.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <string>

#include "tests/unit/worker/http/files/folder.h"

namespace weir {

class ResidencyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ResidencyTest);
  CPPUNIT_TEST(believesALookForASecond);
  CPPUNIT_TEST(aPieceThatNobodyLookedAtIsAskedFor);
  CPPUNIT_TEST(piecesFarBehindAreLookedAt);
  CPPUNIT_TEST_SUITE_END();

  static constexpr uint64_t kSize = 4 * Residency::kPiece;

  Folder folder_;
  Fd file_;
  Residency residency_;
  Instant now_{std::chrono::hours(1)};

  bool covers(uint64_t from, uint64_t size) { return residency_.covers(file_.get(), from, size, now_); }

  // Out of the page cache; false where the file system keeps everything in memory.
  bool evict() {
    ::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED);
    bool evicted = !isInMemory(file_.get(), 0, kSize);
    // The look has made the kernel read some of it.
    ::fsync(file_.get());
    ::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED);
    return evicted;
  }

 public:
  void setUp() override {
    folder_.file("file", std::string(kSize, 'x'));
    file_ = Fd(::open(folder_.path("file").c_str(), O_RDONLY | O_CLOEXEC));
    CPPUNIT_ASSERT_EQUAL(0, ::fsync(file_.get()));
  }

  void believesALookForASecond() {
    CPPUNIT_ASSERT(covers(0, kSize));
    if (!evict()) return;
    CPPUNIT_ASSERT(covers(0, kSize));
    CPPUNIT_ASSERT(covers(Residency::kPiece / 2, Residency::kPiece));
    now_ += Milliseconds(1000);
    CPPUNIT_ASSERT(!covers(0, kSize));
  }

  void aPieceThatNobodyLookedAtIsAskedFor() {
    CPPUNIT_ASSERT(covers(0, Residency::kPiece));
    if (!evict()) return;
    CPPUNIT_ASSERT(covers(0, Residency::kPiece));
    CPPUNIT_ASSERT(!covers(Residency::kPiece, Residency::kPiece));
  }

  // They end before it: reading them would give nothing, and at once.
  void piecesFarBehindAreLookedAt() { CPPUNIT_ASSERT(covers(uint64_t{1} << 62, kSize)); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ResidencyTest);

}  // namespace weir
