// SPDX-License-Identifier: Apache-2.0
#pragma once
// FieldList: header fields that weir adds to a head, in order, as they will be sent: lines of HTTP/1, one behind the
// other. Keeps its memory over clear(), so that adding the same again allocates nothing. Views live until the next
// change.

#include <strings.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class FieldList {
 public:
  void clear() {
    text_.clear();
    fields_.clear();
  }
  bool empty() const { return fields_.empty(); }
  // All fields as lines, "Name: value" and CRLF each. REQUIRES: what was begun has ended
  std::string_view lines() const { return text_; }

  void add(std::string_view name, std::string_view value) {
    begin(name).append(value);
    end();
  }
  // All of another list, in one go.
  void append(const FieldList& other) {
    auto shift = static_cast<uint32_t>(text_.size());
    text_.append(other.text_);
    for (const Field& field : other.fields_)
      fields_.push_back({field.line + shift, field.colon + shift, field.end + shift});
  }
  // Takes out every field of that name, in any case.
  void remove(std::string_view name) {
    uint32_t removed = 0;  // bytes, of the lines before
    size_t kept = 0;
    for (Field field : fields_) {
      field = {field.line - removed, field.colon - removed, field.end - removed};
      const bool named = field.colon - field.line == name.size() &&
                         strncasecmp(text_.data() + field.line, name.data(), name.size()) == 0;
      if (named) {
        text_.erase(field.line, field.end - field.line);
        removed += field.end - field.line;
      } else {
        fields_[kept++] = field;
      }
    }
    fields_.resize(kept);
  }
  // For values that are made in place: append the value to what begin() gives, then call end().
  std::string& begin(std::string_view name) {
    line_ = static_cast<uint32_t>(text_.size());
    text_.append(name);
    colon_ = static_cast<uint32_t>(text_.size());
    return text_.append(": ");
  }
  void end() {
    text_.append("\r\n");
    fields_.push_back({line_, colon_, static_cast<uint32_t>(text_.size())});
  }
  // Instead of end(): takes back what begin() began.
  void cancel() { text_.resize(line_); }
  std::string_view pendingValue() const { return std::string_view(text_).substr(colon_ + kColon); }

  template <class Visitor>
  void each(Visitor visit) const {
    std::string_view all = text_;
    for (const Field& field : fields_)
      visit(all.substr(field.line, field.colon - field.line),
            all.substr(field.colon + kColon, field.end - kCrLf - kColon - field.colon));
  }

 private:
  static constexpr uint32_t kColon = 2;  // ": "
  static constexpr uint32_t kCrLf = 2;
  struct Field {
    uint32_t line, colon, end;  // offsets in text_; the line ends behind its CRLF
  };

  std::string text_;
  std::vector<Field> fields_;
  uint32_t line_ = 0;  // of what was begun
  uint32_t colon_ = 0;
};

}  // namespace weir
