// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/session_cache.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace weir {

class SessionCacheTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SessionCacheTest);
  CPPUNIT_TEST(smallAndLargeSessionsAreKept);
  CPPUNIT_TEST(idsOfOtherSizesAreNone);
  CPPUNIT_TEST(otherProcessesFindThem);
  CPPUNIT_TEST(theSameMemoryIsTheSameCache);
  CPPUNIT_TEST(whatIsNotNamedAgainIsGone);
  CPPUNIT_TEST(memoryThatMayShrinkIsRefused);
  CPPUNIT_TEST_SUITE_END();

  static constexpr size_t kLeast = 32 * 1024;  // what a configuration may ask for
  using Id = std::array<unsigned char, SessionCache::kIdSize>;

  std::unique_ptr<Segment> segment_ = std::move(Segment::create()).value();
  Fd memory_ = std::move(SharedMemory::make("test", kLeast)).value();
  SessionCaches caches_{*segment_};
  WallTime now_{std::chrono::hours(500'000)};

  Ref<SessionCache> use(const std::string& name, int fd) {
    std::map<std::string, Fd> memory;
    memory.emplace(name, Fd(::dup(fd)));
    caches_.use(std::move(memory));
    return caches_.find(name);
  }
  static Id id(unsigned char first) {
    Id id{};
    id[0] = first;
    return id;
  }

 public:
  void smallAndLargeSessionsAreKept() {
    auto cache = use("a", memory_.get());
    WallTime later = now_ + std::chrono::minutes(5);
    for (size_t size : {1, 200, 312, 313, 1000, 1976}) {
      auto which = id(static_cast<unsigned char>(size));
      cache->store(which, std::string(size, 's'), later, now_);
      CPPUNIT_ASSERT_EQUAL(std::string(size, 's'), cache->find(which, now_));
      cache->erase(which);
      CPPUNIT_ASSERT_EQUAL(std::string(), cache->find(which, now_));
    }
    cache->store(id(1), std::string(1977, 's'), later, now_);
    CPPUNIT_ASSERT_EQUAL(std::string(), cache->find(id(1), now_));
  }
  void idsOfOtherSizesAreNone() {
    auto cache = use("a", memory_.get());
    Id whole = id(1);
    std::span<const unsigned char> cut(whole.data(), 31);
    cache->store(cut, "s", now_ + std::chrono::minutes(5), now_);
    CPPUNIT_ASSERT_EQUAL(std::string(), cache->find(cut, now_));
    cache->erase(cut);
  }
  void otherProcessesFindThem() {
    pid_t pid = ::fork();
    if (pid == 0) {
      use("a", memory_.get())->store(id(1), "of a child", now_ + std::chrono::minutes(5), now_);
      ::_exit(0);
    }
    int status = -1;
    ::waitpid(pid, &status, 0);
    CPPUNIT_ASSERT_EQUAL(0, status);
    CPPUNIT_ASSERT_EQUAL(std::string("of a child"), use("a", memory_.get())->find(id(1), now_));
  }
  void theSameMemoryIsTheSameCache() {
    auto first = use("a", memory_.get());
    CPPUNIT_ASSERT(first == use("a", memory_.get()));
    Fd other = std::move(SharedMemory::make("test", kLeast)).value();
    CPPUNIT_ASSERT(!(first == use("a", other.get())));
  }
  void whatIsNotNamedAgainIsGone() {
    auto kept = use("a", memory_.get());
    use("b", memory_.get());
    CPPUNIT_ASSERT(!caches_.find("a"));
    kept->store(id(1), "still", now_ + std::chrono::minutes(5), now_);  // whoever has it goes on with it
    CPPUNIT_ASSERT_EQUAL(std::string("still"), kept->find(id(1), now_));
  }
  void memoryThatMayShrinkIsRefused() {
    Fd loose(::memfd_create("loose", MFD_CLOEXEC));
    CPPUNIT_ASSERT_EQUAL(0, ::ftruncate(loose.get(), kLeast));
    CPPUNIT_ASSERT(!use("a", loose.get()));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SessionCacheTest);

}  // namespace weir
