// SPDX-License-Identifier: Apache-2.0
#include "master/one_liner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir {
namespace {

const OneLiner* find(std::string_view name) {
  static const std::array kLiners{&kFileServerLiner, &kReverseProxyLiner, &kStreamLiner};
  auto found = std::find_if(kLiners.begin(), kLiners.end(), [&](const auto* liner) { return liner->name == name; });
  return found == kLiners.end() ? nullptr : *found;
}

}  // namespace

bool isOneLiner(std::string_view word) { return find(word) != nullptr; }

const char* oneLinerUsage(std::string_view name) { return find(name)->usage; }

Result<Options> parseOneLiner(int count, char** words) {
  const OneLiner& liner = *find(words[0]);
  auto options = liner.parse(count, words);
  if (!options) return Error{options.error().code, fmt::format("{}: {}", liner.name, options.error().context)};
  options->one_liner = liner.name;
  return options;
}

Result<void> readWords(int count, char** words, const option* options,
                       const std::function<Result<void>(int, const char*)>& take) {
  optind = 0;
  opterr = 0;
  // "-": words that are no options come in their place, too.
  for (int letter; (letter = getopt_long(count, words, "-:", options, nullptr)) != -1;) {
    if (letter == ':') return Error{0, fmt::format("an argument is missing after {}", words[optind - 1])};
    if (letter == '?') return Error{0, fmt::format("unknown option {}", words[optind - 1])};
    auto taken = take(letter == 1 ? 0 : letter, optarg == nullptr ? "" : optarg);
    if (!taken) return taken.error();
  }
  if (optind < count) return Error{0, fmt::format("unexpected argument \"{}\"", words[optind])};
  return {};
}

}  // namespace weir
