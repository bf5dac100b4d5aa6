// SPDX-License-Identifier: Apache-2.0
// return: a status with a text or a redirect, without asking anybody; 444 closes without a word.
#include "worker/http/compile_context.h"
#include "worker/http/default_page.h"
#include "worker/http/exchange.h"
#include "worker/http/handler.h"
#include "worker/http/template.h"

namespace weir {
namespace {

constexpr uint16_t kCloseSilently = 444;

bool isRedirect(uint16_t code) { return code == 301 || code == 302 || code == 303 || code == 307 || code == 308; }

class ReturnHandler final : public Handler {
 public:
  ReturnHandler(const HttpSettings& http, CompileContext& context)
      : code_(http.return_.code),
        type_(http.default_type),
        absolute_(http.absolute_redirect),
        text_(Template::compile(http.return_.text, context.variables, context.diagnostics)) {}

  void handle(Exchange& exchange) const override {
    if (code_ == kCloseSilently) return exchange.abort({Cause::None});
    if (isRedirect(code_)) return redirect(exchange);
    if (text_.isEmpty() && code_ >= 300) return respondDefault(exchange, code_);
    std::string& text = exchange.requestText();
    text.clear();
    text_.append(exchange, text);
    exchange.respond(code_, text_.isEmpty() ? std::string_view() : std::string_view(type_), text);
  }

 private:
  void redirect(Exchange& exchange) const {
    std::string& location = exchange.addedFields().begin("Location");
    size_t begin = location.size();
    text_.append(exchange, location);
    if (absolute_ && location.compare(begin, 1, "/") == 0) {
      std::string host(exchange.authority().value_or(exchange.host()));
      location.insert(begin, std::string(exchange.downstream().scheme()) + "://" + host);
    }
    exchange.addedFields().end();
    respondDefault(exchange, code_);
  }

  uint16_t code_;
  const std::string& type_;
  bool absolute_;
  Template text_;
};

std::unique_ptr<Handler> makeReturn(const LocationSettings& location, CompileContext& context) {
  if (location.http.return_.code == 0) return nullptr;
  return std::make_unique<ReturnHandler>(location.http, context);
}

const HandlerEntry kEntry("10-return", makeReturn);

}  // namespace
}  // namespace weir
