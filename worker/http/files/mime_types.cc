// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/mime_types.h"

#include <algorithm>

namespace weir {
namespace {

struct TypeRow {
  std::string_view type;
  std::string_view extensions;
};

// RFC 9239 for JavaScript; the IANA registry else.
constexpr TypeRow kWebTypes[] = {
    {"text/html", "html htm shtml"},
    {"text/css", "css"},
    {"text/javascript", "js mjs cjs"},
    {"text/plain", "txt text log conf ini"},
    {"text/markdown", "md markdown"},
    {"text/csv", "csv"},
    {"text/xml", "xml xsl"},
    {"text/vtt", "vtt"},
    {"text/calendar", "ics"},
    {"application/json", "json map"},
    {"application/ld+json", "jsonld"},
    {"application/manifest+json", "webmanifest"},
    {"application/wasm", "wasm"},
    {"application/pdf", "pdf"},
    {"application/xhtml+xml", "xhtml"},
    {"application/rss+xml", "rss"},
    {"application/atom+xml", "atom"},
    {"application/zip", "zip"},
    {"application/gzip", "gz tgz"},
    {"application/zstd", "zst"},
    {"application/x-xz", "xz txz"},
    {"application/x-bzip2", "bz2 tbz2"},
    {"application/x-tar", "tar"},
    {"application/x-7z-compressed", "7z"},
    {"application/octet-stream", "bin dll exe dmg img iso msi"},
    {"application/vnd.debian.binary-package", "deb udeb"},
    {"application/vnd.apple.mpegurl", "m3u8"},
    {"application/dash+xml", "mpd"},
    {"image/svg+xml", "svg"},
    {"image/png", "png"},
    {"image/apng", "apng"},
    {"image/jpeg", "jpg jpeg jpe jfif"},
    {"image/gif", "gif"},
    {"image/webp", "webp"},
    {"image/avif", "avif"},
    {"image/jxl", "jxl"},
    {"image/x-icon", "ico cur"},
    {"image/bmp", "bmp"},
    {"image/tiff", "tif tiff"},
    {"font/woff", "woff"},
    {"font/woff2", "woff2"},
    {"font/ttf", "ttf"},
    {"font/otf", "otf"},
    {"font/collection", "ttc"},
    {"audio/mpeg", "mp3"},
    {"audio/mp4", "m4a"},
    {"audio/ogg", "ogg oga opus"},
    {"audio/flac", "flac"},
    {"audio/wav", "wav"},
    {"audio/aac", "aac"},
    {"video/mp4", "mp4 m4v"},
    {"video/webm", "webm"},
    {"video/ogg", "ogv"},
    {"video/mp2t", "ts"},
    {"video/quicktime", "mov"},
    {"video/x-matroska", "mkv"},
};

constexpr std::string_view kBlanks = " \t\r;";

// The next word; empty at the end.
std::string_view takeWord(std::string_view& rest) {
  size_t begin = std::min(rest.find_first_not_of(kBlanks), rest.size());
  size_t end = std::min(rest.find_first_of(kBlanks, begin), rest.size());
  std::string_view word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lower;
}

bool isType(std::string_view word) {
  size_t slash = word.find('/');
  bool visible = std::all_of(word.begin(), word.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return slash != std::string_view::npos && slash > 0 && slash + 1 < word.size() && visible;
}

}  // namespace

MimeTypes::MimeTypes(const std::vector<TypeSetting>& settings, std::string_view file_text) {
  // What an inner section adds stands last, and goes before what it inherits.
  for (auto setting = settings.rbegin(); setting != settings.rend(); ++setting)
    for (const std::string& extension : setting->extensions) addExtension(extension, setting->type);
  for (TypeRow row : kWebTypes)
    for (auto word = takeWord(row.extensions); !word.empty(); word = takeWord(row.extensions))
      addExtension(word, row.type);
  addFile(file_text);
}

void MimeTypes::addFile(std::string_view text) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    addLine(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void MimeTypes::addLine(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::string_view type = takeWord(line);
  if (!isType(type)) return;
  for (auto word = takeWord(line); !word.empty(); word = takeWord(line)) addExtension(word, type);
}

void MimeTypes::addExtension(std::string_view extension, std::string_view type) {
  types_.emplace(lowerCase(extension), type);
}

std::string_view MimeTypes::find(std::string_view file_name) const {
  std::string name = lowerCase(file_name.substr(file_name.rfind('/') + 1));
  // A dot at the beginning makes a hidden file, not an extension.
  for (size_t dot = name.find('.', 1); dot != std::string::npos; dot = name.find('.', dot + 1))
    if (auto found = types_.find(name.substr(dot + 1)); found != types_.end()) return found->second;
  return {};
}

}  // namespace weir
