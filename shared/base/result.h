// SPDX-License-Identifier: Apache-2.0
#pragma once
// Result<T>: what a call that asks the operating system gives back, a value or the reason why not.
// For "the system said no" only; a wrong configuration goes to Diagnostics, a broken exchange to Failure.

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace weir {

struct Error {
  int code = 0;         // an errno value; 0 when the reason is not the system's
  std::string context;  // what was tried, with its object: "bind 127.0.0.1:80"

  // "bind 127.0.0.1:80: Address already in use"
  std::string message() const { return code == 0 ? context : context + ": " + std::strerror(code); }
};

// The current errno with what was tried.
inline Error systemError(std::string context) { return Error{errno, std::move(context)}; }

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: a value is a result
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: so is an error

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // REQUIRES: ok()
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  T* operator->() { return &value(); }
  // REQUIRES: !ok()
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT: an error is a result

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  // REQUIRES: !ok()
  const Error& error() const { return error_; }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace weir
