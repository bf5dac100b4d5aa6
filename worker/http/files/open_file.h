// SPDX-License-Identifier: Apache-2.0
#pragma once
// OpenFile: what was found under a FileKey: a file with its validators, a folder, or why there is neither. Counted: a
// cache and the answers that send it share one. Only its content may be loaded later.

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/ref.h"
#include "worker/http/field_list.h"
#include "worker/http/files/file_root.h"
#include "worker/http/files/mime_types.h"
#include "worker/http/files/open_beneath.h"
#include "worker/http/files/residency.h"

struct stat;

namespace weir {

class OpenFile final : public Counted {
 public:
  enum class Kind : uint8_t { File, Folder, Missing };

  // Opens it; where that may have to wait for a disk, a Cached lookup gives one that isPending().
  static Ref<OpenFile> open(const FileKey& key, NameLookup lookup = NameLookup::Full);

  Kind kind() const { return kind_; }
  bool isFile() const { return kind_ == Kind::File; }
  bool isFolder() const { return kind_ == Kind::Folder; }
  int error() const { return error_; }  // errno, of a missing one
  // Nobody knows yet: it has to be looked up fully.
  bool isPending() const { return pending_; }

  // Of a file.
  int fd() const { return fd_.get(); }
  uint64_t size() const { return size_; }
  int64_t modified() const { return modified_ns_ / 1'000'000'000; }  // seconds since the epoch
  // Strong: two writes within a second, or a file of the same size and time in its place, make another (S-46).
  const std::string& etag() const { return etag_; }
  // Last-Modified, ETag, Accept-Ranges.
  const FieldList& fields() const { return fields_; }
  const FieldList& fieldsWithoutTag() const { return fields_without_tag_; }

  // Reads all of it into memory; false when it is not as long as it was, or would have to be waited for.
  bool load();
  bool isLoaded() const { return loaded_; }
  std::string_view content() const { return content_; }

  // Whether sending these bytes would not wait for a disk. REQUIRES: size > 0
  bool isInMemory(uint64_t from, uint64_t size, Instant now) const { return residency_.covers(fd(), from, size, now); }

  // The same file, unchanged.
  bool sameAs(const OpenFile& other) const;
  // Which Content-Type a table gives it, asked for once as long as the table is the same.
  std::string_view typeBy(const Ref<const MimeTypes>& types) const;

 private:
  void describe(const struct stat& status);

  Kind kind_ = Kind::Missing;
  int error_ = 0;
  bool pending_ = false;
  Fd fd_;
  uint64_t size_ = 0;
  int64_t modified_ns_ = 0;
  int64_t changed_ns_ = 0;
  uint64_t inode_ = 0;
  uint64_t device_ = 0;
  std::string name_;
  std::string etag_;
  FieldList fields_;
  FieldList fields_without_tag_;
  std::string content_;
  bool loaded_ = false;
  mutable Residency residency_;
  mutable Ref<const MimeTypes> typed_by_;
  mutable std::string_view type_;
};

// Opens what is there, for reading.
OpenedFd openKey(const FileKey& key, NameLookup lookup = NameLookup::Full);

}  // namespace weir
