// SPDX-License-Identifier: Apache-2.0
#pragma once
// Registry<Factory>: things that announce themselves by name (handlers, balancers, filters), so that adding one is one
// new file. Registrations happen before main() and never change after; a name registered twice aborts.
// Objects must be linked directly: the linker drops self-registering ones from an archive.

#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

namespace weir {

template <class Factory>
class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  void add(std::string_view name, Factory factory) {
    if (!rows_.emplace(name, std::move(factory)).second) std::abort();
  }
  // Null when nothing of that name was registered.
  const Factory* find(std::string_view name) const {
    auto row = rows_.find(name);
    return row == rows_.end() ? nullptr : &row->second;
  }
  const std::map<std::string_view, Factory>& rows() const { return rows_; }

  // A static object of this type at namespace scope makes the registration.
  struct Entry {
    Entry(std::string_view name, Factory factory) { instance().add(name, std::move(factory)); }
  };

 private:
  std::map<std::string_view, Factory> rows_;
};

}  // namespace weir
