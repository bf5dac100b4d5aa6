// SPDX-License-Identifier: Apache-2.0
#include "master/options.h"

#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "master/one_liner.h"

namespace weir {
namespace {

constexpr const char* kDefaultConfig = "conf/weir.ini";
constexpr std::array<std::string_view, 6> kCommands{"stop", "quit", "reload", "reopen", "drain", "status"};
// Of long options without a letter.
constexpr int kJson = 256;

constexpr option kLongOptions[] = {
    {"config", required_argument, nullptr, 'c'},
    {"prefix", required_argument, nullptr, 'p'},
    {"global", required_argument, nullptr, 'g'},
    {"error-log", required_argument, nullptr, 'e'},
    {"signal", required_argument, nullptr, 's'},
    {"test", no_argument, nullptr, 't'},
    {"dump", no_argument, nullptr, 'T'},
    {"quiet", no_argument, nullptr, 'q'},
    {"version", no_argument, nullptr, 'v'},
    {"build", no_argument, nullptr, 'V'},
    {"help", no_argument, nullptr, 'h'},
    {"json", no_argument, nullptr, kJson},
    {nullptr, 0, nullptr, 0},
};

void setValue(Options& options, int letter, std::string value) {
  switch (letter) {
    case 'c':
      options.config = std::move(value);
      break;
    case 'p':
      options.prefix = std::move(value);
      break;
    case 'e':
      options.error_log = std::move(value);
      break;
    case 'g':
      options.overrides.push_back(std::move(value));
      break;
    case 's':
      options.command = std::move(value);
      options.action = Action::Command;
      break;
  }
}

void setFlag(Options& options, int letter) {
  switch (letter) {
    case 't':
      options.action = Action::Test;
      break;
    case 'T':
      options.action = Action::Dump;
      break;
    case 'q':
      options.quiet = true;
      break;
    case kJson:
      options.json = true;
      break;
    case 'v':
      options.action = Action::Version;
      break;
    case 'V':
      options.action = Action::Build;
      break;
    default:
      options.action = Action::Help;
      break;
  }
}

Error unknownCommand(const std::string& command) {
  std::string known;
  for (std::string_view name : kCommands) known.append(known.empty() ? "" : ", ").append(name);
  return Error{0, "unknown -s \"" + command + "\"; there are: " + known};
}

Error misuse(std::string word, bool lacks_argument) {
  // In the middle of -abc getopt has not gone on to the next word yet.
  if (!lacks_argument && optopt != 0 && !word.starts_with("--")) word = {'-', static_cast<char>(optopt)};
  return Error{0, (lacks_argument ? "an argument is missing after " : "unknown option ") + word + " (-h lists them)"};
}

Result<void> checkCommand(const Options& options) {
  bool known = std::find(kCommands.begin(), kCommands.end(), options.command) != kCommands.end();
  if (options.action == Action::Command && !known) return unknownCommand(options.command);
  if (options.json && options.command != "status") return Error{0, "--json goes with -s status only"};
  return {};
}

std::string absolute(const std::string& path, const std::string& folder) {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

std::string asFolder(std::string path) {
  if (!path.ends_with('/')) path += '/';
  return path;
}

// Empty when the binary is not part of an installation.
std::string installation(const std::string& binary) {
  auto folder = std::filesystem::path(binary).parent_path();
  if (folder.filename() != "bin" && folder.filename() != "sbin") return {};
  std::error_code ignored;
  bool complete = std::filesystem::exists(folder.parent_path() / kDefaultConfig, ignored);
  return complete ? folder.parent_path().string() : std::string();
}

}  // namespace

const char* const kUsage =
    "usage: weir [-c FILE] [-p PREFIX] [-g \"name = value\"] [-e ERROR_LOG] [-tTqvVh] [-s COMMAND]\n"
    "       weir file-server [--root DIR] [--listen ADDRESS] [--browse] [--spa]\n"
    "       weir reverse-proxy --from ADDRESS --to ADDRESS [ADDRESS ...]\n"
    "       weir stream --from ADDRESS --to ADDRESS [ADDRESS ...] [--udp]\n"
    "\n"
    "  -c, --config FILE     configuration, conf/weir.ini under the prefix by default\n"
    "  -p, --prefix PREFIX   folder that relative paths start from\n"
    "  -g, --global LINE     a directive of [main], over what the file says\n"
    "  -e, --error-log FILE  error log before the configuration is read, and when it names none; or stderr\n"
    "  -t, --test            check the configuration and print everything that is wrong with it\n"
    "  -T, --dump            check it and print the effective values with where they come from\n"
    "  -q, --quiet           print errors only\n"
    "  -s, --signal COMMAND  to the running master: stop (at once), quit (gracefully), reload (waits for the\n"
    "                        outcome), reopen (the logs), drain (finish the workers, keep the sockets), status (with\n"
    "                        --json for programs)\n"
    "  -v, --version         print the version\n"
    "  -V, --build           print the version and what weir was built with\n"
    "  -h, --help            print this\n"
    "\n"
    "Signals: HUP reload, TERM and INT stop, QUIT graceful stop, USR1 reopen the logs, WINCH drain\n";

Result<Options> parseOptions(int argc, char** argv) {
  if (argc > 1 && isOneLiner(argv[1])) return parseOneLiner(argc - 1, argv + 1);
  Options options;
  optind = 0;  // glibc: start anew, for callers that parse twice
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "+:c:p:g:e:s:tTqvVh", kLongOptions, nullptr)) != -1;) {
    if (letter == '?' || letter == ':') return misuse(argv[optind - 1], letter == ':');
    if (optarg != nullptr)
      setValue(options, letter, optarg);
    else
      setFlag(options, letter);
  }
  if (optind < argc)
    return Error{0, "unexpected argument \"" + std::string(argv[optind]) + "\" (-h lists the options)"};
  if (auto known = checkCommand(options); !known) return known.error();
  return options;
}

Surroundings Surroundings::current() {
  std::error_code failed;
  auto binary = std::filesystem::read_symlink("/proc/self/exe", failed);
  auto folder = std::filesystem::current_path(failed);
  return {binary.string(), failed ? "/" : folder.string()};
}

void resolvePaths(Options& options, const Surroundings& where) {
  std::string prefix = options.prefix;
  if (prefix.empty()) prefix = installation(where.binary);
  options.prefix = asFolder(absolute(prefix, where.folder));
  options.config = absolute(options.config, options.prefix);
  if (!options.error_log.empty() && options.error_log != "stderr")
    options.error_log = absolute(options.error_log, options.prefix);
}

}  // namespace weir
