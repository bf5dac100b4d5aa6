// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tables of the configuration language: sections and directives, one row each. Parsing, inheritance, -t, -T and
// the reference are derived from them; a new directive is one member of Settings and one row in directives_*.h.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "shared/config/value.h"

namespace weir::config {

enum class Context : uint32_t {
  Main = 1,
  Metrics = 2,
  Http = 4,
  Server = 8,
  Location = 16,
  Upstream = 32,
  Stream = 64,
  Map = 128
};

// Some of the contexts.
struct ContextSet {
  uint32_t bits = 0;

  constexpr ContextSet() = default;
  constexpr ContextSet(Context context) : bits(static_cast<uint32_t>(context)) {}  // NOLINT: one context is a set
  constexpr bool has(Context context) const { return (bits & static_cast<uint32_t>(context)) != 0; }
};

constexpr ContextSet operator|(ContextSet a, ContextSet b) {
  a.bits |= b.bits;
  return a;
}
constexpr ContextSet operator|(Context a, Context b) { return ContextSet(a) | ContextSet(b); }

// Which of the structs of a section holds the member.
enum class Owner : uint8_t {
  None,
  Main,
  Metrics,
  Global,
  Http,
  Content,
  Server,
  Location,
  Upstream,
  Stream,
  Tls,
  ProxyTls,
  kCount
};

// What a line does to a value that is there: it may come once in a section; or once more, a section's first line
// replacing what the section inherited; or once more, merging with it.
enum class Repeat : uint8_t { Once, Replace, Merge };

enum class Label : uint8_t { None, Required };

struct SectionRow {
  Context context;
  std::string_view name;
  Label label;
  std::string_view doc;
};

// The member behind a row, reached through functions made from its type (field.h). The pointers are to the Owner.
struct Field {
  Owner owner = Owner::None;
  bool (*set)(const Arguments&, Repeat, void* owner) = nullptr;
  void (*reset)(void* owner) = nullptr;
  void (*print)(const void* owner, std::vector<PrintedLine>&) = nullptr;
};

struct Directive {
  std::string_view name{};
  ContextSet contexts{};
  Repeat repeat = Repeat::Once;
  bool inherited = true;
  std::string_view shares{};   // the row above whose list this one fills too
  std::string_view syntax{};   // of the arguments; empty: by the type
  std::string_view initial{};  // the default, as it would be written
  Range range{};
  TextRule rule = TextRule::Word;
  std::string_view doc{};
  std::string_view nginx{};  // how nginx differs; empty: it does not
  Field field{};
};

std::span<const SectionRow> sections();
std::span<const Directive> directives();

const SectionRow& sectionOf(Context context);
// The row's index in directives(); npos when the context has no such directive.
inline constexpr size_t kNoDirective = static_cast<size_t>(-1);
size_t findDirective(std::string_view name, Context context);

}  // namespace weir::config
