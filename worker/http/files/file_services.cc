// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/file_services.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "shared/stats/segment.h"

namespace weir {
namespace {

std::string cacheName(const ContentSettings& content) {
  const OpenFileCacheSetting& size = content.open_file_cache;
  return fmt::format("{} {} {} {} {} {} {}", size.max, size.inactive.count(), size.memory.bytes,
                     content.open_file_cache_valid.count(), content.open_file_cache_min_uses,
                     content.open_file_cache_errors, content.open_file_cache_events);
}

// A table is another one when its file has changed.
std::string typesName(const ContentSettings& content) {
  struct stat status {};
  [[maybe_unused]] int none = ::stat(content.types_file.value.c_str(), &status);
  std::string name = fmt::format("{} {} {}.{}", content.types_file.value, status.st_ino, status.st_mtim.tv_sec,
                                 status.st_mtim.tv_nsec);
  for (const TypeSetting& setting : content.types) {
    name += '\n' + setting.type;
    for (const std::string& extension : setting.extensions) name += ' ' + extension;
  }
  return name;
}

OpenFileCacheMetrics metricsIn(Segment& segment) {
  auto requests = [&](std::string_view result) {
    return segment.series(Metric::StaticFileCacheRequestsTotal, {result});
  };
  return {requests("hit"), requests("miss"), requests("expired"), segment.series(Metric::StaticFileCacheFiles, {}),
          segment.series(Metric::StaticFileCacheBytes, {})};
}

}  // namespace

FileServices::FileServices(EventLoop& loop, Segment& segment)
    : loop_(loop),
      segment_(segment),
      cache_metrics_(metricsIn(segment)),
      disk_waits_(segment.series(Metric::StaticDiskWaitsTotal, {})),
      disk_(loop) {}

Ref<OpenFileCache> FileServices::cacheFor(const ContentSettings& content) {
  if (content.open_file_cache.max == 0) return {};
  auto& kept = caches_[cacheName(content)];
  kept.used = true;
  if (!kept.object) {
    OpenFileCache::Limits limits{content.open_file_cache, content.open_file_cache_valid,
                                 content.open_file_cache_min_uses, content.open_file_cache_errors,
                                 content.open_file_cache_events};
    kept.object = makeRef<OpenFileCache>(loop_, limits, cache_metrics_);
  }
  return kept.object;
}

Ref<const MimeTypes> FileServices::typesFor(const ContentSettings& content) {
  auto& kept = types_[typesName(content)];
  kept.used = true;
  if (!kept.object) kept.object = readTypes(content);
  return kept.object;
}

void FileServices::sweep() {
  auto sweepOf = [](auto& all) {
    std::erase_if(all, [](const auto& each) { return !each.second.used; });
    for (auto& each : all) each.second.used = false;
  };
  sweepOf(caches_);
  sweepOf(types_);
}

void FileServices::countError(int error) {
  const char* name = ::strerrorname_np(error);
  stats::add(segment_.series(Metric::StaticFileErrorsTotal, {name == nullptr ? "unknown" : name}));
}

Ref<const MimeTypes> readTypes(const ContentSettings& content) {
  std::ostringstream text;
  if (std::ifstream file(content.types_file.value); file) text << file.rdbuf();
  return makeRef<const MimeTypes>(content.types, text.str());
}

}  // namespace weir
