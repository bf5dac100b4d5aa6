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
      files_.push_back(Template::compile(file, context.variables, context.diagnostics));
    if (code_ != 0) return;
    named_ = setting.target.text.starts_with('@');
    if (named_) context.expectNamedLocation(setting.target, "try_files");
    target_ = Template::compile(setting.target, context.variables, context.diagnostics);
  }

  Verdict onRequest(Exchange& exchange) const override {
    for (const Template& file : files_)
      if (tryFile(exchange, file)) return Verdict::Continue;
    goOn(exchange);
    return Verdict::Answered;
  }

 private:
  bool tryFile(Exchange& exchange, const Template& file) const {
    std::string path;
    file.append(exchange, path);
    // "$uri/" of a path that ends in a slash already.
    if (path.ends_with("//")) path.pop_back();
    if (!path.starts_with('/')) path.insert(0, 1, '/');
    Ref<const OpenFile> found = finder_.find(exchange, path);
    if (!(path.ends_with('/') ? found->isFolder() : found->isFile())) return false;
    exchange.setPath(path);
    return true;
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
  std::vector<Template> files_;
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
