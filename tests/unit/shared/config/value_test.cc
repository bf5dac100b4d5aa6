// SPDX-License-Identifier: Apache-2.0
// What each type of value makes of a line: right ones as settings, wrong ones as a table of messages.
#include <array>

#include "tests/unit/shared/config/configured.h"

namespace weir::config {
namespace {

struct Wrong {
  std::string_view section;
  std::string_view line;
  std::string_view message;
};

constexpr std::array kWrong{
    // switches, numbers, sizes, times
    Wrong{"[main]", "daemon = yes", "\"daemon\": \"yes\" is not \"on\" or \"off\""},
    Wrong{"[main]", "daemon =", "\"daemon\": a value is missing"},
    Wrong{"[main]", "daemon = on off", "\"daemon\": takes 1 argument, not 2"},
    Wrong{"[main]", "worker_processes = 0", "\"worker_processes\": 0 is out of range: it must be at least 1"},
    Wrong{"[main]", "worker_processes = 1025", "\"worker_processes\": 1025 is out of range: it must be at most 1024"},
    Wrong{"[main]", "worker_processes = many", "\"worker_processes\": \"many\" is not a number"},
    Wrong{"[main]", "worker_connections = 1", "\"worker_connections\": 1 is out of range: it must be at least 16"},
    Wrong{"[http]", "max_headers = -1", "\"max_headers\": \"-1\" is not a number"},
    Wrong{"[http]", "keepalive_requests = 99999999999",
          "\"keepalive_requests\": 99999999999 is out of range: it must be at most 1000000000"},
    Wrong{"[http]", "client_max_body_size = 1x",
          "\"client_max_body_size\": \"1x\" is not a size (such as 512, 8k, 1m, 2g)"},
    Wrong{"[http]", "client_max_body_size = 99999999999g",
          "\"client_max_body_size\": \"99999999999g\" is not a size (such as 512, 8k, 1m, 2g)"},
    Wrong{"[http]", "proxy_buffer_size = 512", "\"proxy_buffer_size\": 512 is out of range: it must be at least 1k"},
    Wrong{"[http]", "proxy_buffer_size = 17m", "\"proxy_buffer_size\": 17m is out of range: it must be at most 16m"},
    Wrong{"[http]", "send_timeout = 10sec",
          "\"send_timeout\": \"10sec\" is not a time (such as 500ms, 10s, 5m, 1h, 1d)"},
    Wrong{"[http]", "send_timeout = 0", "\"send_timeout\": 0 is out of range: it must be at least 1ms"},
    Wrong{"[http]", "send_timeout = 2y", "\"send_timeout\": 2y is out of range: it must be at most 365d"},
    // [main]
    Wrong{"[main]", "error_log = x loud",
          "\"error_log\": \"loud\" is not a level (debug, info, notice, warn, error, crit, alert, emerg)"},
    Wrong{"[main]", "worker_priority = 20", "\"worker_priority\": \"20\" is not a number from -20 to 19"},
    Wrong{"[main]", "worker_priority = -21", "\"worker_priority\": \"-21\" is not a number from -20 to 19"},
    Wrong{"[main]", "worker_priority = -", "\"worker_priority\": \"-\" is not a number from -20 to 19"},
    Wrong{"[main]", "worker_cpu_affinity = 012",
          "\"worker_cpu_affinity\": \"012\" is not a mask of CPUs (such as 0101)"},
    Wrong{"[main]", "worker_cpu_affinity = 01 00",
          "\"worker_cpu_affinity\": \"00\" is not a mask of CPUs (such as 0101)"},
    Wrong{"[main]", "worker_cpu_affinity = auto 01 10", "\"worker_cpu_affinity\": takes at most 2 arguments, not 3"},
    Wrong{"[main]", "error_log = x error json more", "\"error_log\": takes at most 3 arguments, not 4"},
    Wrong{"[main]", "error_log = x error xml", "\"error_log\": \"xml\" is not \"json\""},
    Wrong{"[main]", "error_log = $host.log",
          "\"error_log\": \"$host.log\" holds a variable: weir opens logs when it starts and at a reload"},
    Wrong{"[main]", "error_log = \"\"", "\"error_log\": \"\" is not a file, \"stderr\" or \"syslog:\""},
    Wrong{"[main]", "error_log = syslog:server=example.com",
          "\"error_log\": \"server=example.com\" is not the address of a syslog server, or unix:path"},
    Wrong{"[main]", "error_log = syslog:server=*:514",
          "\"error_log\": \"server=*:514\" is not the address of a syslog server, or unix:path"},
    Wrong{"[main]", "error_log = syslog:", "\"error_log\": syslog needs \"server=\""},
    Wrong{"[main]", "error_log = syslog:facility=local8,server=127.0.0.1",
          "\"error_log\": \"facility=local8\" is not a facility of syslog"},
    Wrong{"[main]", "error_log = syslog:server=127.0.0.1,severity=loud",
          "\"error_log\": \"severity=loud\" is not a severity of syslog"},
    Wrong{"[main]", "error_log = syslog:server=127.0.0.1,tag=a-b",
          "\"error_log\": \"tag=a-b\" is not a tag: up to 32 letters, digits and underscores"},
    Wrong{"[main]", "error_log = syslog:server=127.0.0.1,hostname",
          "\"error_log\": \"hostname\" is not a parameter of syslog"},
    Wrong{"[main]", "pid = \"\"", "\"pid\": the path is empty"},
    Wrong{"[main]", "user = a b c", "\"user\": takes at most 2 arguments, not 3"},
    Wrong{"[main]", "resolver = dns.example.com",
          "\"resolver\": \"dns.example.com\" is not the address of a name server"},
    Wrong{"[main]", "resolver = 127.0.0.1 ipv4=off ipv6=off", "\"resolver\": ipv4 and ipv6 cannot both be off"},
    Wrong{"[main]", "resolver = 127.0.0.1 vaild=10s",
          "\"resolver\": unknown parameter \"vaild=10s\"; did you mean \"valid=\"?"},
    Wrong{"[main]", "resolver = valid=10s", "\"resolver\": names no server"},
    // listen, access
    Wrong{"[server a]", "listen = 0",
          "\"listen\": \"0\" is not an address to listen on (such as 8080, 127.0.0.1:8080, [::1]:80, unix:/path)"},
    Wrong{"[server a]", "listen = 70000",
          "\"listen\": \"70000\" is not an address to listen on (such as 8080, 127.0.0.1:8080, [::1]:80, unix:/path)"},
    Wrong{"[server a]", "listen = localhost:80",
          "\"listen\": \"localhost:80\" is not an address to listen on (such as 8080, 127.0.0.1:8080, [::1]:80, "
          "unix:/path)"},
    Wrong{"[server a]", "listen = 80 http2", "\"listen\": \"http2\" is not supported by this version of weir"},
    Wrong{"[server a]", "listen = 80 quic", "\"listen\": \"quic\" is not supported by this version of weir"},
    Wrong{"[server a]", "listen = 80 defered", "\"listen\": unknown parameter \"defered\"; did you mean \"deferred\"?"},
    Wrong{"[server a]", "listen = 80 backlg=5",
          "\"listen\": unknown parameter \"backlg=5\"; did you mean \"backlog=\"?"},
    Wrong{"[server a]", "listen = 80 backlog=0",
          "\"listen\": \"backlog=0\" is not a number from 1 to 1000000 behind its \"=\""},
    Wrong{"[server a]", "listen = 80 rcvbuf=x", "\"listen\": \"rcvbuf=x\" is not a size from 1 to 1g behind its \"=\""},
    Wrong{"[server a]", "listen = 80 ipv6only=on", "\"listen\": \"ipv6only\" needs an IPv6 address"},
    Wrong{"[server a]", "listen = 80 so_keepalive=::",
          "\"listen\": \"so_keepalive=::\" is not \"so_keepalive=\" with on, off or [keepidle]:[keepintvl]:[keepcnt]"},
    Wrong{"[metrics]", "path = metrics", "\"path\": \"metrics\" is not a path that begins with \"/\""},
    Wrong{"[http]", "allow = example.com",
          "\"allow\": \"example.com\" is not an address, a network (10.0.0.0/8), \"unix:\" or \"all\""},
    Wrong{"[http]", "deny = 10.0.0.0/33",
          "\"deny\": \"10.0.0.0/33\" is not an address, a network (10.0.0.0/8), \"unix:\" or \"all\""},
    // names
    Wrong{"[server a]", "server_name = a*b.example",
          "\"server_name\": \"a*b.example\" is not a server name, a wildcard (*.example.com) or a ~pattern"},
    Wrong{"[server a]", "server_name = ~", "\"server_name\": \"~\" has no pattern"},
    Wrong{"[server a]", "server_name =", "\"server_name\": a value is missing"},
    Wrong{"[http]", "default_type = html", "\"default_type\": \"html\" is not a media type"},
    Wrong{"[http]", "real_ip_header = X Y", "\"real_ip_header\": takes 1 argument, not 2"},
    Wrong{"[http]", "proxy_hide_header = X:", "\"proxy_hide_header\": \"X:\" is not the name of a header field"},
    Wrong{"[http]", "proxy_method = \"GE T\"", "\"proxy_method\": \"GE T\" is not a method"},
    Wrong{"[http]", "proxy_bind = unix:/x", "\"proxy_bind\": \"unix:/x\" is not an address to connect from"},
    // headers and logs
    Wrong{"[http]", "add_header = X", "\"add_header\": takes at least 2 arguments, not 1"},
    Wrong{"[http]", "add_header = X: y", "\"add_header\": \"X:\" is not the name of a header field"},
    Wrong{"[http]", "add_header = X: none", "\"add_header\": \"X:\" is not the name of a header field"},
    Wrong{"[http]", "add_header = X \"a\\r\\nY: b\"", "\"add_header\": the value holds a control character"},
    Wrong{"[http]", "log_format = x", "\"log_format\": takes at least 2 arguments, not 1"},
    Wrong{"[http]", "log_format = x escape=xml y",
          "\"log_format\": \"escape=xml\" is not \"escape=\" with default, json or none"},
    Wrong{"[http]", "log_format = x escape=json", "\"log_format\": the format is missing"},
    Wrong{"[http]", "access_log = x cobined",
          "\"access_log\": unknown log_format \"cobined\"; did you mean \"combined\"?"},
    Wrong{"[http]", "access_log = x buffer=1",
          "\"access_log\": \"buffer=1\" is not \"buffer=\" with a size from 512 to 64m"},
    Wrong{"[http]", "access_log = x combined flush=0", "\"access_log\": \"flush=0\" is not \"flush=\" with a time"},
    Wrong{"[http]", "access_log = x combined gzip=9",
          "\"access_log\": \"gzip\" is not supported by this version of weir"},
    Wrong{"[http]", "access_log = x combined foo", "\"access_log\": unknown parameter \"foo\""},
    Wrong{"[http]", "access_log = off x", "\"access_log\": \"off\" takes no parameters"},
    Wrong{"[http]", "access_log = /logs/$host.log",
          "\"access_log\": \"/logs/$host.log\" holds a variable: weir opens logs when it starts and at a reload"},
    Wrong{"[http]", "access_log = syslog:server=127.0.0.1 combined buffer=8k",
          "\"access_log\": messages to syslog cannot be buffered"},
    // requests and answers
    Wrong{"[http]", "large_client_header_buffers = 4", "\"large_client_header_buffers\": takes 2 arguments, not 1"},
    Wrong{"[http]", "large_client_header_buffers = 0 8k",
          "\"large_client_header_buffers\": \"0\" is not a number of buffers from 1 to 1024"},
    Wrong{"[http]", "large_client_header_buffers = 4 8",
          "\"large_client_header_buffers\": \"8\" is not a size from 512 to 16m"},
    Wrong{"[http]", "keepalive_timeout = 75s x",
          "\"keepalive_timeout\": \"x\" is not a time for the Keep-Alive header"},
    Wrong{"[http]", "lingering_close = never", "\"lingering_close\": \"never\" is not \"off\", \"on\" or \"always\""},
    Wrong{"[server a]", "return = 700", "\"return\": 700 is out of range: a status is 200 to 599"},
    Wrong{"[server a]", "return = 301", "\"return\": 301 needs the URL to redirect to"},
    Wrong{"[server a]", "return = 302 \"/a\\r\\nSet-Cookie: x\"", "\"return\": \"/a\r\nSet-Cookie: x\" is not a URL"},
    Wrong{"[server a]", "return = 444 x", "\"return\": 444 closes the connection and takes no text"},
    Wrong{"[server a]", "return = hello",
          "\"return\": \"hello\" is not a status, nor a URL that begins with http://, https:// or $scheme"},
    Wrong{"[server a]", "return = 200 two words", "\"return\": takes at most 2 arguments, not 3"},
    // proxying
    Wrong{"[http]", "proxy_next_upstream = eror",
          "\"proxy_next_upstream\": unknown condition \"eror\"; did you mean \"error\"?"},
    Wrong{"[http]", "proxy_next_upstream = off error",
          "\"proxy_next_upstream\": \"off\" cannot stand beside other conditions"},
    Wrong{"[http]", "proxy_redirect = on",
          "\"proxy_redirect\": \"on\" is not \"default\", \"off\" or REDIRECT REPLACEMENT"},
    Wrong{"[http]", "proxy_http_version = 2",
          "\"proxy_http_version\": \"2\" is not supported, only \"1.1\": The protocol spoken to servers; there is no "
          "other "
          "by now."},
    Wrong{"[http]", "proxy_request_buffering = on",
          "\"proxy_request_buffering\": \"on\" is not supported, only \"off\": Request bodies are streamed to servers, "
          "never stored first."},
    Wrong{"[http]", "proxy_pass = http://x",
          "\"proxy_pass\" is not allowed in [http]; it belongs in [location], [stream]"},
    Wrong{"[http]", "listen = 80", "\"listen\" is not allowed in [http]; it belongs in [metrics], [server], [stream]"},
    Wrong{"[http]", "proxy_pas = http://x", "unknown directive \"proxy_pas\" in [http]"},
    Wrong{"[http]", "sever_tokens = on",
          "unknown directive \"sever_tokens\" in [http]; did you mean \"server_tokens\"?"},
    Wrong{"[server a]", "inlcude = x", "unknown directive \"inlcude\" in [server]; did you mean \"include\"?"},
    // locations
    Wrong{"[server a]\n[location /]", "match = images", "\"match\": \"images\" does not begin with \"/\""},
    Wrong{"[server a]\n[location /]", "match = ~", "\"match\": the pattern is empty"},
    Wrong{"[server a]\n[location /]", "match = / x", "\"match\": \"/\" is not one of = ^~ ~ ~*"},
    Wrong{"[server a]\n[location /]", "internal = maybe", "\"internal\": \"maybe\" is not \"on\" or \"off\""},
    // upstreams
    Wrong{"[upstream u]", "server = 127.0.0.1:0",
          "\"server\": \"127.0.0.1:0\" is not the address of a server (such as 127.0.0.1:8081, name:80, unix:/path)"},
    Wrong{"[upstream u]", "server = 8080",
          "\"server\": \"8080\" is not the address of a server (such as 127.0.0.1:8081, name:80, unix:/path)"},
    Wrong{"[upstream u]", "server = *:80",
          "\"server\": \"*:80\" is not the address of a server (such as 127.0.0.1:8081, name:80, unix:/path)"},
    Wrong{"[upstream u]", "server = 300.1.1.1:80",
          "\"server\": \"300.1.1.1:80\" is not the address of a server (such as 127.0.0.1:8081, name:80, unix:/path)"},
    Wrong{"[upstream u]", "server = http://a",
          "\"server\": \"http://a\" is not the address of a server (such as 127.0.0.1:8081, name:80, unix:/path)"},
    Wrong{"[upstream u]", "server = a weight=0",
          "\"server\": \"weight=0\" is not a number from 1 to 65535 behind its \"=\""},
    Wrong{"[upstream u]", "server = a wieght=2",
          "\"server\": unknown parameter \"wieght=2\"; did you mean \"weight=\"?"},
    Wrong{"[upstream u]", "server = a slow_start=3s",
          "\"server\": \"slow_start=3s\" is not supported by this version of weir"},
    Wrong{"[upstream u]", "server = a fail_timeout=0",
          "\"server\": \"fail_timeout=0\" is not \"fail_timeout=\" with a time"},
};

class ValueTest : public Configured {
  CPPUNIT_TEST_SUITE(ValueTest);
  CPPUNIT_TEST(wrongLines);
  CPPUNIT_TEST(allErrorsInOneRun);
  CPPUNIT_TEST(longWordsAreShownShortened);
  CPPUNIT_TEST(process);
  CPPUNIT_TEST(affinity);
  CPPUNIT_TEST(listen);
  CPPUNIT_TEST(serverNames);
  CPPUNIT_TEST(access);
  CPPUNIT_TEST(headers);
  CPPUNIT_TEST(logFormats);
  CPPUNIT_TEST(accessLogs);
  CPPUNIT_TEST(errorLogs);
  CPPUNIT_TEST(syslogServers);
  CPPUNIT_TEST(returns);
  CPPUNIT_TEST(nextUpstream);
  CPPUNIT_TEST(redirects);
  CPPUNIT_TEST(locationPatterns);
  CPPUNIT_TEST(peers);
  CPPUNIT_TEST_SUITE_END();

  static void expect(const std::string& wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

  LocationSettings location(const std::string& label, const std::string& lines = "") {
    reset();
    return good("[server a]\n[location " + label + "]\n" + lines).servers[0].locations[0];
  }

  ReturnSetting answer(const std::string& value) { return location("/", "return = " + value + "\n").http.return_; }

 public:
  void wrongLines() {
    for (const auto& wrong : kWrong) {
      std::string text = std::string(wrong.section) + "\n" + std::string(wrong.line) + "\n";
      auto line = std::count(text.begin(), text.end(), '\n');
      expect("conf/weir.ini:" + std::to_string(line) + ": " + std::string(wrong.message), complaint(text));
    }
  }

  void allErrorsInOneRun() {
    expect(
        "conf/weir.ini:2: \"pid\": a value is missing\n"
        "conf/weir.ini:3: unknown directive \"foo\" in [main]\n"
        "conf/weir.ini:5: \"listen\": \"quic\" is not supported by this version of weir\n"
        "conf/weir.ini:5: \"listen\": \"backlog=x\" is not a number from 1 to 1000000 behind its \"=\"\n"
        "conf/weir.ini:6: unknown section [foo]",
        complaint("[main]\npid =\nfoo = 1\n[server a]\nlisten = 80 quic backlog=x\n[foo]\n"));
  }

  void longWordsAreShownShortened() {
    std::string word(60'000, 'x');
    CPPUNIT_ASSERT(complaint("[http]\nsend_timeout = " + word + "\n").size() < 250);
    CPPUNIT_ASSERT(complaint("[http]\n" + word + " = 1\n").size() < 250);
    CPPUNIT_ASSERT(complaint("[server a]\nlisten = 80 " + word + "\n").size() < 250);
    CPPUNIT_ASSERT(complaint("[http]\nproxy_next_upstream = " + word + "\n").size() < 250);
    CPPUNIT_ASSERT(complaint("[" + word + "]\n").size() < 250);
  }

  void process() {
    const auto& main = good(
                           "[main]\nuser = www-data adm\nworker_processes = 4\nerror_log = stderr debug\n"
                           "pid = /run/weir.pid\nresolver = 127.0.0.1 [::1]:5353 valid=30s ipv6=off\n")
                           .main;
    expect("www-data/adm", main.user.user + "/" + main.user.group);
    CPPUNIT_ASSERT_EQUAL(4u, *main.worker_processes.value);
    expect("stderr", main.error_log.at(0).path);
    CPPUNIT_ASSERT(LogLevel::Debug == main.error_log[0].level);
    expect("/run/weir.pid", main.pid.value);
    expect("127.0.0.1:53", main.resolver.servers.at(0).toString());
    expect("[::1]:5353", main.resolver.servers.at(1).toString());
    CPPUNIT_ASSERT(Milliseconds(30'000) == *main.resolver.valid);
    CPPUNIT_ASSERT(main.resolver.ipv4 && !main.resolver.ipv6);
  }

  void affinity() {
    const auto given = good("[main]\nworker_cpu_affinity = 0001 1010\nworker_priority = -7\n").main;
    CPPUNIT_ASSERT(!given.worker_cpu_affinity.automatic && given.worker_priority.value == -7);
    CPPUNIT_ASSERT((std::vector<CpuSet>{{0}, {1, 3}}) == given.worker_cpu_affinity.masks);
    reset();
    const auto automatic = good("[main]\nworker_cpu_affinity = auto\n").main.worker_cpu_affinity;
    CPPUNIT_ASSERT(automatic.automatic && automatic.masks.empty());
  }

  void listen() {
    const auto& listen = good(
                             "[server a]\nlisten = 8080\nlisten = 127.0.0.1\nlisten = unix:run/a.sock\n"
                             "listen = [::]:81 default_server backlog=9 rcvbuf=8k sndbuf=1m ipv6only=off deferred "
                             "fastopen=5 so_keepalive=30m::10 reuseport\n")
                             .servers[0]
                             .listen;
    expect("0.0.0.0:8080", listen.at(0).address.toString());
    expect("127.0.0.1:80", listen.at(1).address.toString());
    expect("unix:/weir/run/a.sock", listen.at(2).address.toString());
    const auto& all = listen.at(3);
    expect("[::]:81", all.address.toString());
    CPPUNIT_ASSERT(all.default_server && all.deferred && !all.ipv6only);
    CPPUNIT_ASSERT_EQUAL(9u, all.backlog);
    CPPUNIT_ASSERT_EQUAL(5u, all.fastopen);
    CPPUNIT_ASSERT_EQUAL(uint64_t{8192}, all.rcvbuf->bytes);
    CPPUNIT_ASSERT_EQUAL(uint64_t{1} << 20, all.sndbuf->bytes);
    expect("30m::10", all.so_keepalive);
    CPPUNIT_ASSERT_EQUAL(5u, all.origin.line);
  }

  void serverNames() {
    const auto& names = good(
                            "[server a]\nserver_name = Example.COM *.example.com www.example.* .example.org\n"
                            "server_name = \"\" ~^(?<User>.+)\\.Example$ $hostname\n")
                            .servers[0]
                            .server_name;
    std::vector<std::string> wanted{
        "example.com", "*.example.com", "www.example.*", ".example.org", "", "~^(?<User>.+)\\.Example$", "$hostname"};
    CPPUNIT_ASSERT(wanted == names);
  }

  void access() {
    const auto& rules = good("[http]\nallow = 10.0.0.0/8\ndeny = 10.1.0.0/16\nallow = unix:\ndeny = all\n").http.access;
    CPPUNIT_ASSERT_EQUAL(size_t{4}, rules.size());
    CPPUNIT_ASSERT(rules[0].allow && !rules[1].allow && rules[2].allow && !rules[3].allow);
    expect("10.1.0.0/16", rules[1].network.toString());
  }

  void headers() {
    const auto& headers = good(
                              "[http]\nadd_header = X-A \"b  c\" d always\nadd_header = X-B always\n"
                              "add_header = X-C a \"always\"\nadd_header = X-D \"none\"\nadd_header = X-E \"\"\n")
                              .http.add_header;
    expect("b  c d", headers.at(0).value.text);
    CPPUNIT_ASSERT(headers[0].always);
    expect("always", headers.at(1).value.text);
    CPPUNIT_ASSERT(!headers[1].always);
    expect("a always", headers.at(2).value.text);
    expect("none", headers.at(3).value.text);
    expect("", headers.at(4).value.text);
  }

  void logFormats() {
    const auto& formats = good(
                              "[http]\nlog_format = a '$status ' \\\n \"$host\"\nlog_format = j escape=json {}\n"
                              "log_format = combined escape=none x\n")
                              .log_formats;
    CPPUNIT_ASSERT_EQUAL(size_t{4}, formats.size());
    expect("stream", formats.at(3).name);
    expect("combined=x", formats[0].name + "=" + formats[0].text.text);
    expect("$status $host", formats[1].text.text);
    CPPUNIT_ASSERT(LogFormatSetting::Escape::Json == formats[2].escape);
    expect("conf/weir.ini:3: \"log_format\": the format \"a\" is already there, at conf/weir.ini:2",
           complaint("[http]\nlog_format = a x\nlog_format = a y\n"));
  }

  void accessLogs() {
    const auto& logs = good(
                           "[http]\nlog_format = m x\naccess_log = /a m buffer=8k flush=5s if=$loggable\n"
                           "access_log = /dev/stdout flush=1s\naccess_log = logs/b\n")
                           .http.access_log;
    expect("/a", logs.at(0).path);
    expect("m", logs[0].format);
    CPPUNIT_ASSERT_EQUAL(uint64_t{8192}, logs[0].buffer->bytes);
    expect("$loggable", logs[0].condition.text);
    expect("stdout", logs.at(1).path);
    expect("combined", logs[1].format);
    CPPUNIT_ASSERT_EQUAL(uint64_t{65536}, logs[1].buffer->bytes);
    expect("/weir/logs/b", logs.at(2).path);
    expect("conf/weir.ini:3: \"access_log\": \"off\" cannot stand beside other logs of the same section",
           complaint("[http]\naccess_log = a\naccess_log = off\n"));
  }

  void errorLogs() {
    const auto& logs =
        good("[main]\nerror_log = e.log\nerror_log = /e.json notice json\nerror_log = stderr json\n").main.error_log;
    CPPUNIT_ASSERT_EQUAL(size_t{3}, logs.size());
    expect("/weir/e.log", logs[0].path);
    CPPUNIT_ASSERT(logs[0].level == LogLevel::Error && !logs[0].json);
    CPPUNIT_ASSERT(logs[1].level == LogLevel::Notice && logs[1].json);
    CPPUNIT_ASSERT(logs[2].path == "stderr" && logs[2].level == LogLevel::Error && logs[2].json);
    std::string nine;
    for (int i = 0; i < 9; ++i) nine += "error_log = e\n";
    expect("conf/weir.ini:10: \"error_log\": more than 8 of them", complaint("[main]\n" + nine));
  }

  void syslogServers() {
    const auto& logs = good(
                           "[http]\naccess_log = syslog:server=127.0.0.1\n"
                           "access_log = syslog:server=[::1]:5140,facility=user,severity=debug,tag=edge_1,nohostname\n"
                           "access_log = syslog:server=unix:/dev/log combined if=$status\n")
                           .http.access_log;
    const SyslogSetting& plain = *logs.at(0).syslog;
    expect("127.0.0.1:514 23 6 weir", plain.server.toString() + " " + std::to_string(plain.facility) + " " +
                                          std::to_string(plain.severity) + " " + plain.tag);
    CPPUNIT_ASSERT(plain.hostname);
    const SyslogSetting& full = *logs.at(1).syslog;
    expect("[::1]:5140 1 7 edge_1", full.server.toString() + " " + std::to_string(full.facility) + " " +
                                        std::to_string(full.severity) + " " + full.tag);
    CPPUNIT_ASSERT(!full.hostname);
    expect("unix:/dev/log", logs.at(2).syslog->server.toString());
    expect("syslog:server=127.0.0.1", logs[0].path);
  }

  void returns() {
    expect("hello\n", answer("200 \"hello\\n\"").text.text);
    CPPUNIT_ASSERT_EQUAL(uint16_t{301}, answer("301 https://$host$request_uri").code);
    CPPUNIT_ASSERT_EQUAL(uint16_t{302}, answer("https://example.com/").code);
    CPPUNIT_ASSERT_EQUAL(uint16_t{444}, answer("444").code);
    expect("", answer("204").text.text);
  }

  void nextUpstream() {
    auto on = good("[http]\nproxy_next_upstream = http_503 non_idempotent\n").http.proxy_next_upstream;
    CPPUNIT_ASSERT(on.http_503 && on.non_idempotent && !on.error && !on.timeout);
    reset();
    auto off = good("[http]\nproxy_next_upstream = off\n").http.proxy_next_upstream;
    CPPUNIT_ASSERT(!off.error && !off.timeout);
  }

  void redirects() {
    const auto& rules = good("[http]\nproxy_redirect = http://a/ /x/\nproxy_redirect = default\n").http.proxy_redirect;
    CPPUNIT_ASSERT(RedirectRule::Kind::Replace == rules.at(0).kind);
    expect("/x/", rules[0].to.text);
    CPPUNIT_ASSERT(RedirectRule::Kind::Default == rules.at(1).kind);
  }

  void locationPatterns() {
    using Match = LocationPattern::Match;
    auto is = [&](Match match, const std::string& pattern, const LocationSettings& got) {
      CPPUNIT_ASSERT(match == got.match);
      expect(pattern, got.pattern);
    };
    is(Match::Prefix, "/a/", location("/a/"));
    is(Match::Exact, "/a", location("= /a"));
    is(Match::Exact, "/a", location("=/a"));
    is(Match::PrefixFinal, "/a", location("^~ /a"));
    is(Match::Regex, "\\.php$", location("~ \\.php$"));
    is(Match::RegexNoCase, "\\.png$", location("~* \\.png$"));
    is(Match::Named, "fallback", location("@fallback"));
    is(Match::Regex, "^/[a-z]+ x$", location("letters", "match = ~ \"^/[a-z]+ x$\"\n"));
    expect("letters", location("letters", "match = ~ ^/[a-z]+$\n").name);
    expect(
        "conf/weir.ini:2: \"location\": \"images\" does not begin with \"/\"; a name needs a line \"match = PATTERN\"",
        complaint("[server a]\n[location images]\n"));
  }

  void peers() {
    const auto& peers = good(
                            "[upstream u]\nserver = 127.0.0.1:8081 weight=2 max_fails=0 fail_timeout=1m max_conns=9\n"
                            "server = [::1]\nserver = unix:run/x down\nserver = Backend.Example:8080 backup\n"
                            "server = backend\n")
                            .upstreams[0]
                            .servers;
    expect("127.0.0.1:8081", peers.at(0).host);
    CPPUNIT_ASSERT(peers[0].weight == 2 && peers[0].max_fails == 0 && peers[0].max_conns == 9);
    CPPUNIT_ASSERT(Milliseconds(60'000) == peers[0].fail_timeout);
    expect("[::1]:80", peers.at(1).host);
    expect("unix:/weir/run/x", peers.at(2).host);
    CPPUNIT_ASSERT(peers[2].down && peers[2].address);
    expect("backend.example:8080", peers.at(3).host);
    CPPUNIT_ASSERT(peers[3].backup && !peers[3].address);
    expect("backend:80", peers.at(4).host);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ValueTest);

}  // namespace
}  // namespace weir::config
