// SPDX-License-Identifier: Apache-2.0
#include "worker/http/body_reader.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/worker/http/fake_stream.h"

namespace weir {
namespace {

constexpr std::string_view kNext = "GET /next";
constexpr std::string_view kChunks = "4\r\nWiki\r\n6;ext=1\r\npedia \r\nA\r\n in chunks\r\n0\r\nX-Trailer: 1\r\n\r\n";
constexpr std::string_view kChunksDecoded = "Wikipedia  in chunks";

using Status = BodyReader::Status;

}  // namespace

class BodyReaderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BodyReaderTest);
  CPPUNIT_TEST(noBodyHasEndedAtOnce);
  CPPUNIT_TEST(emptyLengthHasEndedAtOnce);
  CPPUNIT_TEST(lengthFromWhatIsBuffered);
  CPPUNIT_TEST(lengthInEverySplit);
  CPPUNIT_TEST(lengthTellsWhichBytesAreTheLast);
  CPPUNIT_TEST(lengthLeavesTheNextMessage);
  CPPUNIT_TEST(chunkedInEverySplit);
  CPPUNIT_TEST(chunkedInEveryTwoSplits);
  CPPUNIT_TEST(chunkedLeavesTheNextMessage);
  CPPUNIT_TEST(chunkedMayBeConsumedByTheByte);
  CPPUNIT_TEST(smallChunksAreJoined);
  CPPUNIT_TEST(whatFailsBehindSmallChunksFailsAfterThem);
  CPPUNIT_TEST(untilCloseEndsWithTheStream);
  CPPUNIT_TEST(badChunksAreMalformed);
  CPPUNIT_TEST(earlyEndIsTruncated);
  CPPUNIT_TEST(resetFails);
  CPPUNIT_TEST(aResetBehindTheLastBytesIsSeen);
  CPPUNIT_TEST(rawCountsTheFraming);
  CPPUNIT_TEST(sameBytesUntilTheyAreConsumed);
  CPPUNIT_TEST(readsNothingWhileBytesWait);
  CPPUNIT_TEST(moreThanABufferHolds);
  CPPUNIT_TEST(onlyAPlainLengthIsTakenDirectly);
  CPPUNIT_TEST(oneMessageAfterAnother);
  CPPUNIT_TEST(arbitraryChunksArbitrarilyRead);
  CPPUNIT_TEST_SUITE_END();

  BufferPool pool_;
  FakeStream stream_;
  BodyReader reader_;
  Buffer buffer_;

  void begin(BodyFraming framing, uint64_t length = 0, std::string_view buffered = {}) {
    stream_ = FakeStream();
    buffer_ = pool_.take(BufferPool::kSmall);
    buffer_.append(buffered);
    reader_.begin(framing, length);
  }
  void arriveIn(std::string_view bytes, const std::vector<size_t>& cuts) {
    size_t at = 0;
    for (size_t cut : cuts) {
      if (cut > at) stream_.arrive(bytes.substr(at, cut - at));
      at = std::max(at, cut);
    }
    if (at < bytes.size()) stream_.arrive(bytes.substr(at));
  }
  // Pulls and consumes at most `step` at a time, until something else than data comes twice.
  Status drain(std::string& body, size_t step = 1 << 20) {
    Status status = Status::Blocked;
    for (int idle = 0; idle < 2;) {
      BodyReader::Pull pull = reader_.pull(stream_, buffer_);
      status = pull.status;
      bool advanced = status == Status::Data || stream_.readable();
      idle = advanced && status != Status::End ? 0 : idle + 1;
      if (status == Status::Blocked && stream_.readable()) continue;
      if (status != Status::Data) {
        if (status != Status::Blocked) return status;
        continue;
      }
      std::string_view bytes = pull.bytes.substr(0, step);
      body += bytes;
      reader_.consume(buffer_, bytes.size());
    }
    return status;
  }
  void assertBody(std::string_view expected, size_t step = 1 << 20) {
    std::string body;
    CPPUNIT_ASSERT(drain(body, step) == Status::End);
    CPPUNIT_ASSERT_EQUAL(std::string(expected), body);
    CPPUNIT_ASSERT_EQUAL(uint64_t{expected.size()}, reader_.received());
    CPPUNIT_ASSERT(reader_.ended());
  }
  void assertNextIsWhole() {
    std::string rest(buffer_.data());
    while (stream_.readable()) {
      char bytes[64];
      rest.append(bytes, stream_.recv(bytes).bytes);
    }
    CPPUNIT_ASSERT_EQUAL(std::string(kNext), rest);
  }

 public:
  void noBodyHasEndedAtOnce() {
    begin(BodyFraming::None, 0, kNext);
    CPPUNIT_ASSERT(reader_.ended());
    assertBody("");
    assertNextIsWhole();
  }

  void emptyLengthHasEndedAtOnce() {
    begin(BodyFraming::Length, 0, kNext);
    CPPUNIT_ASSERT(reader_.ended());
    assertBody("");
    assertNextIsWhole();
  }

  void lengthFromWhatIsBuffered() {
    begin(BodyFraming::Length, 5, "hello");
    assertBody("hello");
    CPPUNIT_ASSERT_EQUAL(0, stream_.receives());
  }

  void lengthInEverySplit() {
    constexpr std::string_view kBody = "hello, world";
    for (size_t buffered = 0; buffered <= kBody.size(); ++buffered)
      for (size_t cut = buffered; cut <= kBody.size(); ++cut) {
        begin(BodyFraming::Length, kBody.size(), kBody.substr(0, buffered));
        arriveIn(kBody.substr(buffered), {cut - buffered});
        assertBody(kBody);
      }
  }

  void lengthTellsWhichBytesAreTheLast() {
    begin(BodyFraming::Length, 5, "hel");
    BodyReader::Pull first = reader_.pull(stream_, buffer_);
    CPPUNIT_ASSERT(first.bytes == "hel" && !first.last);
    reader_.consume(buffer_, 3);
    stream_.arrive("lo");
    BodyReader::Pull second = reader_.pull(stream_, buffer_);
    CPPUNIT_ASSERT(second.bytes == "lo" && second.last);
    CPPUNIT_ASSERT(!reader_.ended());
    reader_.consume(buffer_, 2);
    CPPUNIT_ASSERT(reader_.ended());
  }

  void lengthLeavesTheNextMessage() {
    std::string wire = "hello" + std::string(kNext);
    for (size_t buffered = 0; buffered <= wire.size(); ++buffered) {
      begin(BodyFraming::Length, 5, wire.substr(0, buffered));
      arriveIn(std::string_view(wire).substr(buffered), {});
      assertBody("hello");
      assertNextIsWhole();
    }
  }

  void chunkedInEverySplit() {
    for (size_t buffered = 0; buffered <= kChunks.size(); ++buffered) {
      begin(BodyFraming::Chunked, 0, kChunks.substr(0, buffered));
      arriveIn(kChunks.substr(buffered), {});
      assertBody(kChunksDecoded);
    }
  }

  void chunkedInEveryTwoSplits() {
    for (size_t first = 0; first <= kChunks.size(); ++first)
      for (size_t second = first; second <= kChunks.size(); ++second) {
        begin(BodyFraming::Chunked);
        arriveIn(kChunks, {first, second});
        assertBody(kChunksDecoded);
      }
  }

  void chunkedLeavesTheNextMessage() {
    std::string wire = std::string(kChunks) + std::string(kNext);
    for (size_t buffered = 0; buffered <= wire.size(); ++buffered) {
      begin(BodyFraming::Chunked, 0, wire.substr(0, buffered));
      arriveIn(std::string_view(wire).substr(buffered), {});
      assertBody(kChunksDecoded);
      assertNextIsWhole();
    }
  }

  void chunkedMayBeConsumedByTheByte() {
    for (size_t step = 1; step < 5; ++step) {
      begin(BodyFraming::Chunked, 0, kChunks);
      assertBody(kChunksDecoded, step);
    }
  }

  void smallChunksAreJoined() {
    begin(BodyFraming::Chunked, 0, "1\r\na\r\n2\r\nbc\r\n1;x=y\r\nd\r\n0\r\nX-T: v\r\n\r\nGET /next");
    BodyReader::Pull pull = reader_.pull(stream_, buffer_);
    CPPUNIT_ASSERT(pull.status == Status::Data && pull.bytes == "abcd" && pull.last);
    reader_.consume(buffer_, 3);
    pull = reader_.pull(stream_, buffer_);
    CPPUNIT_ASSERT(pull.status == Status::Data && pull.bytes == "d" && pull.last && !reader_.ended());
    reader_.consume(buffer_, 1);
    CPPUNIT_ASSERT(reader_.ended());
    assertNextIsWhole();
  }

  void whatFailsBehindSmallChunksFailsAfterThem() {
    begin(BodyFraming::Chunked, 0, "1\r\na\r\n1\r\nb\r\nx\r\n");
    CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).bytes == "ab");
    reader_.consume(buffer_, 2);
    CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).status == Status::Malformed);
  }

  void untilCloseEndsWithTheStream() {
    begin(BodyFraming::UntilClose, 0, "all");
    CPPUNIT_ASSERT(reader_.untilClose());
    stream_.arrive(" of it");
    std::string body;
    CPPUNIT_ASSERT(drain(body) == Status::Blocked);
    CPPUNIT_ASSERT(!reader_.ended());
    stream_.arriveEnd();
    CPPUNIT_ASSERT(drain(body) == Status::End);
    CPPUNIT_ASSERT_EQUAL(std::string("all of it"), body);
    CPPUNIT_ASSERT_EQUAL(uint64_t{9}, reader_.received());
  }

  void badChunksAreMalformed() {
    for (std::string_view wire : {"x\r\n", "4\r\nWikixx", "-1\r\n", "4 \n", "ffffffffffffffffff\r\n", "\r\n"}) {
      begin(BodyFraming::Chunked, 0, wire);
      std::string body;
      CPPUNIT_ASSERT(drain(body) == Status::Malformed);
      CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).status == Status::Malformed);
    }
  }

  void earlyEndIsTruncated() {
    std::string body;
    begin(BodyFraming::Length, 9, "only");
    stream_.arriveEnd();
    CPPUNIT_ASSERT(drain(body) == Status::Truncated);
    for (size_t size = 0; size < kChunks.size(); ++size) {
      begin(BodyFraming::Chunked, 0, kChunks.substr(0, size));
      stream_.arriveEnd();
      CPPUNIT_ASSERT(drain(body) == Status::Truncated);
      CPPUNIT_ASSERT(!reader_.ended());
    }
  }

  void resetFails() {
    begin(BodyFraming::UntilClose);
    stream_.arriveReset();
    BodyReader::Pull pull = reader_.pull(stream_, buffer_);
    CPPUNIT_ASSERT(pull.status == Status::Failed);
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, pull.os_error);
  }

  // The bytes were read, which struck the fact that more can be: only one read more shows the reset.
  void aResetBehindTheLastBytesIsSeen() {
    for (std::string_view wire : {"abc", "3\r\nabc\r\n"}) {
      begin(wire.size() == 3 ? BodyFraming::Length : BodyFraming::Chunked, 10);
      stream_.arrive(wire);
      stream_.arriveResetUnseen();
      CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).bytes == "abc");
      reader_.consume(buffer_, 3);
      CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).status == Status::Failed);
      CPPUNIT_ASSERT_EQUAL(2, stream_.receives());
    }
    begin(BodyFraming::Length, 10);
    stream_.arrive("abc");
    reader_.pull(stream_, buffer_);
    reader_.consume(buffer_, 3);
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).status == Status::Blocked);
    CPPUNIT_ASSERT_EQUAL(2, stream_.receives());  // once more, and not each time
  }

  void rawCountsTheFraming() {
    begin(BodyFraming::Chunked);
    for (size_t at = 0; at < kChunks.size(); at += 7) stream_.arrive(kChunks.substr(at, 7));
    assertBody(kChunksDecoded);
    CPPUNIT_ASSERT_EQUAL(uint64_t{kChunks.size()}, reader_.raw());
  }

  void sameBytesUntilTheyAreConsumed() {
    begin(BodyFraming::Chunked, 0, "5\r\nhello\r\n");
    CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).bytes == "hello");
    CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).bytes == "hello");
    reader_.consume(buffer_, 2);
    CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).bytes == "llo");
    CPPUNIT_ASSERT_EQUAL(uint64_t{2}, reader_.received());
  }

  // The back-pressure: what is not passed on stays with the sender.
  void readsNothingWhileBytesWait() {
    begin(BodyFraming::UntilClose, 0, "some");
    stream_.arrive("more");
    reader_.pull(stream_, buffer_);
    reader_.pull(stream_, buffer_);
    CPPUNIT_ASSERT_EQUAL(0, stream_.receives());
    reader_.consume(buffer_, 4);
    CPPUNIT_ASSERT(reader_.pull(stream_, buffer_).bytes == "more");
    CPPUNIT_ASSERT_EQUAL(1, stream_.receives());
  }

  void onlyAPlainLengthIsTakenDirectly() {
    begin(BodyFraming::Length, 10, "abc");
    CPPUNIT_ASSERT_EQUAL(uint64_t{7}, reader_.direct(buffer_));  // behind what is buffered
    reader_.consume(buffer_, 3);
    CPPUNIT_ASSERT_EQUAL(uint64_t{7}, reader_.direct(buffer_));
    reader_.tookDirectly(7);
    CPPUNIT_ASSERT(reader_.ended());
    for (BodyFraming framing : {BodyFraming::Chunked, BodyFraming::UntilClose, BodyFraming::None}) {
      begin(framing);
      CPPUNIT_ASSERT_EQUAL(uint64_t{0}, reader_.direct(buffer_));
    }
  }

  void moreThanABufferHolds() {
    std::string much(100'000, 'm');
    begin(BodyFraming::Length, much.size());
    stream_.arrive(much);
    assertBody(much);
    begin(BodyFraming::Chunked);
    stream_.arrive("186a0\r\n" + much + "\r\n0\r\n\r\n");
    assertBody(much, 1000);
  }

  void oneMessageAfterAnother() {
    begin(BodyFraming::Chunked, 0, "3\r\none\r\n0\r\n\r\n3\r\ntwo\r\n0\r\n\r\n");
    assertBody("one");
    reader_.begin(BodyFraming::Chunked, 0);
    assertBody("two");
  }

  void arbitraryChunksArbitrarilyRead() {
    std::mt19937 random(11);
    auto upTo = [&](size_t n) { return static_cast<size_t>(random() % n); };
    for (int round = 0; round < 300; ++round) {
      std::string wire, body;
      for (size_t chunks = 1 + upTo(8); chunks > 0; --chunks) {
        std::string chunk(1 + upTo(round % 10 == 0 ? 9000 : 40), static_cast<char>('a' + upTo(26)));
        char head[24];
        std::snprintf(head, sizeof head, "%zx\r\n", chunk.size());
        wire += head + chunk + "\r\n";
        body += chunk;
      }
      wire += "0\r\n\r\n" + std::string(kNext);
      size_t buffered = upTo(std::min<size_t>(wire.size(), 4000));
      begin(BodyFraming::Chunked, 0, wire.substr(0, buffered));
      for (size_t at = buffered; at < wire.size();) {
        size_t size = 1 + upTo(3000);
        stream_.arrive(std::string_view(wire).substr(at, size));
        at += size;
      }
      assertBody(body, 1 + upTo(500));
      assertNextIsWhole();
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BodyReaderTest);

}  // namespace weir
