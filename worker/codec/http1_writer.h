// SPDX-License-Identifier: Apache-2.0
#pragma once
// HeadWriter: writes a request or response head into the caller's bytes. It never writes past their end: what does not
// fit is dropped and fits() says no, to be asked once when all is written. It checks nothing else: names and values
// come from a parser or from the configuration, where CR and LF have been refused.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace weir {

// "Not Found"; empty for a code without one.
std::string_view reasonPhrase(uint16_t status);

class HeadWriter {
 public:
  explicit HeadWriter(std::span<char> room) : begin_(room.data()), at_(begin_), end_(begin_ + room.size()) {}

  void raw(std::string_view text) {
    if (text.size() > static_cast<size_t>(end_ - at_)) return overflow();
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());  // an empty view may be null
    at_ += text.size();
  }

  // "HTTP/1.1 404 Not Found"; with the phrase of the peer when there is one to keep.
  void statusLine(uint16_t status);
  void statusLine(uint16_t status, std::string_view reason);
  // "GET /path HTTP/1.1"
  void requestLine(std::string_view method, std::string_view target);

  void field(std::string_view name, std::string_view value) {
    raw(name);
    raw(": ");
    raw(value);
    raw("\r\n");
  }
  void field(std::string_view name, uint64_t value);

  // The empty line behind the fields.
  void end() { raw("\r\n"); }

  bool fits() const { return fits_; }
  // REQUIRES: fits()
  size_t size() const { return static_cast<size_t>(at_ - begin_); }
  std::string_view text() const { return {begin_, size()}; }

 private:
  void number(uint64_t value);
  void overflow() {
    fits_ = false;
    end_ = at_;  // nothing shorter may follow what was dropped
  }

  char* begin_;
  char* at_;
  char* end_;
  bool fits_ = true;
};

}  // namespace weir
