// SPDX-License-Identifier: Apache-2.0
// add_header: fields added to responses; to those of success and redirection, or with `always` to all, as in nginx.
#include <vector>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"
#include "worker/http/template.h"

namespace weir {
namespace {

bool isGood(uint16_t status) {
  switch (status) {
    case 200:
    case 201:
    case 204:
    case 206:
    case 301:
    case 302:
    case 303:
    case 304:
    case 307:
    case 308:
      return true;
    default:
      return false;
  }
}

class AddHeaderFilter final : public Filter {
 public:
  AddHeaderFilter(const std::vector<HeaderSetting>& settings, CompileContext& context) {
    for (const HeaderSetting& setting : settings)
      rows_.push_back(
          {setting.name, Template::compile(setting.value, context.variables, context.diagnostics), setting.always});
  }

  void onResponse(Exchange& exchange, OutgoingHead& head) const override {
    for (const Row& row : rows_)
      if (row.always || isGood(head.status)) add(exchange, row);
  }

 private:
  struct Row {
    std::string name;
    Template value;
    bool always;
  };

  static void add(Exchange& exchange, const Row& row) {
    FieldList& fields = exchange.addedFields();
    row.value.append(exchange, fields.begin(row.name));
    // An empty value means no field, as in nginx.
    fields.pendingValue().empty() ? fields.cancel() : fields.end();
  }

  std::vector<Row> rows_;
};

std::unique_ptr<Filter> makeAddHeader(const LocationSettings& location, CompileContext& context) {
  if (location.http.add_header.empty()) return nullptr;
  return std::make_unique<AddHeaderFilter>(location.http.add_header, context);
}

const FilterEntry kEntry("50-add_header", makeAddHeader);

}  // namespace
}  // namespace weir
