// SPDX-License-Identifier: Apache-2.0
#include "worker/http/error_pages.h"

#include <algorithm>

#include "worker/http/compile_context.h"

namespace weir {
namespace {

ErrorPage::GoesTo whereTo(std::string_view target) {
  if (target.starts_with('@')) return ErrorPage::GoesTo::Named;
  return target.starts_with('/') ? ErrorPage::GoesTo::Uri : ErrorPage::GoesTo::Url;
}

}  // namespace

ErrorPages::ErrorPages(const std::vector<ErrorPageSetting>& settings, CompileContext& context) {
  for (const ErrorPageSetting& setting : settings) {
    if (whereTo(setting.target.text) == ErrorPage::GoesTo::Named)
      context.expectNamedLocation(setting.target, "error_page");
    pages_.push_back({setting.codes, setting.response, whereTo(setting.target.text),
                      Template::compile(setting.target, context.variables, context.diagnostics)});
  }
}

const ErrorPage* ErrorPages::find(uint16_t status) const {
  auto page = std::find_if(pages_.rbegin(), pages_.rend(), [status](const ErrorPage& each) {
    return std::find(each.codes.begin(), each.codes.end(), status) != each.codes.end();
  });
  return page == pages_.rend() ? nullptr : &*page;
}

}  // namespace weir
