// SPDX-License-Identifier: Apache-2.0
#pragma once
// Folder: a temporary folder with files in it, gone with its object.

#include <fcntl.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "shared/base/fd.h"

namespace weir {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-files-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(std::string_view name = "") const { return path_ + "/" + std::string(name); }
  Fd open() const { return Fd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)); }

  void file(std::string_view name, std::string_view content) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name)) << content;
  }
  void link(std::string_view name, std::string_view target) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::filesystem::create_symlink(target, path(name));
  }

 private:
  std::string path_;
};

}  // namespace weir
