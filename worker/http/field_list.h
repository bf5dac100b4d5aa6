// SPDX-License-Identifier: Apache-2.0
#pragma once
// FieldList: header fields that weir adds to a head, in order. Keeps its memory over clear(), so that adding the same
// again allocates nothing. Views live until the next add() or clear().

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
  // At least the size of all fields as lines of HTTP/1.
  size_t bytes() const { return text_.size() + 4 * fields_.size(); }

  void add(std::string_view name, std::string_view value) {
    begin(name).append(value);
    end();
  }
  // All of another list, in one go.
  void append(const FieldList& other) {
    auto shift = static_cast<uint32_t>(text_.size());
    text_.append(other.text_);
    for (const Field& field : other.fields_)
      fields_.push_back({field.name + shift, field.value + shift, field.end + shift});
  }
  // Takes out every field of that name, in any case.
  void remove(std::string_view name) {
    std::erase_if(fields_, [&](const Field& field) {
      return field.value - field.name == name.size() &&
             strncasecmp(text_.data() + field.name, name.data(), name.size()) == 0;
    });
  }
  // For values that are made in place: append the value to what begin() gives, then call end().
  std::string& begin(std::string_view name) {
    name_at_ = static_cast<uint32_t>(text_.size());
    text_.append(name);
    value_at_ = static_cast<uint32_t>(text_.size());
    return text_;
  }
  void end() { fields_.push_back({name_at_, value_at_, static_cast<uint32_t>(text_.size())}); }
  // Instead of end(): takes back what begin() began.
  void cancel() { text_.resize(name_at_); }
  std::string_view pendingValue() const { return std::string_view(text_).substr(value_at_); }

  template <class Visitor>
  void each(Visitor visit) const {
    std::string_view all = text_;
    for (const Field& field : fields_)
      visit(all.substr(field.name, field.value - field.name), all.substr(field.value, field.end - field.value));
  }

 private:
  struct Field {
    uint32_t name, value, end;
  };
  std::string text_;
  std::vector<Field> fields_;
  uint32_t name_at_ = 0;
  uint32_t value_at_ = 0;
};

}  // namespace weir
