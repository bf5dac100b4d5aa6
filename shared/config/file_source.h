// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two FileSources: the disk, remembering all that was read, and a bundle, which needs no disk.

#include <map>
#include <string>
#include <vector>

#include "shared/config/document.h"

namespace weir::config {

class DiskSource : public FileSource {
 public:
  const Bundle::File& file(const std::string& path) override;
  std::vector<std::string> glob(const std::string& pattern) override;

  // Moves what was read into the bundle; the source is used up.
  void moveTo(Bundle& bundle);

 private:
  std::map<std::string, Bundle::File> files_;
  std::map<std::string, std::vector<std::string>> globs_;
};

class BundleSource : public FileSource {
 public:
  // REQUIRES: bundle outlives the source.
  explicit BundleSource(const Bundle& bundle);

  const Bundle::File& file(const std::string& path) override;
  std::vector<std::string> glob(const std::string& pattern) override;

 private:
  std::map<std::string_view, const Bundle::File*> files_;
  std::map<std::string_view, const Bundle::Glob*> globs_;
  Bundle::File missing_;
};

}  // namespace weir::config
