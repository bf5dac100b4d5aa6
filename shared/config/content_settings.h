// SPDX-License-Identifier: Apache-2.0
#pragma once
// ContentSettings: what a location answers from files, and what is done to the content of any answer: its type and
// charset, its coding, how long it may be kept, what is shown in an error's place. Part of HttpSettings; one row each
// in directives_files.h and directives_content.h.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/clock.h"
#include "shared/config/setting_types.h"

namespace weir {

struct TryFilesSetting {
  std::vector<TemplateText> files;  // one that ends in '/' asks for a folder; empty: unset
  TemplateText target;              // a URI or @location when none is there; empty: the code
  uint16_t code = 0;
};

enum class Symlinks : uint8_t {
  Follow,      // off: wherever they lead
  Beneath,     // outside: those that lead out of the root are refused
  Refuse,      // on: all are refused
  IfSameOwner  // if_not_owner: those that belong to another than what they lead to are refused
};

enum class Dotfiles : uint8_t { Deny, Allow };
enum class ListingFormat : uint8_t { Html, Json };
enum class IfModifiedSince : uint8_t { Off, Exact, Before };
enum class Precompressed : uint8_t { Off, On, Always };
enum class Robots : uint8_t { Off, Allow, Deny };
enum class HttpVersion : uint8_t { Http10, Http11 };

struct OpenFileCacheSetting {
  uint32_t max = 0;  // files; 0: off
  Milliseconds inactive{60000};
  Size memory{16 << 20};  // for the content of small ones
};

struct TypeSetting {
  std::string type;
  std::vector<std::string> extensions;  // lower case, without the dot
};

struct ExpiresSetting {
  enum class Kind : uint8_t { Off, Epoch, Max, After, Modified, Daily };  // Daily: at a time of day, `@15h30m`
  Kind kind = Kind::Off;
  int64_t seconds = 0;  // may be negative: already expired
};

struct ErrorPageSetting {
  std::vector<uint16_t> codes;
  std::optional<uint16_t> response;  // answered instead of the code; 0: what the page answers
  TemplateText target;               // a URI, a URL or @location
  Origin origin;
};

// Bits of gzip_proxied: which answers of a proxied request (one with Via) may be coded.
struct GzipProxiedSetting {
  bool expired = false, no_cache = false, no_store = false, private_ = false;
  bool no_last_modified = false, no_etag = false, auth = false, any = false;
};

struct ContentSettings {
  // which file
  TemplateText root;   // absolute; empty: no files are served
  TemplateText alias;  // absolute, instead of root and the location's part of the path
  std::vector<std::string> index;
  TryFilesSetting try_files;
  Symlinks disable_symlinks = Symlinks::Beneath;
  Dotfiles dotfiles = Dotfiles::Deny;
  bool log_not_found = true;
  Precompressed gzip_static = Precompressed::Off;
  Precompressed brotli_static = Precompressed::Off;
  Precompressed zstd_static = Precompressed::Off;

  // listings
  bool autoindex = false;
  bool autoindex_exact_size = false;
  bool autoindex_localtime = false;
  ListingFormat autoindex_format = ListingFormat::Html;

  // how it is sent
  bool etag = true;
  IfModifiedSince if_modified_since = IfModifiedSince::Before;
  uint32_t max_ranges = 0;  // 0: none, Range is ignored
  bool sendfile = true;
  Size sendfile_max_chunk{};
  bool tcp_nopush = true;
  OpenFileCacheSetting open_file_cache;
  Milliseconds open_file_cache_valid{};
  uint32_t open_file_cache_min_uses = 0;
  bool open_file_cache_errors = false;
  bool open_file_cache_events = true;

  // what it is called
  Path types_file;
  std::vector<TypeSetting> types;  // before what types_file says
  std::string charset = "off";
  std::vector<std::string> charset_types;

  // what is said about it
  ExpiresSetting expires;
  Robots robots = Robots::Off;
  std::vector<std::string> cors;  // origins; "*" or "off" stand alone
  std::vector<std::string> cors_methods;
  std::vector<std::string> cors_headers;  // "*" stands for what is asked for
  std::vector<std::string> cors_expose_headers;
  bool cors_credentials = false;
  Milliseconds cors_max_age{};

  // its coding
  bool gzip = false;
  uint32_t gzip_comp_level = 0;
  Size gzip_min_length{};
  std::vector<std::string> gzip_types;  // text/html is always one; "*": all
  GzipProxiedSetting gzip_proxied;
  bool gzip_vary = true;
  HttpVersion gzip_http_version = HttpVersion::Http11;  // the least of the client's

  // in an error's place; of several that name a code the last holds
  std::vector<ErrorPageSetting> error_page;
  bool recursive_error_pages = false;
};

}  // namespace weir
