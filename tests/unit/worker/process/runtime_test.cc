// SPDX-License-Identifier: Apache-2.0
#include "worker/process/runtime.h"

#include "tests/unit/shared/config/configured.h"

namespace weir {

class RuntimeTest : public config::Configured {
  CPPUNIT_TEST_SUITE(RuntimeTest);
  CPPUNIT_TEST(listenersAreByAddress);
  CPPUNIT_TEST(theMarkedServerIsTheDefault);
  CPPUNIT_TEST(upstreamsAreConfiguredAndImplied);
  CPPUNIT_TEST(whatDoesNotCompileIsSaid);
  CPPUNIT_TEST(ownsItsSettings);
  CPPUNIT_TEST_SUITE_END();

  Ref<Runtime> compile(std::string text) {
    good(std::move(text));
    return makeRef<Runtime>(std::move(settings_), diagnostics_, nullptr, nullptr);
  }
  static std::string server(const Runtime& runtime, const std::string& address, std::string_view host) {
    Captures captures;
    return runtime.listeners().at(address).find(host, captures).name();
  }
  static void same(std::string wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void listenersAreByAddress() {
    auto runtime = compile(
        "[server a]\nlisten = 127.0.0.1:8081\nlisten = 127.0.0.1:8082\nserver_name = a.example\n"
        "[server b]\nlisten = 127.0.0.1:8082\nserver_name = b.example\n");
    CPPUNIT_ASSERT_EQUAL(size_t{2}, runtime->listeners().size());
    same("a", server(*runtime, "127.0.0.1:8081", "b.example"));
    same("b", server(*runtime, "127.0.0.1:8082", "b.example"));
    same("a", server(*runtime, "127.0.0.1:8082", "unknown"));
  }

  void theMarkedServerIsTheDefault() {
    auto runtime = compile(
        "[server a]\nlisten = 127.0.0.1:8081\nserver_name = a.example\n"
        "[server b]\nlisten = 127.0.0.1:8081 default_server\nserver_name = b.example\n");
    same("b", server(*runtime, "127.0.0.1:8081", "unknown"));
  }

  void upstreamsAreConfiguredAndImplied() {
    auto runtime = compile(
        "[upstream app]\nserver = 127.0.0.1:1\n[server a]\nlisten = 127.0.0.1:8081\n"
        "[location /a]\nproxy_pass = http://app\n[location /b]\nproxy_pass = http://127.0.0.1:9\n");
    auto all = runtime->allUpstreams();
    CPPUNIT_ASSERT_EQUAL(size_t{2}, all.size());
    same("app", all[0].name);
    same("127.0.0.1:9", all[1].name);
  }

  void whatDoesNotCompileIsSaid() {
    compile("[server a]\nlisten = 127.0.0.1:8081\n[location ~ (]\nreturn = 200 x\n");
    CPPUNIT_ASSERT(diagnostics_.hasErrors());
  }

  void ownsItsSettings() {
    auto runtime = compile("[server a]\nlisten = 127.0.0.1:8081\n");
    CPPUNIT_ASSERT(settings_ == nullptr);
    same("a", runtime->settings().servers.at(0).name);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RuntimeTest);

}  // namespace weir
