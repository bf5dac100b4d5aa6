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
  // One that isPending() is to be followed by await(), and that by nothing.
  Ref<const OpenFile> find(Exchange& exchange, std::string_view path, std::string_view suffix = {}) const;
  // Has a thread look up what find() gave last; then the exchange goes on by the filter or handler that calls this.
  void await(Exchange& exchange) const;

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
