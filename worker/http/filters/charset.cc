// SPDX-License-Identifier: Apache-2.0
// charset: put behind the Content-Type of what weir answers itself, where the type is one of charset_types.
#include <algorithm>
#include <string>
#include <vector>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"

namespace weir {
namespace {

class CharsetFilter final : public Filter {
 public:
  explicit CharsetFilter(const ContentSettings& content) {
    for (const std::string& type : content.charset_types)
      rows_.push_back({type, type + "; charset=" + content.charset});
  }

  // A type that has a parameter already equals none of these.
  void onResponse(Exchange&, OutgoingHead& head) const override {
    if (head.content_type.empty()) return;
    auto row =
        std::find_if(rows_.begin(), rows_.end(), [&](const Row& each) { return each.type == head.content_type; });
    if (row != rows_.end()) head.content_type = row->with_charset;
  }

 private:
  struct Row {
    std::string type;
    std::string with_charset;
  };
  std::vector<Row> rows_;
};

std::unique_ptr<Filter> makeCharset(const LocationSettings& location, CompileContext&) {
  if (location.http.content.charset == "off") return nullptr;
  return std::make_unique<CharsetFilter>(location.http.content);
}

const FilterEntry kEntry("40-charset", makeCharset);

}  // namespace
}  // namespace weir
