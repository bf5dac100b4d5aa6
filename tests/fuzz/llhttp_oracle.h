// SPDX-License-Identifier: Apache-2.0
#pragma once
// llhttp, in its default (loose) mode, as a second opinion on what the codecs accept: whatever weir takes, llhttp must
// take too and read alike. Where weir is laxer on purpose, the caller rewrites the input first and says why.

#include <llhttp.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

class LlhttpOracle {
 public:
  // Reads one head; with chunked framing a body too when asked for by readBody().
  LlhttpOracle(llhttp_type_t type, std::string_view text, bool skip_body = false, bool read_body = false)
      : skip_body_(skip_body), read_body_(read_body) {
    llhttp_settings_init(&settings_);
    settings_.on_url = [](llhttp_t* p, const char* at, size_t size) { return append(self(p).target, at, size); };
    settings_.on_header_field = [](llhttp_t* p, const char* at, size_t size) { return self(p).addName({at, size}); };
    settings_.on_header_value = [](llhttp_t* p, const char* at, size_t size) { return self(p).addValue({at, size}); };
    settings_.on_header_value_complete = [](llhttp_t* p) { return self(p).endField(); };
    settings_.on_headers_complete = [](llhttp_t* p) { return self(p).endHead(); };
    settings_.on_body = [](llhttp_t* p, const char* at, size_t size) { return append(self(p).body, at, size); };
    settings_.on_message_complete = [](llhttp_t*) { return static_cast<int>(HPE_PAUSED); };
    llhttp_init(&parser_, type, &settings_);
    parser_.data = this;
    error_ = llhttp_execute(&parser_, text.data(), text.size());
    end_ = parser_.error_pos == nullptr ? text.size() : static_cast<size_t>(parser_.error_pos - text.data());
  }

  bool headComplete() const { return head_complete_; }
  // Asked for by read_body.
  bool messageComplete() const { return head_complete_ && error_ == HPE_PAUSED; }
  bool needsMore() const { return error_ == HPE_OK; }
  // Where it stopped.
  size_t end() const { return end_; }
  std::string why() const {
    return std::string(llhttp_errno_name(error_)) + ": " + (parser_.reason == nullptr ? "" : parser_.reason);
  }

  bool chunked() const { return (flags_ & F_CHUNKED) != 0; }
  bool hasLength() const { return (flags_ & F_CONTENT_LENGTH) != 0; }
  bool connectionUpgrade() const { return (flags_ & F_CONNECTION_UPGRADE) != 0 && (flags_ & F_UPGRADE) != 0; }
  bool keepAlive() const { return keep_alive_; }
  uint64_t length() const { return length_; }
  int status() const { return parser_.status_code; }
  int minorVersion() const { return parser_.http_minor; }
  std::string_view method() const { return llhttp_method_name(static_cast<llhttp_method_t>(parser_.method)); }

  std::string target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;  // trailers behind the head's

 private:
  static LlhttpOracle& self(llhttp_t* parser) { return *static_cast<LlhttpOracle*>(parser->data); }
  static int append(std::string& to, const char* at, size_t size) {
    to.append(at, size);
    return 0;
  }

  int addName(std::string_view part) {
    if (!in_field_) fields.emplace_back();
    in_field_ = true;
    fields.back().first += part;
    return 0;
  }
  int addValue(std::string_view part) {
    fields.back().second += part;
    return 0;
  }
  int endField() {
    in_field_ = false;
    std::string& value = fields.back().second;
    value.erase(value.find_last_not_of(" \t") + 1);
    return 0;
  }
  int endHead() {
    head_complete_ = true;
    flags_ = parser_.flags;
    length_ = parser_.content_length;
    if (skip_body_) parser_.flags |= F_SKIPBODY;
    keep_alive_ = llhttp_should_keep_alive(&parser_) != 0;
    return read_body_ ? 0 : static_cast<int>(HPE_PAUSED);
  }

  llhttp_t parser_{};
  llhttp_settings_t settings_{};
  llhttp_errno_t error_ = HPE_OK;
  size_t end_ = 0;
  bool skip_body_;
  bool read_body_;
  bool head_complete_ = false;
  bool in_field_ = false;
  bool keep_alive_ = false;
  uint16_t flags_ = 0;
  uint64_t length_ = 0;
};

}  // namespace weir
