// SPDX-License-Identifier: Apache-2.0
#pragma once
// ListingPage: the HTML of a folder's listing: one page, light or dark as the reader likes it, for any width, without a
// script; columns are sorted by links.

#include <string>
#include <string_view>

#include "worker/http/files/folder_listing.h"

namespace weir {

class ListingPage {
 public:
  ListingPage(std::string_view path, const ListingOrder& order, const ListingStyle& style);
  void add(const ListedEntry& entry);
  std::string finish(size_t entries, bool complete);

 private:
  void addCrumbs(std::string_view path);
  void addColumn(std::string_view name, ListingOrder::Column column, std::string_view letter,
                 const ListingOrder& order);

  const ListingStyle& style_;
  std::string html_;
};

}  // namespace weir
