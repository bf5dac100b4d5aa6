// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/file_finder.h"

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/files/lookup_answer.h"

namespace weir {

FileFinder::FileFinder(const LocationSettings& location, CompileContext& context)
    : root_(location, context), services_(context.services == nullptr ? nullptr : context.services->files) {
  if (services_ != nullptr) cache_ = services_->cacheFor(location.http.content);
}

Ref<const OpenFile> FileFinder::find(Exchange& exchange, std::string_view path, std::string_view suffix) const {
  std::string& text = exchange.templateText();
  FileKey key = root_.locate(exchange, path, text);
  if (!suffix.empty()) key = FileKey(text.append(suffix), key.symlinks());
  NameLookup lookup = exchange.lookups().mayWait(key.text()) ? NameLookup::Cached : NameLookup::Full;
  if (cache_) return cache_->find(key, exchange.loop().now(), lookup);
  return OpenFile::open(key, lookup);
}

void FileFinder::await(Exchange& exchange) const {
  LookupAnswer::begin(exchange, *services_, FileKey(exchange.templateText(), root_.symlinks()));
}

OpenedFd FileFinder::openFolder(Exchange& exchange, std::string_view path) const {
  return openKey(root_.locate(exchange, path, exchange.templateText()));
}

}  // namespace weir
