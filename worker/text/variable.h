// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a template of any language knows of variables. Source is what values are made of: an exchange, a session. A
// variable is a row of one of the language's tables, or what its Scope knows besides; it is found by name once, while
// a configuration is compiled, and on traffic there is only the row's function.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker/codec/header_id.h"

namespace weir::text {

template <class Source>
class Map;

// What follows the name of a row that is a prefix ($http_NAME, $arg_NAME), what a capture is called, or which map
// makes the value.
template <class Source>
struct Argument {
  std::string name;  // of a header: in lower case with hyphens
  HeaderId header = HeaderId::Other;
  size_t group = 0;
  const Map<Source>* map = nullptr;
};

// Appends the value, nothing when there is none. Must be callable at any time of a source's life.
template <class Source>
using Append = void (*)(const Source& source, const Argument<Source>& argument, std::string& to);

// What an exchange has to keep because a variable will ask for it. Bits.
enum class Need : uint8_t { None = 0, SentFields = 1, UpstreamFields = 2 };
constexpr Need operator|(Need a, Need b) {
  return static_cast<Need>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}
constexpr bool includes(Need all, Need one) { return (static_cast<uint8_t>(all) & static_cast<uint8_t>(one)) != 0; }

// Plain: never anything but printable ASCII without quotes and backslashes: no log has to escape it, and where it is
// empty it stays so, as in nginx.
enum class Value : uint8_t { Any, Plain };

template <class Source>
struct Row {
  std::string_view name;  // one that ends in '_' is a prefix
  Append<Source> append;
  std::string_view text{};  // for the docs
  Need need = Need::None;
  Value value = Value::Any;

  bool isPrefix() const { return name.ends_with('_'); }
};

template <class Source>
struct Variable {
  const Row<Source>* row;
  Argument<Source> argument;
  Need need = Need::None;  // besides the row's
};

// The variables that a template may use.
template <class Source>
class Scope {
 public:
  // name: without the dollar sign. nullopt when there is no such variable.
  virtual std::optional<Variable<Source>> find(std::string_view name) = 0;
  // "; did you mean "$X"?", or nothing.
  virtual std::string suggest(std::string_view name) = 0;

 protected:
  ~Scope() = default;
};

}  // namespace weir::text
