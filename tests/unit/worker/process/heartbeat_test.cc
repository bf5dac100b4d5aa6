// SPDX-License-Identifier: Apache-2.0
#include "worker/process/heartbeat.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

class HeartbeatTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HeartbeatTest);
  CPPUNIT_TEST(everyTurnBeats);
  CPPUNIT_TEST(anIdleLoopWakesToBeat);
  CPPUNIT_TEST_SUITE_END();

 public:
  void everyTurnBeats() {
    EventLoop loop;
    SlotHeader header{};
    Heartbeat heartbeat(loop, header);
    Instant before = monotonicNow();
    loop.turn(Milliseconds(0));
    int64_t first = header.heartbeat;
    CPPUNIT_ASSERT(first >= before.time_since_epoch().count());
    loop.turn(Milliseconds(2));
    CPPUNIT_ASSERT(header.heartbeat > first);
  }

  void anIdleLoopWakesToBeat() {
    EventLoop loop;
    SlotHeader header{};
    Heartbeat heartbeat(loop, header);
    Instant before = monotonicNow();
    loop.turn(Milliseconds(5000));
    CPPUNIT_ASSERT(monotonicNow() - before < Milliseconds(2500));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HeartbeatTest);

}  // namespace weir
