// SPDX-License-Identifier: Apache-2.0
// try_files: the first file that is there becomes the request's path; when none is, the request goes on elsewhere.
#include <vector>

#include "worker/http/compile_context.h"
#include "worker/http/default_page.h"
#include "worker/http/exchange.h"
#include "worker/http/files/file_finder.h"
#include "worker/http/filter.h"
#include "worker/http/template.h"

namespace weir {
namespace {

class TryFilesFilter final : public Filter {
 public:
  TryFilesFilter(const LocationSettings& location, CompileContext& context)
      : finder_(location, context), code_(location.http.content.try_files.code) {
    const TryFilesSetting& setting = location.http.content.try_files;
    for (const TemplateText& file : setting.files)
      files_.push_back({Template::compile(file, context.variables, context.diagnostics), file.text.ends_with('/')});
    if (code_ != 0) return;
    named_ = setting.target.text.starts_with('@');
    if (named_) context.expectNamedLocation(setting.target, "try_files");
    target_ = Template::compile(setting.target, context.variables, context.diagnostics);
  }

  Verdict onRequest(Exchange& exchange) const override {
    for (const Tried& file : files_) {
      switch (tryFile(exchange, file)) {
        case Found::Yes:
          return Verdict::Continue;
        case Found::Pending:
          finder_.await(exchange);
          return Verdict::Answered;
        case Found::No:
          break;
      }
    }
    goOn(exchange);
    return Verdict::Answered;
  }

 private:
  enum class Found : uint8_t { No, Yes, Pending };
  struct Tried {
    Template path;
    bool is_folder;  // a slash at its end asks for one, and is no part of the path
  };

  // S-45: who asked for a folder without its slash is redirected by the handler.
  Found tryFile(Exchange& exchange, const Tried& file) const {
    std::string path;
    file.path.append(exchange, path);
    if (file.is_folder) path.pop_back();
    if (!path.starts_with('/')) path.insert(0, 1, '/');
    Ref<const OpenFile> found = finder_.find(exchange, path);
    if (found->isPending()) return Found::Pending;
    if (!(file.is_folder ? found->isFolder() : found->isFile())) return Found::No;
    exchange.setPath(path);
    return Found::Yes;
  }

  void goOn(Exchange& exchange) const {
    if (code_ != 0) return respondDefault(exchange, code_);
    std::string target;
    target_.append(exchange, target);
    if (named_) return exchange.redirectToNamed(std::string_view(target).substr(1));
    size_t question = std::min(target.find('?'), target.size());
    std::string_view args = std::string_view(target).substr(std::min(question + 1, target.size()));
    exchange.redirectInternally(std::string_view(target).substr(0, question), args);
  }

  FileFinder finder_;
  std::vector<Tried> files_;
  Template target_;
  uint16_t code_;
  bool named_ = false;
};

std::unique_ptr<Filter> makeTryFiles(const LocationSettings& location, CompileContext& context) {
  const ContentSettings& content = location.http.content;
  if (content.try_files.files.empty()) return nullptr;
  if (FileRoot::isAskedFor(content)) return std::make_unique<TryFilesFilter>(location, context);
  context.diagnostics.error(content.try_files.files[0].origin, "\"try_files\": there is no \"root\" to try files in");
  return nullptr;
}

const FilterEntry kEntry("80-try_files", makeTryFiles);

}  // namespace
}  // namespace weir
