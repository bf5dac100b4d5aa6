// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "shared/config/scope.h"
#include "tests/unit/shared/config/configured.h"

namespace weir::config {
namespace {

// Every value of every section, by the table: equal for equal Settings.
class Dump {
 public:
  explicit Dump(Settings& settings) {
    OwnLines none;
    add(scopeOf(settings.main, none));
    add(scopeOf(settings.metrics, none));
    add(scopeOf(settings, none));
    for (auto& upstream : settings.upstreams) add(scopeOf(upstream, none), upstream.name);
    for (auto& server : settings.servers) {
      add(scopeOf(server, none), server.name);
      for (auto& location : server.locations) add(scopeOf(location, none), location.name);
    }
  }

  const std::string& text() const { return text_; }

 private:
  void add(const Scope& scope, const std::string& label = "") {
    text_ += "[" + label + "]\n";
    for (const auto& directive : directives()) {
      if (!directive.contexts.has(scope.context) || directive.field.owner == Owner::None) continue;
      std::vector<PrintedLine> lines;
      directive.field.print(scope.owner(directive), lines);
      for (const auto& line : lines) text_.append(directive.name).append(" = ").append(line.value) += '\n';
    }
  }

  std::string text_;
};

constexpr const char* kEverything = R"([main]
user = www-data adm
worker_processes = 2
worker_cpu_affinity = auto 1101
worker_priority = -5
resolver = 127.0.0.1 valid=10s ipv6=off
[metrics]
listen = 9145
deny = 10.0.0.1
allow = 10.0.0.0/8
[http]
log_format = odd escape=json ' "quoted" \'$status\' # \\'
access_log = "logs/with blank.log" odd buffer=8k flush=1m if=$x
access_log = stdout
add_header = A 'a "b"' always
add_header = B b
proxy_redirect = http://a/ "/b c/"
keepalive_timeout = 10s 20s
set_real_ip_from = ::1
proxy_bind = 127.0.0.2
proxy_next_upstream = off
[upstream u]
server = unix:run/u.sock weight=3 backup
server = name.example:81 max_conns=5 down
server = 127.0.0.1
least_conn = on
[server one]
listen = 80 default_server deferred so_keepalive=on
listen = [::]:80 ipv6only=off
server_name = a.example ~^(\d+)\.example$ ""
server_name = *.b.example
return = 200 "multiple\nlines\n"
add_header = A none
[location /]
proxy_pass = http://u
proxy_set_header = X "none"
proxy_set_header = Y ""
access_log = off
[location = /exact]
return = https://example.com/
[location regex]
match = ~* "^/a b/[0-9]+\.png$"
internal = on
allow = all
[server two]
[location @named]
lingering_close = always
add_header = none
)";

class ExplainTest : public Configured {
  CPPUNIT_TEST_SUITE(ExplainTest);
  CPPUNIT_TEST(givesTheSameSettings);
  CPPUNIT_TEST(saysWhereEachLineComesFrom);
  CPPUNIT_TEST(showsWhatIsInherited);
  CPPUNIT_TEST(showsMergedListsWhole);
  CPPUNIT_TEST(everyExampleGivesTheSameSettings);
  CPPUNIT_TEST_SUITE_END();

  std::string explained() {
    Diagnostics diagnostics;
    return explainBundle(bundle_, diagnostics);
  }

  bool shows(const std::string& part) { return explained().find(part) != std::string::npos; }

  void expectSameSettingsAgain() {
    CPPUNIT_ASSERT_EQUAL(std::string(), said());
    auto before = Dump(*settings_).text();
    auto text = explained();
    auto files = std::move(bundle_.files);
    reset();
    for (auto& file : files)
      if (file.path != bundle_.main_path) bundle_.files.push_back(std::move(file));
    load(text);
    CPPUNIT_ASSERT_EQUAL(std::string(), said());
    CPPUNIT_ASSERT_EQUAL(before, Dump(*settings_).text());
  }

 public:
  void givesTheSameSettings() {
    load(kEverything);
    expectSameSettingsAgain();
  }

  void saysWhereEachLineComesFrom() {
    write("conf/more.ini", "keepalive_time = 2h\n");
    override("daemon = on");
    load("[http]\nmax_headers = 5\ninclude = more.ini\n");
    CPPUNIT_ASSERT(shows("# -g\ndaemon = on\n"));
    CPPUNIT_ASSERT(shows("# conf/weir.ini:2\nmax_headers = 5\n# default\nclient_max_body_size = 1m\n"));
    CPPUNIT_ASSERT(shows("# conf/more.ini:1\nkeepalive_time = 2h\n"));
    CPPUNIT_ASSERT(shows("# default\nuser = nobody\nworker_processes = auto\n"));
  }

  void showsWhatIsInherited() {
    load("[http]\nsend_timeout = 1s\n[server a]\nlisten = 1\n[location /]\nproxy_pass = http://127.0.0.1\n");
    CPPUNIT_ASSERT(
        shows("[server a]\n# conf/weir.ini:4\nlisten = 0.0.0.0:1\n# conf/weir.ini:2\nsend_timeout = 1s\n\n"
              "[location /]\n# default\ninternal = off\n# conf/weir.ini:2\nsend_timeout = 1s\n"
              "# conf/weir.ini:6\nproxy_pass = http://127.0.0.1\n"));
  }

  void showsMergedListsWhole() {
    load("[http]\nadd_header = A 1\n[server a]\nadd_header = B 2\n");
    CPPUNIT_ASSERT(
        shows("# conf/weir.ini:4\nadd_header = none\n# conf/weir.ini:2\nadd_header = A \"1\"\n"
              "# conf/weir.ini:4\nadd_header = B \"2\"\n"));
  }

  void everyExampleGivesTheSameSettings() {
    int examples = 0;
    for (const auto& entry : std::filesystem::directory_iterator("conf")) {
      if (entry.path().extension() != ".ini") continue;
      std::ifstream file(entry.path());
      reset();
      for (const char* name : {"example.com.pem", "example.com.key", "internal-ca.pem"})
        write(std::string("tls/") + name, "looked at by workers only");
      load({std::istreambuf_iterator<char>(file), {}});
      expectSameSettingsAgain();
      ++examples;
    }
    CPPUNIT_ASSERT_MESSAGE("run the tests from the root of the source", examples >= 8);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExplainTest);

}  // namespace
}  // namespace weir::config
