// SPDX-License-Identifier: Apache-2.0
#include "worker/http/uri.h"

#include <algorithm>
#include <array>

namespace weir {
namespace {

enum ByteBits : uint8_t {
  kSpecial = 1,     // the path cannot be taken as it is, or may not
  kSlash = 2,       // makes a kAfterSlash behind it special
  kAfterSlash = 4,  // twice kSlash: isPlain() shifts one onto the other
  kEscape = 8,      // to be written as %HH
  kNoArgs = 16,     // may not be in a query
};

consteval std::array<uint8_t, 256> classify() {
  std::array<uint8_t, 256> bits{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (byte < 0x20 || byte == 0x7f) bits[byte] = kSpecial | kEscape | kNoArgs;
    if (byte >= 0x80) bits[byte] = kEscape;
  }
  const auto mark = [&](std::string_view bytes, uint8_t more) {
    for (char c : bytes) bits[static_cast<unsigned char>(c)] |= more;
  };
  mark(" \"#%<>?\\^`{|}", kEscape);
  mark("%", kSpecial);
  mark("#", kSpecial | kNoArgs);
  mark("/", kSlash | kAfterSlash);
  mark(".", kAfterSlash);
  return bits;
}

constexpr std::array<uint8_t, 256> kBits = classify();

uint8_t bitsOf(char c) { return kBits[static_cast<unsigned char>(c)]; }
bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Nothing to decode, resolve, merge or refuse. Looks at every byte without a branch: nearly all paths are plain.
bool isPlain(std::string_view path) {
  unsigned found = 0, previous = 0;
  for (char c : path) {
    unsigned bits = bitsOf(c);
    found |= (bits & kSpecial) | (((previous & kSlash) << 1) & bits);
    previous = bits;
  }
  return found == 0;
}

bool isQuery(std::string_view args) {
  unsigned found = 0;
  for (char c : args) found |= bitsOf(c);
  return (found & kNoArgs) == 0;
}

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Takes the path's next character, decoded; false when it is none that a path may hold.
bool nextCharacter(std::string_view& rest, char& c) {
  c = rest[0];
  rest.remove_prefix(1);
  if (c == '%') {
    if (rest.size() < 2) return false;
    int high = hexValue(rest[0]), low = hexValue(rest[1]);
    if (high < 0 || low < 0) return false;
    c = static_cast<char>(high << 4 | low);
    rest.remove_prefix(2);
  } else if (c == '#') {
    return false;
  }
  return !isControl(c);
}

enum class Segment : uint8_t { Plain, Dots, AboveRoot };

// Resolves the segment that the path ends in if it is `.` or `..`; the path ends in a slash then.
Segment resolveLastSegment(std::string& path) {
  size_t slash = path.rfind('/');
  std::string_view segment = std::string_view(path).substr(slash + 1);
  if (segment != "." && segment != "..") return Segment::Plain;
  if (segment == "..") {
    if (slash == 0) return Segment::AboveRoot;
    slash = path.rfind('/', slash - 1);
  }
  path.resize(slash + 1);
  return Segment::Dots;
}

bool appendSlash(std::string& path, Slashes slashes) {
  switch (resolveLastSegment(path)) {
    case Segment::AboveRoot:
      return false;
    case Segment::Dots:
      return true;  // its slash is there already
    case Segment::Plain:
      if (slashes == Slashes::Keep || !path.ends_with('/')) path.push_back('/');
  }
  return true;
}

// REQUIRES: rest begins with '/'
bool decodePath(std::string_view rest, Slashes slashes, std::string& path) {
  path.assign(1, '/');
  rest.remove_prefix(1);
  while (!rest.empty()) {
    char c;
    if (!nextCharacter(rest, c)) return false;
    if (c != '/')
      path.push_back(c);
    else if (!appendSlash(path, slashes))
      return false;
  }
  return resolveLastSegment(path) != Segment::AboveRoot;
}

bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }

std::string_view withoutPort(std::string_view host) {
  size_t from = host.starts_with('[') ? host.find(']') : 0;
  return host.substr(0, host.find(':', from));
}

}  // namespace

bool parseTarget(std::string_view text, Slashes slashes, std::string& storage, Target& target) {
  size_t question = text.find('?');
  std::string_view path = text.substr(0, question);
  target.args = question == std::string_view::npos ? std::string_view() : text.substr(question + 1);
  if (path.empty()) path = "/";
  if (path[0] != '/' || !isQuery(target.args)) return false;
  target.path = path;
  if (isPlain(path)) return true;
  if (!decodePath(path, slashes, storage)) return false;
  target.path = storage;
  return true;
}

void appendEscapedPath(std::string_view path, std::string& to) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (char c : path) {
    if ((bitsOf(c) & kEscape) == 0) {
      to.push_back(c);
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    to.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
}

std::string_view normalizeHost(std::string_view text, std::string& storage) {
  std::string_view host = withoutPort(text);
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  if (std::none_of(host.begin(), host.end(), isUpper)) return host;
  storage.resize(host.size());
  std::transform(host.begin(), host.end(), storage.begin(), [](char c) { return isUpper(c) ? char(c | 0x20) : c; });
  return storage;
}

}  // namespace weir
