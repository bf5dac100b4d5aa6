// SPDX-License-Identifier: Apache-2.0
#include "worker/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

namespace weir {
namespace {

// What matching needs besides pattern and subject: made once per thread, so that a match allocates nothing.
class Workspace {
 public:
  Workspace()
      : data_(pcre2_match_data_create(Captures::kGroups, nullptr)), limits_(pcre2_match_context_create(nullptr)) {
    pcre2_set_match_limit(limits_, Regex::kMatchLimit);
    pcre2_set_depth_limit(limits_, Regex::kMatchLimit);
  }
  ~Workspace() {
    pcre2_match_data_free(data_);
    pcre2_match_context_free(limits_);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // The number of groups set, or a negative error of pcre2.
  int match(const pcre2_code* code, std::string_view subject) {
    int found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, 0, data_, limits_);
    return found == 0 ? static_cast<int>(Captures::kGroups) : found;  // 0: more groups than there was room for
  }
  std::string_view group(std::string_view subject, size_t index) const {
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data_) + 2 * index;
    if (offsets[0] == PCRE2_UNSET) return {};
    return subject.substr(offsets[0], offsets[1] - offsets[0]);
  }

 private:
  pcre2_match_data* data_;
  pcre2_match_context* limits_;
};

Workspace& workspace() {
  thread_local Workspace instance;
  return instance;
}

std::string errorText(int code, size_t offset) {
  PCRE2_UCHAR text[160];
  pcre2_get_error_message(code, text, sizeof text);
  return std::string(reinterpret_cast<const char*>(text)) + " at offset " + std::to_string(offset);
}

uint32_t patternInfo(const pcre2_code* code, uint32_t what) {
  uint32_t value = 0;
  pcre2_pattern_info(code, what, &value);
  return value;
}

}  // namespace

std::string_view Captures::named(std::string_view name) const {
  if (empty()) return {};
  for (const Regex::Group& group : regex_->groups())
    if (group.name == name) return this->group(group.index);
  return {};
}

void Regex::Free::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }

std::variant<Regex, std::string> Regex::compile(std::string_view pattern, Case sensitivity) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  uint32_t options = sensitivity == Case::Insensitive ? PCRE2_CASELESS : 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &offset, nullptr);
  if (code == nullptr) return errorText(error, offset);
  Regex regex(code);
  if (!regex.readGroups())
    return "a named group must be among the first " + std::to_string(Captures::kGroups - 1) + " groups";
  // Where the processor has no JIT the interpreter serves, with the same limits.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return regex;
}

// pcre2's name table: rows of equal size, each a big-endian 16-bit group number and a name that ends in NUL.
bool Regex::readGroups() {
  uint32_t count = patternInfo(code_.get(), PCRE2_INFO_NAMECOUNT);
  uint32_t row_size = patternInfo(code_.get(), PCRE2_INFO_NAMEENTRYSIZE);
  PCRE2_SPTR row = nullptr;
  pcre2_pattern_info(code_.get(), PCRE2_INFO_NAMETABLE, &row);
  for (; count > 0; --count, row += row_size) {
    size_t index = static_cast<size_t>(row[0]) << 8 | row[1];
    if (index >= Captures::kGroups) return false;
    groups_.push_back({reinterpret_cast<const char*>(row + 2), index});
  }
  return true;
}

Regex::Outcome Regex::match(std::string_view subject, Captures& captures) const {
  Workspace& space = workspace();
  int found = space.match(code_.get(), subject);
  if (found == PCRE2_ERROR_NOMATCH) return Outcome::NoMatch;
  if (found < 0) return Outcome::TooHard;
  captures.regex_ = this;
  captures.count_ = static_cast<size_t>(found);
  for (size_t i = 0; i < captures.count_; ++i) captures.groups_[i] = space.group(subject, i);
  return Outcome::Match;
}

bool Regex::matches(std::string_view subject) const { return workspace().match(code_.get(), subject) > 0; }

}  // namespace weir
