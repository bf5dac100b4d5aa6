// SPDX-License-Identifier: Apache-2.0
#pragma once
// FolderListing: what is in a folder, in an order, as a page for people or as JSON. Reads the folder; what it makes of
// that is a pure function of it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/content_settings.h"
#include "worker/http/files/file_root.h"

namespace weir {

struct ListedEntry {
  enum class Kind : uint8_t { Folder, File, Other };
  std::string name;
  Kind kind = Kind::File;
  uint64_t size = 0;
  int64_t modified = 0;  // seconds since the epoch
};

// By what a listing is sorted: the column's letter and the direction of `?C=N&O=A`, as others have it.
struct ListingOrder {
  enum class Column : uint8_t { Name, Modified, Size };
  Column column = Column::Name;
  bool descending = false;

  // What is not understood is the default.
  static ListingOrder parse(std::string_view args);
};

struct ListingStyle {
  ListingFormat format = ListingFormat::Html;
  bool exact_size = false;
  bool local_time = false;
};

class FolderListing {
 public:
  static constexpr size_t kMostEntries = 20'000;

  // Reads what the open folder holds; false with errno when that fails. Entries whose name begins with a dot are left
  // out unless allowed, and links that would not be followed: what they lead to is nobody's business.
  // key: of the folder, which links are resolved from.
  bool read(int folder, const FileKey& key, Dotfiles dotfiles);
  void add(ListedEntry entry) { entries_.push_back(std::move(entry)); }
  // Folders first.
  void sort(const ListingOrder& order);
  // The body, in UTF-8. path: of the folder, decoded, ends in '/'.
  std::string render(std::string_view path, const ListingOrder& order, const ListingStyle& style) const;
  bool complete() const { return complete_; }
  const std::vector<ListedEntry>& entries() const { return entries_; }

 private:
  std::string html(std::string_view path, const ListingOrder& order, const ListingStyle& style) const;
  std::string json(const ListingStyle& style) const;

  std::vector<ListedEntry> entries_;
  bool complete_ = true;  // false: there were more than kMostEntries
};

}  // namespace weir
