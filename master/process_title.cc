// SPDX-License-Identifier: Apache-2.0
#include "master/process_title.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace weir {

// The kernel puts the strings of argv and then of environ one after the other; a process that changed its environment
// ends the area early.
ProcessTitle::ProcessTitle(int argc, char** argv) : original_(environ), begin_(argv[0]), size_(0) {
  char* end = begin_;
  auto extend = [&](char* text) {
    if (text == end) end += std::strlen(text) + 1;
  };
  for (int i = 0; i < argc; ++i) extend(argv[i]);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    extend(*variable);
    environment_.emplace_back(*variable);
  }
  size_ = static_cast<size_t>(end - begin_);
  for (std::string& variable : environment_) pointers_.push_back(variable.data());
  pointers_.push_back(nullptr);
  environ = pointers_.data();
}

ProcessTitle::~ProcessTitle() { environ = original_; }

void ProcessTitle::set(std::string_view title) {
  if (size_ == 0) return;
  std::memset(begin_, 0, size_);
  title.copy(begin_, size_ - 1);
  constexpr std::string_view kPrefix = "weir: ";
  std::string name(title.substr(title.starts_with(kPrefix) ? kPrefix.size() : 0, 15));
  prctl(PR_SET_NAME, name.c_str());
}

}  // namespace weir
