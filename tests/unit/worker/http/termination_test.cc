// SPDX-License-Identifier: Apache-2.0
#include "worker/http/termination.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class TerminationTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TerminationTest);
  CPPUNIT_TEST(everyFaultHasAParty);
  CPPUNIT_TEST(relaysSayWhoEndedThem);
  CPPUNIT_TEST_SUITE_END();

  static std::string textOf(const Termination& how) {
    return std::string(how.whoText()) + ":" + std::string(how.why) + " " + std::string(how.phaseText());
  }
  static void expect(const char* text, const RelayEnd& end) {
    CPPUNIT_ASSERT_EQUAL(std::string(text), textOf(terminationOf(end)));
  }

 public:
  void everyFaultHasAParty() {
    CPPUNIT_ASSERT(Termination::partyOf(Fault::Downstream) == Termination::Party::Client);
    CPPUNIT_ASSERT(Termination::partyOf(Fault::Upstream) == Termination::Party::Upstream);
    CPPUNIT_ASSERT(Termination::partyOf(Fault::Internal) == Termination::Party::Weir);
    CPPUNIT_ASSERT_EQUAL(std::string("-: -"), textOf({}));
  }

  void relaysSayWhoEndedThem() {
    using Why = RelayEnd::Why;
    expect("client:closed tunnel", {Why::Complete, RelaySide::Downstream});
    expect("upstream:closed tunnel", {Why::Complete, RelaySide::Upstream});
    expect("upstream:reset tunnel", {Why::Failed, RelaySide::Upstream, ECONNRESET});
    expect("client:idle_timeout tunnel", {Why::IdleTimeout, RelaySide::Downstream});
    expect("weir:out_of_memory tunnel", {Why::OutOfMemory});
    expect("weir:shutting_down tunnel", {Why::Closed});
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TerminationTest);

}  // namespace weir
