// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileRoot: where a location's files are: root, or alias. Made while a configuration is compiled, const after.
// What a request's path becomes is a FileKey: the folder that nothing may leave, which is the part of root or alias
// before its first variable, and the rest, below it.

#include <string>
#include <string_view>

#include "shared/config/settings.h"
#include "worker/http/template.h"

namespace weir {

class CompileContext;
class Exchange;

// A file by its name, and by the rules under which it may be opened: one text, that caches know it by.
class FileKey {
 public:
  // text: of FileRoot::locate().
  FileKey(std::string_view text, Symlinks symlinks) : text_(text), symlinks_(symlinks) {}

  std::string_view text() const { return text_; }
  Symlinks symlinks() const { return symlinks_; }
  // Both end in NUL.
  const char* folder() const { return text_.data() + 1; }
  const char* path() const { return text_.data() + text_.find('\0') + 1; }
  std::string_view name() const { return path(); }

 private:
  std::string_view text_;
  Symlinks symlinks_;
};

class FileRoot {
 public:
  static bool isAskedFor(const ContentSettings& content) {
    return !content.root.text.empty() || !content.alias.text.empty();
  }

  // A name in it begins with a dot, on the way or at its end; those of RFC 8615 are for all to see.
  static bool isHidden(std::string_view path);

  // REQUIRES: isAskedFor()
  FileRoot(const LocationSettings& location, CompileContext& context);

  Symlinks symlinks() const { return symlinks_; }
  // What is located is one file, whatever the path ends in.
  bool namesFile() const { return replaces_ == Replaces::All; }
  // Makes the key's text of a path in `to`, which must outlive the key; an empty one when the path has no place there,
  // or a variable brings in what is hidden.
  FileKey locate(const Exchange& exchange, std::string_view path, std::string& to) const;

 private:
  enum class Replaces : uint8_t {
    Nothing,  // root: the whole path is below the folder
    Prefix,   // alias of a prefix: the path behind it is
    All,      // alias of an exact path or a pattern: it is the file
  };

  void checkAlias(const LocationSettings& location, CompileContext& context) const;

  bool appendRest(const Exchange& exchange, std::string& to) const;

  std::string begin_;  // rule and folder of every key, NUL included
  Template rest_;      // behind it, before the path
  Replaces replaces_ = Replaces::Nothing;
  size_t prefix_size_ = 0;
  Symlinks symlinks_;
  bool hides_;  // dotfiles = deny
};

}  // namespace weir
