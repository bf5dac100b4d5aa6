// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"

namespace weir {
namespace {

class AccessTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AccessTest);
  CPPUNIT_TEST(theFirstMatchDecides);
  CPPUNIT_TEST(aRefusedRequestReachesNobody);
  CPPUNIT_TEST(theClientBehindATrustedHopCounts_S28);
  CPPUNIT_TEST(aForgedAddressDoesNotHelp_S28);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;

  std::string status(const std::string& rules, const std::string& fields = "") {
    site_->serve("[location /]\n" + rules + "return = 200 in\n");
    return statusOf(site_->get("/", fields));
  }
  static void same(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }

 public:
  void setUp() override { site_.emplace(); }
  void tearDown() override { site_.reset(); }

  void theFirstMatchDecides() {
    same("200", status(""));
    same("403", status("deny = all\n"));
    same("200", status("allow = 127.0.0.1\ndeny = all\n"));
    same("403", status("deny = 127.0.0.0/8\nallow = all\n"));
    same("200", status("deny = 192.0.2.0/24\n"));
  }

  void aRefusedRequestReachesNobody() {
    Backend app(site_->loop);
    site_->serve("[location /]\ndeny = all\nproxy_pass = http://" + app.address() + "\n");
    same("403", statusOf(site_->get("/")));
    CPPUNIT_ASSERT(app.isAlone());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site_->sum(Metric::HttpAbortsTotal, {"client", "request", "forbidden"}));
  }

  void theClientBehindATrustedHopCounts_S28() {
    std::string rules = "set_real_ip_from = 127.0.0.0/8\nreal_ip_header = X-Forwarded-For\n";
    site_->load("[http]\n" + rules + "[server main]\n" + ServedSite::kListen +
                "[location /]\ndeny = 192.0.2.0/24\nreturn = 200 in\n");
    same("403", statusOf(site_->get("/", "X-Forwarded-For: 192.0.2.1\r\n")));
    same("200", statusOf(site_->get("/", "X-Forwarded-For: 198.51.100.1\r\n")));
  }

  void aForgedAddressDoesNotHelp_S28() {
    same("403", status("allow = 192.0.2.1\ndeny = all\n", "X-Forwarded-For: 192.0.2.1\r\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessTest);

}  // namespace
}  // namespace weir
