// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/open_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "worker/codec/http_date.h"

namespace weir {
namespace {

int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

// The root is not held open: it may be replaced at any time, and the next request shall see that.
OpenedFd openKey(const FileKey& key, NameLookup lookup) {
  if (key.text().empty()) return {{}, ENOENT};
  OpenedFd root = openRoot(key.folder(), lookup);
  return root.fd ? openBeneath(root.fd.get(), key.path(), key.symlinks(), lookup) : std::move(root);
}

Ref<OpenFile> OpenFile::open(const FileKey& key, NameLookup lookup) {
  auto file = makeRef<OpenFile>();
  OpenedFd opened = openKey(key, lookup);
  file->pending_ = lookup == NameLookup::Cached && opened.error == EAGAIN;
  struct stat status;
  if (opened.fd && ::fstat(opened.fd.get(), &status) != 0) opened.error = errno;
  file->error_ = opened.error;
  if (opened.error != 0) return file;
  if (S_ISDIR(status.st_mode)) {
    file->kind_ = Kind::Folder;
  } else if (S_ISREG(status.st_mode)) {
    file->fd_ = std::move(opened.fd);
    file->name_ = key.name().substr(key.name().rfind('/') + 1);
    file->describe(status);
  } else {
    file->error_ = ENOENT;  // a device, a FIFO: nothing that is served
  }
  return file;
}

void OpenFile::describe(const struct stat& status) {
  kind_ = Kind::File;
  size_ = static_cast<uint64_t>(status.st_size);
  modified_ns_ = nanoseconds(status.st_mtim);
  changed_ns_ = nanoseconds(status.st_ctim);
  inode_ = status.st_ino;
  device_ = status.st_dev;
  etag_ = fmt::format("\"{:x}-{:x}-{:x}\"", static_cast<uint64_t>(modified_ns_), size_, inode_);
  HttpDate date(modified());
  fields_.add("Last-Modified", date.text());
  fields_.add("Accept-Ranges", "bytes");
  fields_without_tag_ = fields_;
  fields_.add("ETag", etag_);
}

bool OpenFile::load() {
  if (size_ > 0 && !weir::isInMemory(fd_.get(), 0, size_)) return false;
  content_.resize(size_ + 1);  // one more byte would show that it has grown
  size_t got = 0;
  for (ssize_t read = 1; read > 0 && got < content_.size();) {
    read = ::pread(fd_.get(), content_.data() + got, content_.size() - got, static_cast<off_t>(got));
    if (read > 0) got += static_cast<size_t>(read);
  }
  loaded_ = got == size_;
  content_.resize(loaded_ ? size_ : 0);
  content_.shrink_to_fit();
  return loaded_;
}

bool OpenFile::sameAs(const OpenFile& other) const {
  return kind_ == other.kind_ && error_ == other.error_ && inode_ == other.inode_ && device_ == other.device_ &&
         size_ == other.size_ && modified_ns_ == other.modified_ns_ && changed_ns_ == other.changed_ns_;
}

std::string_view OpenFile::typeBy(const Ref<const MimeTypes>& types) const {
  if (!(typed_by_ == types)) {
    typed_by_ = types;
    type_ = types->find(name_);
  }
  return type_;
}

}  // namespace weir
