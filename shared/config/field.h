// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes a row's Field from a pointer to its member: how it is set, reset and printed follows from the member's type.

#include <type_traits>
#include <utility>
#include <vector>

#include "shared/config/directive.h"

namespace weir::config {

template <class T>
inline constexpr Owner kOwner = Owner::None;
template <>
inline constexpr Owner kOwner<MainSettings> = Owner::Main;
template <>
inline constexpr Owner kOwner<MetricsSettings> = Owner::Metrics;
template <>
inline constexpr Owner kOwner<Settings> = Owner::Global;
template <>
inline constexpr Owner kOwner<HttpSettings> = Owner::Http;
template <>
inline constexpr Owner kOwner<ContentSettings> = Owner::Content;
template <>
inline constexpr Owner kOwner<ServerSettings> = Owner::Server;
template <>
inline constexpr Owner kOwner<LocationSettings> = Owner::Location;
template <>
inline constexpr Owner kOwner<UpstreamSettings> = Owner::Upstream;
template <>
inline constexpr Owner kOwner<StreamSettings> = Owner::Stream;
template <>
inline constexpr Owner kOwner<MapSettings> = Owner::Stream;  // a [map] is no section of a [stream]: the place is free

template <>
inline constexpr Owner kOwner<TlsSettings> = Owner::Tls;
template <>
inline constexpr Owner kOwner<ProxyTlsSettings> = Owner::ProxyTls;

template <class T>
bool assign(const Arguments& in, Repeat, T& value) {
  T parsed{};
  if (!parseValue(in, parsed)) return false;
  value = std::move(parsed);
  return true;
}

template <class E>
bool assign(const Arguments& in, Repeat repeat, std::vector<E>& list) {
  if (repeat == Repeat::Replace && in.earlier.empty()) list.clear();
  return appendValue(in, list);
}

template <class T>
void printInto(const T& value, std::vector<PrintedLine>& lines) {
  auto text = printValue(value);
  if (!text.empty()) lines.push_back({"", std::move(text), originOf(value)});
}

inline void printInto(const std::string& value, std::vector<PrintedLine>& lines) {
  if (!value.empty()) lines.push_back({"", printValue(value), {}});
}

template <class E>
void printInto(const std::vector<E>& list, std::vector<PrintedLine>& lines) {
  for (const auto& element : list) lines.push_back({"", printValue(element), originOf(element)});
}

inline void printInto(const std::vector<AccessRule>& list, std::vector<PrintedLine>& lines) {
  for (const auto& rule : list) lines.push_back({rule.allow ? "allow" : "deny", printValue(rule), {}});
}

inline void printInto(const std::vector<AccessLogSetting>& list, std::vector<PrintedLine>& lines) {
  for (const auto& log : list) lines.push_back({"", printValue(log), log.origin});
  if (list.empty()) lines.push_back({"", "off", {}});
}

// Pattern stands for the base of a LocationSettings, to which no pointer to member can be had.
struct Pattern {};

template <auto Member>
struct Access;
template <class O, class T, T O::*Member>
struct Access<Member> {
  using OwnerType = O;
  using Type = T;
  static T& of(void* owner) { return static_cast<O*>(owner)->*Member; }
  static const T& of(const void* owner) { return static_cast<const O*>(owner)->*Member; }
};
template <>
struct Access<Pattern{}> {
  using OwnerType = LocationSettings;
  using Type = LocationPattern;
  static Type& of(void* owner) { return *static_cast<LocationSettings*>(owner); }
  static const Type& of(const void* owner) { return *static_cast<const LocationSettings*>(owner); }
};

template <auto Member>
constexpr Field fieldOf() {
  using A = Access<Member>;
  return {
      kOwner<typename A::OwnerType>,
      [](const Arguments& in, Repeat repeat, void* owner) { return assign(in, repeat, A::of(owner)); },
      [](void* owner) { A::of(owner) = typename A::Type{}; },
      [](const void* owner, std::vector<PrintedLine>& lines) { printInto(A::of(owner), lines); },
  };
}

// What several rows have in common.
inline constexpr ContextSet kReading = Context::Http | Context::Server;  // before a location is known
inline constexpr ContextSet kEverywhere = kReading | Context::Location;
inline constexpr ContextSet kAnswering = Context::Server | Context::Location;

inline constexpr Range kTimeout{1, 24ull * 3'600'000 * 365};  // 1 ms to 365 days; 0 would never let anything through
inline constexpr Range kDuration{0, 24ull * 3'600'000 * 365};

// A row of the table: fills in what the member's type says.
template <auto Member>
consteval Directive row(Directive directive) {
  using Type = typename Access<Member>::Type;
  directive.field = fieldOf<Member>();
  if (directive.syntax.empty()) directive.syntax = kSyntax<Type>;
  return directive;
}

}  // namespace weir::config
