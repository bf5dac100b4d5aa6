// SPDX-License-Identifier: Apache-2.0
// What sockets do too seldom to be waited for.
#include "worker/net/relay_direction.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace weir {
namespace {

// Reads as it is told, and remembers what is sent by it.
class Scripted final : public Stream {
 public:
  struct Read {
    IoStatus status;
    std::string bytes = {};
    int os_error = 0;
  };

  explicit Scripted(std::vector<Read> reads = {}) : reads_(std::move(reads)) {}

  IoResult recv(std::span<char> to) override {
    if (next_ == reads_.size()) return {IoStatus::Blocked};
    const Read& read = reads_[next_++];
    std::memcpy(to.data(), read.bytes.data(), read.bytes.size());
    return {read.status, read.bytes.size(), read.os_error};
  }
  IoResult send(std::span<const iovec> parts) override { return take(parts, sent); }
  IoResult sendMore(std::span<const iovec> parts) override { return take(parts, waiting); }
  IoResult sendFile(const FileSlice&) override { return {IoStatus::Failed, 0, EOPNOTSUPP}; }
  void shutdownSend() override {}
  void resetOnClose() override {}
  void setListener(Listener*) override {}
  bool readable() const override { return next_ < reads_.size(); }
  bool writable() const override { return true; }
  bool hangup() const override { return true; }
  int fd() const override { return -1; }

  std::string sent, waiting;  // for what follows

 private:
  static IoResult take(std::span<const iovec> parts, std::string& into) {
    into.append(static_cast<const char*>(parts[0].iov_base), parts[0].iov_len);
    return {IoStatus::Ok, parts[0].iov_len};
  }

  std::vector<Read> reads_;
  size_t next_ = 0;
};

}  // namespace

class RelayDirectionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RelayDirectionTest);
  CPPUNIT_TEST(theLastBytesWaitForTheEnd);
  CPPUNIT_TEST(unlessNoneFollows);
  CPPUNIT_TEST(whatIsBehindAnUrgentMarkIsNotTheEnd);
  CPPUNIT_TEST(anErrorBehindBytesComesAfterThem);
  CPPUNIT_TEST_SUITE_END();

  BufferPool pool_;
  Scripted sink_;
  RelayDirection direction_;

  RelayDirection::Progress pump(Scripted& source, bool end_follows = true) {
    direction_.begin(source, sink_, {});
    return direction_.pump({pool_, BufferPool::kMedium, nullptr, end_follows}, 1 << 20);
  }

 public:
  void theLastBytesWaitForTheEnd() {
    Scripted source({{IoStatus::Ok, "last"}, {IoStatus::Closed}});
    CPPUNIT_ASSERT(pump(source) == RelayDirection::Progress::Ended);
    CPPUNIT_ASSERT_EQUAL(std::string("last"), sink_.waiting);
  }

  void unlessNoneFollows() {
    Scripted source({{IoStatus::Ok, "last"}, {IoStatus::Closed}});
    CPPUNIT_ASSERT(pump(source, false) == RelayDirection::Progress::Ended);
    CPPUNIT_ASSERT_EQUAL(std::string("last"), sink_.sent);
  }

  void whatIsBehindAnUrgentMarkIsNotTheEnd() {
    Scripted source({{IoStatus::Ok, "before"}, {IoStatus::Ok, "behind"}, {IoStatus::Closed}});
    CPPUNIT_ASSERT(pump(source) == RelayDirection::Progress::Ended);
    CPPUNIT_ASSERT_EQUAL(std::string("beforebehind"), sink_.sent);
  }

  void anErrorBehindBytesComesAfterThem() {
    Scripted source({{IoStatus::Ok, "said"}, {IoStatus::Failed, "", ECONNRESET}});
    CPPUNIT_ASSERT(pump(source) == RelayDirection::Progress::Broken);
    CPPUNIT_ASSERT_EQUAL(std::string("said"), sink_.sent);
    CPPUNIT_ASSERT(direction_.fault() == RelayDirection::Fault::Source);
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, direction_.osError());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RelayDirectionTest);

}  // namespace weir
