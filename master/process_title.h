// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProcessTitle: what ps shows. The text goes where the arguments and the environment of the process were, so make it in
// main() before anybody keeps pointers into them; it moves the environment elsewhere.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class ProcessTitle {
 public:
  // argv is overwritten by set(): copy what is still needed of it before.
  ProcessTitle(int argc, char** argv);
  // Puts the environment back where it was; after set() it holds nothing useful.
  ~ProcessTitle();
  ProcessTitle(const ProcessTitle&) = delete;
  ProcessTitle& operator=(const ProcessTitle&) = delete;

  // "weir: worker 0", cut to the room there is; the thread's name (ps -e, top) gets it without "weir: ".
  void set(std::string_view title);

 private:
  char** original_;  // environ as it was found
  char* begin_;
  size_t size_;
  std::vector<std::string> environment_;
  std::vector<char*> pointers_;  // into environment_, and null
};

}  // namespace weir
