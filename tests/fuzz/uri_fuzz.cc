// SPDX-License-Identifier: Apache-2.0
// The path pipeline (S-43): what it accepts is a resolved path, whatever the bytes were, and means the same after
// escaping it and parsing it again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "worker/http/uri.h"

using weir::Slashes;

namespace {

void require(bool claim) {
  if (!claim) std::abort();
}

bool hasDotSegment(std::string_view path) {
  for (size_t at = 0; at < path.size();) {
    size_t end = path.find('/', at + 1);
    std::string_view segment = path.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
    if (segment == "." || segment == "..") return true;
    if (end == std::string_view::npos) return false;
    at = end;
  }
  return false;
}

void checkPath(std::string_view path, Slashes slashes) {
  require(path.starts_with('/'));
  require(!hasDotSegment(path));
  require(slashes == Slashes::Keep || path.find("//") == std::string_view::npos);
  for (char c : path) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

void parseAndReparse(std::string_view text, Slashes slashes) {
  std::string storage, again_storage, escaped;
  weir::Target target, again;
  if (!weir::parseTarget(text, slashes, storage, target)) return;
  checkPath(target.path, slashes);
  weir::appendEscapedPath(target.path, escaped);
  require(weir::parseTarget(escaped, slashes, again_storage, again));
  require(again.path == target.path && again.args.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  parseAndReparse(text, Slashes::Merge);
  parseAndReparse(text, Slashes::Keep);
  std::string storage;
  std::string_view host = weir::normalizeHost(text, storage);
  for (char c : host) require(c < 'A' || c > 'Z');
  require(host.size() <= text.size());
  return 0;
}
