// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/folder_listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <memory>

#include "worker/http/files/listing_page.h"
#include "worker/http/files/listing_text.h"
#include "worker/http/files/open_file.h"

namespace weir {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// As a request for it would find it.
bool followLink(const FileKey& key, const char* name, struct stat& status) {
  std::string text(key.text());
  if (!text.ends_with('/') && !text.ends_with('\0')) text += '/';
  OpenedFd opened = openKey(FileKey(text += name, key.symlinks()));
  return opened.fd && ::fstat(opened.fd.get(), &status) == 0;
}

bool describe(int folder, const FileKey& key, const char* name, ListedEntry& entry) {
  struct stat status;
  if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (S_ISLNK(status.st_mode) && !followLink(key, name, status)) return false;
  using Kind = ListedEntry::Kind;
  entry.kind = S_ISDIR(status.st_mode) ? Kind::Folder : S_ISREG(status.st_mode) ? Kind::File : Kind::Other;
  entry.name = name;
  entry.size = static_cast<uint64_t>(status.st_size);
  entry.modified = status.st_mtim.tv_sec;
  return entry.kind != Kind::Other;
}

bool comesBefore(const ListedEntry& a, const ListedEntry& b, const ListingOrder& order) {
  bool a_folder = a.kind == ListedEntry::Kind::Folder;
  bool b_folder = b.kind == ListedEntry::Kind::Folder;
  if (a_folder != b_folder) return a_folder;
  const ListedEntry& first = order.descending ? b : a;
  const ListedEntry& second = order.descending ? a : b;
  using Column = ListingOrder::Column;
  if (order.column == Column::Modified && a.modified != b.modified) return first.modified < second.modified;
  if (order.column == Column::Size && a.size != b.size && !a_folder) return first.size < second.size;
  return first.name < second.name;
}

}  // namespace

ListingOrder ListingOrder::parse(std::string_view args) {
  ListingOrder order;
  if (args.find("C=M") != std::string_view::npos) order.column = Column::Modified;
  if (args.find("C=S") != std::string_view::npos) order.column = Column::Size;
  order.descending = args.find("O=D") != std::string_view::npos;
  return order;
}

bool FolderListing::read(int folder, const FileKey& key, Dotfiles dotfiles) {
  int own = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::unique_ptr<DIR, CloseFolder> opened(own < 0 ? nullptr : ::fdopendir(own));
  if (!opened) return false;
  while (const dirent* found = ::readdir(opened.get())) {
    std::string_view name = found->d_name;
    if (name == "." || name == ".." || (dotfiles == Dotfiles::Deny && name.starts_with('.'))) continue;
    complete_ = entries_.size() < kMostEntries;
    if (!complete_) break;
    ListedEntry entry;
    if (describe(folder, key, found->d_name, entry)) add(std::move(entry));
  }
  return true;
}

void FolderListing::sort(const ListingOrder& order) {
  std::sort(entries_.begin(), entries_.end(), [&](const auto& a, const auto& b) { return comesBefore(a, b, order); });
}

std::string FolderListing::render(std::string_view path, const ListingOrder& order, const ListingStyle& style) const {
  return style.format == ListingFormat::Json ? json(style) : html(path, order, style);
}

// nginx's fields.
std::string FolderListing::json(const ListingStyle& style) const {
  std::string text = "[";
  for (const ListedEntry& entry : entries_) {
    text += text.size() == 1 ? "\n{ \"name\":\"" : ",\n{ \"name\":\"";
    appendJson(entry.name, text);
    bool folder = entry.kind == ListedEntry::Kind::Folder;
    text += folder ? "\", \"type\":\"directory\", \"mtime\":\"" : "\", \"type\":\"file\", \"mtime\":\"";
    text += listedDate(entry.modified, style.local_time) + "\"";
    if (!folder) text += ", \"size\":" + std::to_string(entry.size);
    text += " }";
  }
  return text + "\n]\n";
}

std::string FolderListing::html(std::string_view path, const ListingOrder& order, const ListingStyle& style) const {
  ListingPage page(path, order, style);
  for (const ListedEntry& entry : entries_) page.add(entry);
  return page.finish(entries_.size(), complete_);
}

}  // namespace weir
