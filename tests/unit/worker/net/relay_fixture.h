// SPDX-License-Identifier: Apache-2.0
#pragma once
// RelayFixture: a relay between two connections whose far ends the test has, and flows of bytes that can be checked
// without being kept.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "shared/stats/slot.h"
#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"
#include "worker/net/relay.h"

namespace weir {

// Bytes that are a function of their place, so that nothing needs to be kept to check them.
class Pattern {
 public:
  explicit Pattern(uint64_t seed) : seed_(seed) {}

  char at(uint64_t place) const { return static_cast<char>((place * 0x9E3779B97F4A7C15ULL + seed_) >> 53); }
  std::string piece(uint64_t from, size_t size) const {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = at(from + i);
    return bytes;
  }

 private:
  uint64_t seed_;
};

// One direction as its two far ends see it: the sender goes on while the kernel takes bytes.
struct Flow {
  int from, to;
  Pattern pattern;
  uint64_t total;
  uint64_t sent = 0, received = 0;
  bool intact = true;

  void send(size_t most) {
    size_t size = std::min<uint64_t>(most, total - sent);
    if (size > 0) sent += sendNow(from, pattern.piece(sent, size));
  }
  void receive(size_t most) {
    std::string got = receiveNow(to, most);
    intact = intact && got == pattern.piece(received, got.size());
    received += got.size();
  }
  bool done() const { return received == total; }
};

inline constexpr CellIndex kFromCell = 40, kToCell = 41;

class RelayFixture : public CppUnit::TestFixture, public Relay::Owner {
 public:
  void setUp() override { connect(tcpPair(), tcpPair()); }
  void tearDown() override {
    relay_.reset();
    turns(1);
    CPPUNIT_ASSERT(ends_ <= 1);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pipes_.outstanding());
  }

 protected:
  EventLoop loop_;
  BufferPool pool_;
  PipePool pipes_;
  RelayOptions options_;
  std::unique_ptr<Relay> relay_;
  Fd client_, server_;  // the far ends
  std::unique_ptr<Stream> down_, up_;
  int ends_ = 0;
  RelayEnd how_{RelayEnd::Why::Complete};

  void onRelayEnded(Relay& relay, RelayEnd how) override {
    CPPUNIT_ASSERT(&relay == relay_.get());
    ++ends_;
    how_ = how;
    loop_.retire(std::move(relay_));
  }

  void connect(std::pair<Fd, Fd> down, std::pair<Fd, Fd> up) {
    client_ = std::move(down.first);
    down_ = std::make_unique<TcpStream>(loop_, std::move(down.second));
    up_ = std::make_unique<TcpStream>(loop_, std::move(up.first));
    server_ = std::move(up.second);
  }
  void start(std::string_view owed_up = {}, std::string_view owed_down = {}) {
    relay_ = std::make_unique<Relay>(loop_, pool_, *this, options_);
    relay_->start({std::move(down_), bufferOf(owed_up)}, {std::move(up_), bufferOf(owed_down)});
  }
  Buffer bufferOf(std::string_view bytes) {
    if (bytes.empty()) return {};
    Buffer buffer = pool_.take(bytes.size());
    buffer.append(bytes);
    return buffer;
  }
  void shrinkBuffers() {
    for (int fd : {client_.get(), server_.get(), down_->fd(), up_->fd()}) setBufferSizes(fd, 8192);
  }

  void turns(int count = 5) {
    for (int i = 0; i < count; ++i) loop_.turn(Milliseconds{1});
  }
  std::string expect(const Fd& fd, size_t size) {
    std::string got;
    turnUntil(loop_, [&] { return (got += receiveNow(fd.get(), size - got.size())).size() == size; });
    return got;
  }
  bool ended() {
    return turnUntil(loop_, [&] { return ends_ > 0; });
  }
  bool endArrives(const Fd& fd) {
    return turnUntil(loop_, [&] { return atEnd(fd.get()); });
  }
  // The client sends until neither kernel nor relay take more.
  void fillUp() {
    std::string much(1 << 16, 'x');
    for (int idle = 0; idle < 5; ++idle) {
      if (sendNow(client_.get(), much) > 0) idle = 0;
      turns(2);
    }
  }
};

}  // namespace weir
