// SPDX-License-Identifier: Apache-2.0
#pragma once
// ErrorPages: what a route answers in the place of errors that weir makes itself. Compiled from error_page; const.

#include <cstdint>
#include <optional>
#include <vector>

#include "shared/config/settings.h"
#include "worker/http/template.h"

namespace weir {

class CompileContext;

struct ErrorPage {
  enum class GoesTo : uint8_t { Uri, Named, Url };
  std::vector<uint16_t> codes;
  std::optional<uint16_t> response;  // 0: that of the page
  GoesTo goes_to = GoesTo::Uri;
  Template target;
};

class ErrorPages {
 public:
  ErrorPages(const std::vector<ErrorPageSetting>& settings, CompileContext& context);
  // The last that names the status; null when none does.
  const ErrorPage* find(uint16_t status) const;

 private:
  std::vector<ErrorPage> pages_;
};

}  // namespace weir
