// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileFinder: from a path of a location to what is there: its root, by way of its cache. Made while a configuration is
// compiled; const after.

#include <string_view>

#include "worker/http/files/file_root.h"
#include "worker/http/files/file_services.h"
#include "worker/http/files/open_beneath.h"
#include "worker/http/files/open_file.h"

namespace weir {

class FileFinder {
 public:
  // REQUIRES: FileRoot::isAskedFor()
  FileFinder(const LocationSettings& location, CompileContext& context);

  // Never null. path: decoded, begins with '/'. suffix: for its name's end.
  Ref<const OpenFile> find(Exchange& exchange, std::string_view path, std::string_view suffix = {}) const;

  // The folder itself, to be listed.
  OpenedFd openFolder(Exchange& exchange, std::string_view path) const;
  bool namesFile() const { return root_.namesFile(); }

  FileServices& services() const { return *services_; }

 private:
  FileRoot root_;
  FileServices* services_;  // null in a check, where nothing is looked for
  Ref<OpenFileCache> cache_;
};

}  // namespace weir
