// SPDX-License-Identifier: Apache-2.0
#include "worker/net/resolver.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/dns_server.h"

namespace weir {
namespace {

struct Asker : Resolver::Query::Owner {
  void onResolved(Resolver::Query&, const Resolution& resolution) override {
    ++answers;
    last = resolution;
    if (ends_query) query.reset();
    if (resolver != nullptr && !next.empty()) resolver->resolve(std::exchange(next, {}), *query);
  }

  std::optional<Resolver::Query> query{std::in_place, *this};
  Resolution last;
  int answers = 0;
  bool ends_query = false;
  Resolver* resolver = nullptr;
  std::string next;  // asked from within the answer
};

std::string join(const std::vector<Address>& addresses) {
  std::string text;
  for (const Address& address : addresses) text += (text.empty() ? "" : " ") + address.ipString();
  return text;
}

}  // namespace

class ResolverTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ResolverTest);
  CPPUNIT_TEST(bothFamiliesAndTheLeastTtl);
  CPPUNIT_TEST(oneFamilyMayBeMissing);
  CPPUNIT_TEST(familyThatIsOffIsNotAsked);
  CPPUNIT_TEST(validOverridesTheTtl);
  CPPUNIT_TEST(followsAnAliasThatOneFamilyLacks);
  CPPUNIT_TEST(duplicatesAreDropped);
  CPPUNIT_TEST(noSuchNameIsDefinitive);
  CPPUNIT_TEST(noAddressIsDefinitive);
  CPPUNIT_TEST(serverFailureIsTemporary);
  CPPUNIT_TEST(silenceIsTemporary);
  CPPUNIT_TEST(nobodyThereIsTemporary);
  CPPUNIT_TEST(halfAFailureIsNotNoSuchName);
  CPPUNIT_TEST(halfAnAnswerIsAnAnswer);
  CPPUNIT_TEST(secondServerAnswersForASilentFirst);
  CPPUNIT_TEST(truncatedComesByTcp);
  CPPUNIT_TEST(hostsFile);
  CPPUNIT_TEST(localhostIsTheLoopback);
  CPPUNIT_TEST(literalsAreTheirOwnAnswer);
  CPPUNIT_TEST(impossibleNames);
  CPPUNIT_TEST(cancelledIsSilent);
  CPPUNIT_TEST(mayEndInItsAnswer);
  CPPUNIT_TEST(mayAskAgainInItsAnswer);
  CPPUNIT_TEST(manyAtOnce);
  CPPUNIT_TEST(resolverThatEndsAnswersWhoWaits);
  CPPUNIT_TEST(theSystemsServersToo);
  CPPUNIT_TEST_SUITE_END();

  DnsServer server_;
  EventLoop loop_;
  ResolverSetting setting_;
  std::optional<Resolver> resolver_;
  Asker asker_;

  void make(Resolver::Patience patience = {Milliseconds{2000}, 2}) { resolver_.emplace(loop_, setting_, patience); }
  void ask(const std::string& name) {
    if (!resolver_) make();
    int before = asker_.answers;
    resolver_->resolve(name, *asker_.query);
    CPPUNIT_ASSERT_EQUAL(before, asker_.answers);
    CPPUNIT_ASSERT(asker_.query->running());
    CPPUNIT_ASSERT(turnUntil(loop_, [&] { return asker_.answers > before; }));
    CPPUNIT_ASSERT_EQUAL(before + 1, asker_.answers);
  }
  void assertFound(const std::string& addresses, int ttl) {
    CPPUNIT_ASSERT_EQUAL(std::string(), asker_.last.text);
    CPPUNIT_ASSERT(asker_.last.status == ResolveStatus::Found);
    CPPUNIT_ASSERT_EQUAL(addresses, join(asker_.last.addresses));
    CPPUNIT_ASSERT_EQUAL(ttl, static_cast<int>(asker_.last.ttl.count()));
  }
  void assertNot(ResolveStatus status) {
    CPPUNIT_ASSERT(asker_.last.status == status);
    CPPUNIT_ASSERT(asker_.last.addresses.empty());
    CPPUNIT_ASSERT(!asker_.last.text.empty());
  }

 public:
  void setUp() override { setting_.servers = {server_.address()}; }

  void bothFamiliesAndTheLeastTtl() {
    ask("both.test");
    assertFound("10.0.0.1 10.0.0.2 fd00::1", 60);
    CPPUNIT_ASSERT_EQUAL(2, server_.datagrams());
  }

  void oneFamilyMayBeMissing() {
    ask("v4only.test");
    assertFound("10.0.0.3", 30);
    ask("v6only.test");
    assertFound("fd00::3", 30);
  }

  void familyThatIsOffIsNotAsked() {
    setting_.ipv6 = false;
    ask("both.test");
    assertFound("10.0.0.1 10.0.0.2", 60);
    CPPUNIT_ASSERT_EQUAL(1, server_.datagrams());
    ask("fd00::9");
    assertNot(ResolveStatus::NotFound);
  }

  void validOverridesTheTtl() {
    setting_.valid = Milliseconds{7000};
    ask("both.test");
    assertFound("10.0.0.1 10.0.0.2 fd00::1", 7);
  }

  void followsAnAliasThatOneFamilyLacks() {
    ask("alias.test");
    CPPUNIT_ASSERT(asker_.last.status == ResolveStatus::Found);
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.3"), join(asker_.last.addresses));
  }

  void duplicatesAreDropped() {
    ask("twice.test");
    assertFound("10.0.0.5", 9);
  }

  void noSuchNameIsDefinitive() {
    ask("missing.test");
    assertNot(ResolveStatus::NotFound);
  }

  void noAddressIsDefinitive() {
    ask("empty.test");
    assertNot(ResolveStatus::NotFound);
  }

  void serverFailureIsTemporary() {
    make({Milliseconds{100}, 1});
    ask("servfail.test");
    assertNot(ResolveStatus::Temporary);
    ask("refused.test");
    assertNot(ResolveStatus::Temporary);
  }

  void silenceIsTemporary() {
    make({Milliseconds{50}, 2});
    Instant begun = monotonicNow();
    ask("silent.test");
    assertNot(ResolveStatus::Temporary);
    auto took = monotonicNow() - begun;
    CPPUNIT_ASSERT(took >= Milliseconds{100} && took < Milliseconds{2000});
    CPPUNIT_ASSERT_EQUAL(4, server_.datagrams());  // two families, two tries
  }

  void nobodyThereIsTemporary() {
    setting_.servers = {*Address::parse("127.0.0.1:1")};
    make({Milliseconds{50}, 1});
    ask("both.test");
    assertNot(ResolveStatus::Temporary);
  }

  // S-24: a server failure keeps what is known; "no such name" would empty it.
  void halfAFailureIsNotNoSuchName() {
    make({Milliseconds{100}, 1});
    ask("v4broken.test");
    assertNot(ResolveStatus::Temporary);
  }

  void halfAnAnswerIsAnAnswer() {
    make({Milliseconds{100}, 1});
    ask("v6broken.test");
    assertFound("10.0.0.4", 30);
  }

  void secondServerAnswersForASilentFirst() {
    Fd silent(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    socklen_t size = Address::parse("127.0.0.1:0")->toSockaddr(storage);
    CPPUNIT_ASSERT(::bind(silent.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0);
    setting_.servers = {Address::local(silent.get()), server_.address()};
    make({Milliseconds{50}, 2});
    ask("v4only.test");
    assertFound("10.0.0.3", 30);
  }

  void truncatedComesByTcp() {
    ask("big.test");
    CPPUNIT_ASSERT_EQUAL(size_t{100}, asker_.last.addresses.size());
    CPPUNIT_ASSERT_EQUAL(std::string("10.1.0.100"), asker_.last.addresses.back().ipString());
    CPPUNIT_ASSERT_EQUAL(1, server_.connections());
  }

  // The file's first name that is not special; a system without any has nothing to show.
  void hostsFile() {
    std::ifstream file("/etc/hosts");
    std::string address, name;
    for (std::string line; name.empty() && std::getline(file, line);) {
      std::istringstream words(line);
      if (words >> address && address.starts_with("127.")) words >> name;
      if (name.starts_with("localhost")) name.clear();
    }
    if (name.empty()) return;
    setting_.ipv6 = false;
    ask(name);
    CPPUNIT_ASSERT(asker_.last.status == ResolveStatus::Found);
    CPPUNIT_ASSERT(join(asker_.last.addresses).find(address) != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(0, server_.datagrams());
  }

  // RFC 6761 6.3
  void localhostIsTheLoopback() {
    ask("localhost");
    assertFound("127.0.0.1 ::1", 0);
    setting_.ipv6 = false;
    make();
    ask("LocalHost");
    assertFound("127.0.0.1", 0);
    CPPUNIT_ASSERT_EQUAL(0, server_.datagrams());
  }

  void literalsAreTheirOwnAnswer() {
    ask("192.0.2.7");
    assertFound("192.0.2.7", 0);
    ask("fd00::7");
    assertFound("fd00::7", 0);
    CPPUNIT_ASSERT_EQUAL(0, server_.datagrams());
  }

  void impossibleNames() {
    for (const std::string& name :
         {std::string(), std::string("a..b"), std::string(300, 'x'), std::string(64, 'y') + ".test"}) {
      ask(name);
      assertNot(ResolveStatus::NotFound);
    }
  }

  void cancelledIsSilent() {
    make();
    resolver_->resolve("both.test", *asker_.query);
    asker_.query->cancel();
    CPPUNIT_ASSERT(!asker_.query->running());
    resolver_->resolve("both.test", *asker_.query);
    asker_.query.reset();
    asker_.query.emplace(asker_);
    ask("v4only.test");
    assertFound("10.0.0.3", 30);
    CPPUNIT_ASSERT_EQUAL(1, asker_.answers);
  }

  void mayEndInItsAnswer() {
    asker_.ends_query = true;
    make();
    resolver_->resolve("both.test", *asker_.query);
    CPPUNIT_ASSERT(turnUntil(loop_, [&] { return asker_.answers == 1; }));
    CPPUNIT_ASSERT(!asker_.query);
  }

  void mayAskAgainInItsAnswer() {
    make();
    asker_.resolver = &*resolver_;
    asker_.next = "v6only.test";
    resolver_->resolve("v4only.test", *asker_.query);
    CPPUNIT_ASSERT(turnUntil(loop_, [&] { return asker_.answers == 2; }));
    assertFound("fd00::3", 30);
  }

  void manyAtOnce() {
    make();
    std::vector<std::unique_ptr<Asker>> askers;
    for (int i = 0; i < 100; ++i) {
      askers.push_back(std::make_unique<Asker>());
      resolver_->resolve(i % 2 == 0 ? "both.test" : "missing.test", *askers.back()->query);
    }
    auto all = [&] {
      for (auto& asker : askers)
        if (asker->answers == 0) return false;
      return true;
    };
    CPPUNIT_ASSERT(turnUntil(loop_, all));
    for (size_t i = 0; i < askers.size(); ++i)
      CPPUNIT_ASSERT_EQUAL(i % 2 == 0 ? size_t{3} : size_t{0}, askers[i]->last.addresses.size());
  }

  void resolverThatEndsAnswersWhoWaits() {
    make();
    resolver_->resolve("silent.test", *asker_.query);
    loop_.turn(Milliseconds{1});
    resolver_.reset();
    CPPUNIT_ASSERT(turnUntil(loop_, [&] { return asker_.answers == 1; }));
    assertNot(ResolveStatus::Temporary);
  }

  // Whatever resolv.conf holds here, making one works, and a hosts file needs no server.
  void theSystemsServersToo() {
    setting_.servers.clear();
    hostsFile();
    ask("localhost");
    CPPUNIT_ASSERT(asker_.last.status == ResolveStatus::Found);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ResolverTest);

}  // namespace weir
