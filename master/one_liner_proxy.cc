// SPDX-License-Identifier: Apache-2.0
// weir reverse-proxy and weir stream: what comes to one address goes to others.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "master/one_liner.h"
#include "shared/config/lexer.h"

namespace weir {
namespace {

constexpr option kProxyOptions[] = {
    {"from", required_argument, nullptr, 'f'},
    {"to", required_argument, nullptr, 't'},
    {"help", no_argument, nullptr, 'h'},
    {nullptr, 0, nullptr, 0},
};
constexpr option kStreamOptions[] = {
    {"from", required_argument, nullptr, 'f'},
    {"to", required_argument, nullptr, 't'},
    {"udp", no_argument, nullptr, 'u'},
    {"help", no_argument, nullptr, 'h'},
    {nullptr, 0, nullptr, 0},
};

struct Words {
  std::string from;
  std::vector<std::string> to;
  bool udp = false;
  bool help = false;
};

// More words behind --to are more of them: --to A B.
Result<void> take(Words& words, int letter, const char* value) {
  std::string text = value;
  if (letter == 'h') return words.help = true, Result<void>();
  if (letter == 'u') return words.udp = true, Result<void>();
  if (letter == 0 && words.to.empty()) return Error{0, fmt::format("unexpected argument \"{}\"", text)};
  if (text.empty() || text.find('$') != std::string::npos) return Error{0, fmt::format("\"{}\" is no address", text)};
  if (letter != 'f') return words.to.push_back(std::move(text)), Result<void>();
  if (!words.from.empty()) return Error{0, "--from is given twice"};
  words.from = std::move(text);
  return {};
}

// Names are left to be looked up; a port there must be.
Result<void> checkServer(std::string_view server) {
  if (server.starts_with("unix:")) return {};
  size_t colon = server.rfind(':');
  std::string_view port = colon == std::string_view::npos ? std::string_view() : server.substr(colon + 1);
  bool good = !port.empty() && colon > 0 && port.find_first_not_of("0123456789") == std::string_view::npos;
  if (!good) return Error{0, fmt::format("--to {}: needs an address with a port", server)};
  return {};
}

Result<Words> read(int count, char** arguments, const option* options) {
  Words words;
  auto good =
      readWords(count, arguments, options, [&](int letter, const char* value) { return take(words, letter, value); });
  if (!good) return good.error();
  if (words.help) return words;
  if (words.from.empty()) return Error{0, "--from ADDRESS is missing: where clients come in"};
  if (words.to.empty()) return Error{0, "--to ADDRESS is missing: where they are passed on to"};
  return words;
}

std::string upstreamOf(const std::vector<std::string>& servers) {
  std::string text = "[upstream servers]\n";
  for (const std::string& server : servers) text += "server = " + config::quoteWord(server) + "\n";
  return text;
}

std::string greetingOf(std::string_view what, const Words& words) {
  return fmt::format("weir: {} at {} goes to {} (Ctrl-C ends it)\n", what, words.from, fmt::join(words.to, ", "));
}

Result<Options> parseStream(int count, char** arguments) {
  auto words = read(count, arguments, kStreamOptions);
  if (!words) return words.error();
  Options options;
  if (words->help) return options.action = Action::Help, options;
  for (const std::string& server : words->to)
    if (auto good = checkServer(server); !good) return good.error();
  options.config_text = "[main]\nerror_log = stderr warn\n[http]\naccess_log = off\n" + upstreamOf(words->to) +
                        "[stream passed]\nlisten = " + config::quoteWord(words->from) + (words->udp ? " udp" : "") +
                        "\nproxy_pass = servers\naccess_log = stdout\n";
  options.greeting = greetingOf(words->udp ? "UDP" : "TCP", *words);
  return options;
}

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

// One is named as it is, so that TLS asks for it; several are a group.
Result<std::string> passOf(const std::vector<std::string>& to) {
  bool tls = std::any_of(to.begin(), to.end(), [](const auto& each) { return each.starts_with(kHttps); });
  if (tls && to.size() > 1) return Error{0, "https:// can be one --to only"};
  if (tls) return "[location /]\nproxy_pass = " + config::quoteWord(to[0]) + "\n";
  std::vector<std::string> servers;
  for (const std::string& each : to) {
    servers.push_back(each.starts_with(kHttp) ? each.substr(kHttp.size()) : each);
    if (servers.back().ends_with('/')) servers.back().pop_back();
    if (servers.back().find('/') != std::string::npos && !servers.back().starts_with("unix:"))
      return Error{0, fmt::format("--to {}: a path cannot stand there", each)};
    if (auto good = checkServer(servers.back()); !good) return good.error();
  }
  return "[location /]\nproxy_pass = http://servers\n" + upstreamOf(servers);
}

Result<Options> parseProxy(int count, char** arguments) {
  auto words = read(count, arguments, kProxyOptions);
  if (!words) return words.error();
  Options options;
  if (words->help) return options.action = Action::Help, options;
  auto pass = passOf(words->to);
  if (!pass) return pass.error();
  options.config_text =
      "[main]\nerror_log = stderr warn\n[http]\n"
      "log_format = terminal '[$time_local] $remote_addr $status $body_bytes_sent \"$request\" ${request_time}s "
      "$upstream_addr'\n"
      "access_log = stdout terminal\n[server passed]\nlisten = " +
      config::quoteWord(words->from) + "\n" + *pass;
  options.greeting = greetingOf("HTTP", *words);
  return options;
}

constexpr char kProxyUsage[] =
    "usage: weir reverse-proxy --from ADDRESS --to ADDRESS [ADDRESS ...]\n"
    "\n"
    "Passes HTTP requests on to servers until Ctrl-C, each in its turn, and prints each request.\n"
    "\n"
    "  --from ADDRESS  where clients come in: 127.0.0.1:8080; 8080 or *:8080 is every address of the machine\n"
    "  --to ADDRESS    a server with its port: 127.0.0.1:3000, app:3000, unix:/run/app.sock; or one https://NAME\n";

constexpr char kStreamUsage[] =
    "usage: weir stream --from ADDRESS --to ADDRESS [ADDRESS ...] [--udp]\n"
    "\n"
    "Passes TCP connections, or UDP datagrams, on to servers until Ctrl-C, and prints each session when it ends.\n"
    "\n"
    "  --from ADDRESS  where clients come in: 127.0.0.1:5432; 5432 or *:5432 is every address of the machine\n"
    "  --to ADDRESS    a server with its port: 10.0.0.1:5432, db:5432, unix:/run/db.sock\n"
    "  --udp           datagrams\n";

}  // namespace

const OneLiner kReverseProxyLiner{"reverse-proxy", kProxyUsage, parseProxy};
const OneLiner kStreamLiner{"stream", kStreamUsage, parseStream};

}  // namespace weir
