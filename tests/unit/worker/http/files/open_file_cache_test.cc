// SPDX-License-Identifier: Apache-2.0
// S-48: what is kept, and for how long.
#include "worker/http/files/open_file_cache.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <string>

#include "tests/unit/worker/http/files/folder.h"
#include "worker/event/loop.h"

namespace weir {

class OpenFileCacheTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OpenFileCacheTest);
  CPPUNIT_TEST(keepsAFileAndItsContent);
  CPPUNIT_TEST(noticesAReplacedFile);
  CPPUNIT_TEST(looksAgainAfterATime);
  CPPUNIT_TEST(largeOnesAreKeptOpenOnly);
  CPPUNIT_TEST(isBoundedInNumber);
  CPPUNIT_TEST(isBoundedInMemory);
  CPPUNIT_TEST(rareOnesAreNotKept);
  CPPUNIT_TEST(missingOnesOnlyWhenAsked);
  CPPUNIT_TEST(rulesAreDifferentKeys);
  CPPUNIT_TEST(whatIsPendingIsNotKept);
  CPPUNIT_TEST_SUITE_END();

  Folder folder_;
  EventLoop loop_;
  OpenFileCache::Limits limits_;
  Ref<OpenFileCache> cache_;
  Instant now_{std::chrono::hours(1)};

  void make() { cache_ = makeRef<OpenFileCache>(loop_, limits_, OpenFileCacheMetrics{}); }
  Ref<const OpenFile> find(const std::string& name, Symlinks symlinks = Symlinks::Beneath) {
    std::string text = std::to_string(static_cast<int>(symlinks)) + folder_.path() + '\0' + name;
    return cache_->find(FileKey(text, symlinks), now_);
  }
  void replace(const std::string& name, std::string_view content) {
    folder_.file("fresh", content);
    std::filesystem::rename(folder_.path("fresh"), folder_.path(name));
  }
  void hearEvents() { loop_.turn(Milliseconds{20}); }

 public:
  void setUp() override {
    limits_ = {};
    limits_.size.max = 3;
    folder_.file("a", "content");
    make();
  }

  void keepsAFileAndItsContent() {
    auto first = find("a");
    CPPUNIT_ASSERT(first->isFile() && first->isLoaded());
    CPPUNIT_ASSERT(first->content() == "content");
    CPPUNIT_ASSERT(find("a") == first);
    CPPUNIT_ASSERT_EQUAL(uint64_t{7}, cache_->bytes());
  }

  void noticesAReplacedFile() {
    auto old = find("a");
    replace("a", "other");
    hearEvents();
    CPPUNIT_ASSERT_EQUAL(size_t{0}, cache_->size());
    CPPUNIT_ASSERT(find("a")->content() == "other");
    CPPUNIT_ASSERT(old->content() == "content");  // who still sends it sends what it was
    CPPUNIT_ASSERT(old->etag() != find("a")->etag());
  }

  void looksAgainAfterATime() {
    limits_.events = false;
    make();
    auto first = find("a");
    replace("a", "other");
    hearEvents();
    now_ += limits_.valid - Milliseconds{1};
    CPPUNIT_ASSERT(find("a") == first);
    now_ += Milliseconds{1};
    auto second = find("a");
    CPPUNIT_ASSERT(second->content() == "other");
    now_ += limits_.valid;
    CPPUNIT_ASSERT(find("a") == second);  // looked at, and the same
    CPPUNIT_ASSERT_EQUAL(uint64_t{5}, cache_->bytes());
  }

  void largeOnesAreKeptOpenOnly() {
    folder_.file("big", std::string(OpenFileCache::kLoadUpTo + 1, 'x'));
    auto big = find("big");
    CPPUNIT_ASSERT(big->isFile() && !big->isLoaded() && big->fd() >= 0);
    CPPUNIT_ASSERT(find("big") == big);
  }

  void isBoundedInNumber() {
    for (auto name : {"1", "2", "3", "4"}) folder_.file(name, name);
    auto first = find("1");
    find("2");
    find("3");
    CPPUNIT_ASSERT(find("1") == first);  // used again: 2 is the oldest now
    find("4");
    CPPUNIT_ASSERT_EQUAL(size_t{3}, cache_->size());
    CPPUNIT_ASSERT(find("1") == first);
  }

  void isBoundedInMemory() {
    limits_.size.memory = {10};
    make();
    folder_.file("b", "seven b");
    CPPUNIT_ASSERT(find("a")->isLoaded());
    CPPUNIT_ASSERT(find("b")->isLoaded());
    CPPUNIT_ASSERT_EQUAL(uint64_t{7}, cache_->bytes());
    CPPUNIT_ASSERT_EQUAL(size_t{1}, cache_->size());
    folder_.file("c", "more than ten bytes");
    CPPUNIT_ASSERT(!find("c")->isLoaded());
  }

  void rareOnesAreNotKept() {
    limits_.min_uses = 2;
    make();
    auto first = find("a");
    auto second = find("a");
    CPPUNIT_ASSERT(!(first == second));
    CPPUNIT_ASSERT(find("a") == second);
    now_ += limits_.size.inactive + Milliseconds{1};
    find("a");
  }

  void missingOnesOnlyWhenAsked() {
    CPPUNIT_ASSERT_EQUAL(ENOENT, find("none")->error());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, cache_->size());
    limits_.errors = true;
    make();
    auto missing = find("none");
    CPPUNIT_ASSERT(find("none") == missing);
    folder_.file("none", "here");
    now_ += limits_.valid;
    CPPUNIT_ASSERT(find("none")->content() == "here");
  }

  // What one location may follow is not what another gets.
  void rulesAreDifferentKeys() {
    folder_.link("link", "a");
    CPPUNIT_ASSERT(find("link", Symlinks::Follow)->isFile());
    CPPUNIT_ASSERT_EQUAL(ELOOP, find("link", Symlinks::Refuse)->error());
  }

  void whatIsPendingIsNotKept() {
    limits_.errors = true;
    make();
    std::string text = std::to_string(static_cast<int>(Symlinks::Beneath)) + folder_.path() + '\0' + "never";
    FileKey key(text, Symlinks::Beneath);
    auto pending = cache_->find(key, now_, NameLookup::Cached);
    CPPUNIT_ASSERT(pending->isPending() && !pending->isFile());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, cache_->size());
    auto missing = cache_->find(key, now_);
    CPPUNIT_ASSERT(!missing->isPending() && missing->error() == ENOENT);
    CPPUNIT_ASSERT(cache_->find(key, now_, NameLookup::Cached) == missing);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpenFileCacheTest);

}  // namespace weir
