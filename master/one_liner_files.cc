// SPDX-License-Identifier: Apache-2.0
// weir file-server: the files of a folder.
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "master/one_liner.h"
#include "shared/config/lexer.h"

namespace weir {
namespace {

constexpr option kOptions[] = {
    {"root", required_argument, nullptr, 'r'}, {"listen", required_argument, nullptr, 'l'},
    {"browse", no_argument, nullptr, 'b'},     {"spa", no_argument, nullptr, 's'},
    {"help", no_argument, nullptr, 'h'},       {nullptr, 0, nullptr, 0},
};

struct FileServer {
  std::string root = ".";
  std::string listen = "127.0.0.1:8000";
  bool browse = false;
  bool spa = false;
  bool help = false;

  Result<void> take(int letter, const char* value) {
    if (letter == 0) return Error{0, fmt::format("unexpected argument \"{}\"", value)};
    if (letter == 'r') root = value;
    if (letter == 'l') listen = value;
    browse = browse || letter == 'b';
    spa = spa || letter == 's';
    help = help || letter == 'h';
    return {};
  }
};

// Who owns the folder may read it; started as root, the workers become that user.
std::string ownerOf(const std::string& folder) {
  struct stat status;
  if (::geteuid() != 0 || ::stat(folder.c_str(), &status) != 0) return {};
  const passwd* owner = ::getpwuid(status.st_uid);
  return owner == nullptr ? std::string() : owner->pw_name;
}

std::string configurationOf(const FileServer& server) {
  std::string text = "[main]\nerror_log = stderr warn\n";
  if (std::string owner = ownerOf(server.root); !owner.empty()) text += "user = " + config::quoteWord(owner) + "\n";
  text +=
      "[http]\ncharset = utf-8\ngzip = on\ngzip_types = text/css text/javascript text/plain application/json "
      "image/svg+xml\n"
      "log_format = terminal '[$time_local] $remote_addr $status $body_bytes_sent \"$request\" ${request_time}s'\n"
      "access_log = stdout terminal\n[server files]\n";
  text += "listen = " + config::quoteWord(server.listen) + "\nroot = " + config::quoteWord(server.root, true) + "\n";
  if (server.browse) text += "autoindex = on\n";
  text += "[location /]\n";
  if (server.spa) text += "try_files = $uri $uri/ /index.html\n";
  return text;
}

Result<void> checkFolder(FileServer& server) {
  std::error_code failed;
  auto whole = std::filesystem::canonical(server.root, failed);
  if (failed) return Error{failed.value(), fmt::format("--root {}", server.root)};
  if (!std::filesystem::is_directory(whole, failed))
    return Error{0, fmt::format("--root {} is not a folder", server.root)};
  server.root = whole.string();
  if (server.root.find('$') != std::string::npos)
    return Error{0, fmt::format("--root {}: a path that holds \"$\" cannot be served", server.root)};
  return {};
}

Result<Options> parse(int count, char** words) {
  FileServer server;
  auto read =
      readWords(count, words, kOptions, [&](int letter, const char* value) { return server.take(letter, value); });
  if (!read) return read.error();
  Options options;
  if (server.help) return options.action = Action::Help, options;
  if (auto checked = checkFolder(server); !checked) return checked.error();
  options.config_text = configurationOf(server);
  options.greeting = fmt::format("weir: {} is at {} (Ctrl-C ends it)\n", server.root, server.listen);
  return options;
}

constexpr char kFileUsage[] =
    "usage: weir file-server [--root DIR] [--listen ADDRESS] [--browse] [--spa]\n"
    "\n"
    "Serves the files of a folder until Ctrl-C, and prints each request.\n"
    "\n"
    "  --root DIR        the folder, the current one by default\n"
    "  --listen ADDRESS  where, 127.0.0.1:8000 by default; 8080 or *:8080 is every address of the machine\n"
    "  --browse          list folders that have no index.html\n"
    "  --spa             answer /index.html for what is no file, for applications of one page\n";

}  // namespace

const OneLiner kFileServerLiner{"file-server", kFileUsage, parse};

}  // namespace weir
