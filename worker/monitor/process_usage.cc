// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/process_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <vector>

#include "shared/base/fd.h"

namespace weir {
namespace {

// Indices of fields after the name, whose own number in proc(5) is 2.
constexpr size_t kUserTime = 14 - 3;
constexpr size_t kSystemTime = 15 - 3;
constexpr size_t kResidentPages = 24 - 3;

// Views into the text.
std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (size_t at = 0; (at = text.find_first_not_of(" \n", at)) != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(" \n", at), text.size());
    found.push_back(text.substr(at, end - at));
    at = end;
  }
  return found;
}

// The whole text must be the number.
std::optional<int64_t> number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Both files fit in a read; an unreadable one is empty.
std::string readFile(const std::string& path) {
  std::string text(4096, '\0');
  Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t size = file ? read(file.get(), text.data(), text.size()) : 0;
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

std::optional<int64_t> countEntries(const std::string& path) {
  std::unique_ptr<DIR, CloseFolder> directory(opendir(path.c_str()));
  if (directory == nullptr) return std::nullopt;
  int64_t count = 0;
  while (const dirent* entry = readdir(directory.get())) count += entry->d_name[0] != '.' ? 1 : 0;
  return count;
}

// Since Linux 6.2 the size of the folder is the number of descriptors; before, it is zero.
std::optional<int64_t> openDescriptors(const std::string& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) == 0 && status.st_size > 0) return status.st_size;
  return countEntries(folder);
}

}  // namespace

std::optional<ProcessUsage> parseStat(std::string_view stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  const std::vector<std::string_view> fields = words(stat.substr(name_end + 1));
  if (fields.size() <= kResidentPages) return std::nullopt;
  const auto user = number(fields[kUserTime]);
  const auto system = number(fields[kSystemTime]);
  const auto pages = number(fields[kResidentPages]);
  if (!user || !system || !pages) return std::nullopt;
  ProcessUsage usage;
  usage.cpu_seconds = static_cast<double>(*user + *system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  usage.resident_bytes = *pages * sysconf(_SC_PAGESIZE);
  return usage;
}

std::optional<int64_t> parseMaxOpenFiles(std::string_view limits) {
  constexpr std::string_view kName = "Max open files";
  const size_t at = limits.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  const std::vector<std::string_view> values = words(limits.substr(at + kName.size(), 64));
  return values.empty() ? std::nullopt : number(values.front());
}

std::optional<ProcessUsage> readProcessUsage(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}", pid);
  std::optional<ProcessUsage> usage = parseStat(readFile(folder + "/stat"));
  if (!usage) return std::nullopt;
  usage->open_descriptors = openDescriptors(folder + "/fd");
  usage->max_descriptors = parseMaxOpenFiles(readFile(folder + "/limits"));
  return usage;
}

}  // namespace weir
