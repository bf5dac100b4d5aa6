// SPDX-License-Identifier: Apache-2.0
// Sections as a whole: repetition, inheritance (S-57), -g, and what sections must be to each other.
#include "tests/unit/shared/config/configured.h"

namespace weir::config {
namespace {

class LoaderTest : public Configured {
  CPPUNIT_TEST_SUITE(LoaderTest);
  CPPUNIT_TEST(aSingleValueTwiceIsAnError);
  CPPUNIT_TEST(aSectionMayBeWrittenInParts);
  CPPUNIT_TEST(valuesAreInherited);
  CPPUNIT_TEST(theOrderOfSectionsDoesNotMatter);
  CPPUNIT_TEST(returnAndProxyPassAreNotInherited);
  CPPUNIT_TEST(accessIsReplacedAsAWhole);
  CPPUNIT_TEST(accessLogsAreReplaced);
  CPPUNIT_TEST(headersAreMerged_S57);
  CPPUNIT_TEST(headersAreClearedByNone_S57);
  CPPUNIT_TEST(headersOfOneSectionAddUp);
  CPPUNIT_TEST(overridesWin);
  CPPUNIT_TEST(overrideErrors);
  CPPUNIT_TEST(userNeedsRoot);
  CPPUNIT_TEST(duplicateNames);
  CPPUNIT_TEST(upstreamsNeedServers);
  CPPUNIT_TEST(listenersOfSeveralServers);
  CPPUNIT_TEST(listenOptionsAgree);
  CPPUNIT_TEST(conflictingServerNamesAreAWarning);
  CPPUNIT_TEST_SUITE_END();

  static void expect(const std::string& wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

  static std::string shown(const std::vector<HeaderSetting>& headers) {
    std::string all;
    for (const auto& header : headers) all += header.name + "=" + header.value.text + " ";
    return all;
  }

  const HttpSettings& firstLocation(std::string text) {
    return good(std::move(text)).servers.at(0).locations.at(0).http;
  }

 public:
  void aSingleValueTwiceIsAnError() {
    expect("conf/weir.ini:3: \"pid\": it is already set at conf/weir.ini:2", complaint("[main]\npid = a\npid = b\n"));
    expect("conf/weir.ini:4: \"pid\": it is already set at conf/weir.ini:2",
           complaint("[main]\npid = a\n[main]\npid = b\n"));
    reset();
    write("conf/a.ini", "pid = a\n");
    load("[main]\ninclude = a.ini\npid = b\n");
    expect("conf/weir.ini:3: \"pid\": it is already set at conf/a.ini:1", said());
  }

  void aSectionMayBeWrittenInParts() {
    const auto& settings = good("[http]\nmax_headers = 5\n[main]\ndaemon = on\n[http]\nserver_tokens = on\n");
    CPPUNIT_ASSERT(settings.http.server_tokens && settings.main.daemon);
    CPPUNIT_ASSERT_EQUAL(5u, settings.http.max_headers);
  }

  void valuesAreInherited() {
    const auto& settings = good(
        "[http]\nsend_timeout = 1s\nproxy_read_timeout = 1s\nproxy_send_timeout = 1s\n"
        "[server a]\nproxy_read_timeout = 2s\nproxy_send_timeout = 2s\n"
        "[location /]\nproxy_send_timeout = 3s\n");
    const auto& location = settings.servers[0].locations[0].http;
    CPPUNIT_ASSERT(Milliseconds(1000) == location.send_timeout);
    CPPUNIT_ASSERT(Milliseconds(2000) == location.proxy_read_timeout);
    CPPUNIT_ASSERT(Milliseconds(3000) == location.proxy_send_timeout);
    CPPUNIT_ASSERT(Milliseconds(2000) == settings.servers[0].http.proxy_send_timeout);
    CPPUNIT_ASSERT(Milliseconds(1000) == settings.http.proxy_send_timeout);
  }

  void theOrderOfSectionsDoesNotMatter() {
    const auto& location = firstLocation("[server a]\n[location /]\n[http]\nsend_timeout = 1s\nadd_header = X 1\n");
    CPPUNIT_ASSERT(Milliseconds(1000) == location.send_timeout);
    expect("X=1 ", shown(location.add_header));
  }

  void returnAndProxyPassAreNotInherited() {
    const auto& settings =
        good("[server a]\nreturn = 404\n[location /]\nproxy_pass = http://127.0.0.1\n[location /b]\n");
    CPPUNIT_ASSERT_EQUAL(uint16_t{0}, settings.servers[0].locations[0].http.return_.code);
    CPPUNIT_ASSERT_EQUAL(uint16_t{404}, settings.servers[0].http.return_.code);
    expect("", settings.servers[0].locations[1].http.proxy_pass.text);
  }

  void accessIsReplacedAsAWhole() {
    const auto& settings = good(
        "[http]\nallow = 10.0.0.0/8\ndeny = all\n[server a]\n[location /]\n"
        "[location /b]\ndeny = 10.1.0.0/16\n");
    CPPUNIT_ASSERT_EQUAL(size_t{2}, settings.servers[0].locations[0].http.access.size());
    CPPUNIT_ASSERT_EQUAL(size_t{1}, settings.servers[0].locations[1].http.access.size());
  }

  void accessLogsAreReplaced() {
    const auto& settings = good(
        "[http]\naccess_log = a\naccess_log = b\n[server a]\n[location /]\naccess_log = c\n"
        "[location /b]\naccess_log = off\n");
    CPPUNIT_ASSERT_EQUAL(size_t{2}, settings.servers[0].http.access_log.size());
    expect("/weir/c", settings.servers[0].locations[0].http.access_log.at(0).path);
    CPPUNIT_ASSERT(settings.servers[0].locations[1].http.access_log.empty());
  }

  void headersAreMerged_S57() {
    const auto& location = firstLocation(
        "[http]\nadd_header = A 1\nadd_header = B 1\nproxy_set_header = H 1\n"
        "[server a]\nadd_header = b 2\n[location /]\nadd_header = C 3\n");
    expect("A=1 b=2 C=3 ", shown(location.add_header));
    expect("H=1 ", shown(location.proxy_set_header));
  }

  void headersAreClearedByNone_S57() {
    const char* above = "[http]\nadd_header = A 1\nadd_header = B 1\n[server a]\n[location /]\n";
    expect("B=1 ", shown(firstLocation(std::string(above) + "add_header = a none\n").add_header));
    reset();
    expect("C=1 ", shown(firstLocation(std::string(above) + "add_header = none\nadd_header = C 1\n").add_header));
    reset();
    expect("A=1 B=1 C=none ", shown(firstLocation(std::string(above) + "add_header = C 'none'\n").add_header));
  }

  void headersOfOneSectionAddUp() {
    const auto& location = firstLocation(
        "[http]\nadd_header = Link a\n[server a]\n[location /]\nadd_header = Link b\n"
        "add_header = Link c\n");
    expect("Link=b Link=c ", shown(location.add_header));
  }

  void overridesWin() {
    override("worker_processes = 3");
    override("error_log=stderr debug");
    const auto& main = good("[main]\nworker_processes = 5\n").main;
    CPPUNIT_ASSERT_EQUAL(3u, *main.worker_processes.value);
    expect("stderr", main.error_log.at(0).path);
  }

  void overrideErrors() {
    override("daemon");
    override("= on");
    override("deamon = on");
    override("daemon = x");
    override("listen = 80");
    load("[main]\n");
    expect(
        "-g: \"daemon\" is not \"name = value\"\n"
        "-g: \"= on\" is not \"name = value\"\n"
        "-g: unknown directive \"deamon\" in [main]; did you mean \"daemon\"?\n"
        "-g: \"daemon\": \"x\" is not \"on\" or \"off\"\n"
        "-g: \"listen\" is not allowed in [main]; it belongs in [metrics], [server], [stream]",
        said());
  }

  void userNeedsRoot() {
    asUser();
    CPPUNIT_ASSERT(load("[main]\nuser = www-data\n").main.user.user.empty());
    expect("conf/weir.ini:2: warning: \"user\" has no effect: weir was not started as root", said());
  }

  void duplicateNames() {
    expect("conf/weir.ini:3: [server a] is already there, at conf/weir.ini:1",
           complaint("[server a]\nlisten = 1\n[server a]\nlisten = 2\n"));
    expect("conf/weir.ini:3: [upstream u] is already there, at conf/weir.ini:1",
           complaint("[upstream u]\nserver = 127.0.0.1\n[upstream u]\nserver = 127.0.0.1\n"));
    expect("conf/weir.ini:3: location \"/\" is given twice in this server",
           complaint("[server a]\n[location /]\n[location /]\n"));
    expect("conf/weir.ini:3: location \"/\" is given twice in this server",
           complaint("[server a]\n[location /]\n[location ^~ /]\n"));
    expect("",
           complaint("[server a]\nlisten = 1\n[location /]\n[location = /]\n[server b]\nlisten = 2\n[location /]\n"));
  }

  void upstreamsNeedServers() {
    expect("conf/weir.ini:1: [upstream u] has no \"server\"", complaint("[upstream u]\nkeepalive = 1\n"));
    expect("conf/weir.ini:1: [upstream u] has no \"server\" that is not a backup",
           complaint("[upstream u]\nserver = 127.0.0.1 backup\n"));
  }

  void listenersOfSeveralServers() {
    expect("conf/weir.ini:3: a duplicate \"listen\" on 0.0.0.0:80",
           complaint("[server a]\nlisten = 80\nlisten = *:80\n"));
    expect("conf/weir.ini:4: a duplicate default_server for 0.0.0.0:80; the first is at conf/weir.ini:2",
           complaint("[server a]\nlisten = 80 default_server\n[server b]\nlisten = 80 default_server\n"));
    expect("conf/weir.ini:4: [metrics] listens on 127.0.0.1:80 too",
           complaint("[metrics]\nlisten = 127.0.0.1:80\n[server a]\nlisten = 127.0.0.1:80\n"));
  }

  void listenOptionsAgree() {
    const auto& servers = good(
                              "[server a]\nlisten = 80\n[server b]\nlisten = 80 default_server backlog=9 deferred\n"
                              "[server c]\nlisten = 80\n")
                              .servers;
    for (const auto& server : servers) CPPUNIT_ASSERT_EQUAL(9u, server.listen[0].backlog);
    CPPUNIT_ASSERT(!servers[0].listen[0].default_server && servers[1].listen[0].default_server);
    CPPUNIT_ASSERT_EQUAL(2u, servers[0].listen[0].origin.line);
    expect("conf/weir.ini:4: the options for 0.0.0.0:80 differ from those at conf/weir.ini:2",
           complaint("[server a]\nlisten = 80 backlog=5\n[server b]\nlisten = 80 backlog=6\n"));
  }

  void conflictingServerNamesAreAWarning() {
    expect("conf/weir.ini:4: warning: server name \"x\" belongs to another server, ignored",
           complaint("[server a]\nlisten = 80\nserver_name = x\n[server b]\nlisten = 80\nserver_name = x\n"));
    expect("", complaint("[server a]\nlisten = 80\nserver_name = x\n[server b]\nlisten = 81\nserver_name = x\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoaderTest);

}  // namespace
}  // namespace weir::config
