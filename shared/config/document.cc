// SPDX-License-Identifier: Apache-2.0
#include "shared/config/document.h"

#include <algorithm>
#include <filesystem>

#include "shared/config/ini_source.h"
#include "shared/config/lexer.h"
#include "shared/config/nearest.h"
#include "shared/config/scalar.h"

namespace weir::config {
namespace {

std::string normalized(const std::string& path) { return std::filesystem::path(path).lexically_normal().string(); }

bool isPattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

const SectionRow* findSection(std::string_view kind) {
  auto rows = sections();
  auto row = std::find_if(rows.begin(), rows.end(), [&](const SectionRow& each) { return each.name == kind; });
  return row == rows.end() ? nullptr : &*row;
}

std::string nearestSection(std::string_view kind) {
  std::vector<std::string_view> known;
  for (const auto& row : sections()) known.push_back(row.name);
  auto best = nearest(kind, known);
  return best.empty() ? "" : "; did you mean [" + std::string(best) + "]?";
}

class Builder : public IniSink {
 public:
  Builder(FileSource& source, const std::string& prefix, Diagnostics& diagnostics)
      : source_(source), prefix_(prefix), diagnostics_(diagnostics) {}

  void read(const std::string& path, Origin included_at, std::optional<size_t> into);
  Document take() { return std::move(document_); }

  size_t section(std::string_view header, Origin origin) override;
  void directive(std::optional<size_t> section, std::string_view name, std::string_view value, Origin origin) override;

 private:
  struct Level {
    std::string path;  // normalized
    std::string folder;
    std::optional<size_t> section;  // where the include stands
    std::optional<size_t> server;   // to which a location would belong
  };

  bool mayRead(const std::string& path, Origin included_at);
  void checkLabel(const Section& section);
  void place(Section& section, size_t index);
  void include(std::optional<size_t> section, const Entry& entry);
  void includePath(const std::string& path, std::optional<size_t> section, Origin origin);
  std::string shownName(std::string_view path) const;
  bool fail(Origin origin, std::string message) {
    diagnostics_.error(origin, std::move(message));
    return false;
  }

  FileSource& source_;
  const std::string& prefix_;
  Diagnostics& diagnostics_;
  Document document_;
  std::vector<Level> levels_;
  size_t includes_ = 0;
  size_t text_ = 0;
};

std::string Builder::shownName(std::string_view path) const {
  if (path.starts_with(prefix_) && path.size() > prefix_.size()) path.remove_prefix(prefix_.size());
  return std::string(path);
}

bool Builder::mayRead(const std::string& path, Origin included_at) {
  auto same = [&](const Level& level) { return level.path == path; };
  if (std::any_of(levels_.begin(), levels_.end(), same))
    return fail(included_at, "\"" + shownName(path) + "\" includes itself");
  if (levels_.size() > kMaxIncludeDepth)
    return fail(included_at, "includes nest deeper than " + std::to_string(kMaxIncludeDepth));
  if (++includes_ > kMaxIncludes) return fail({}, "more than " + std::to_string(kMaxIncludes) + " includes");
  return true;
}

void Builder::read(const std::string& path, Origin included_at, std::optional<size_t> into) {
  auto normal = normalized(path);
  if (!mayRead(normal, included_at)) return;
  const auto& file = source_.file(path);
  if (!file.error.empty()) {
    diagnostics_.error(included_at, "cannot read " + shownName(path) + ": " + file.error);
    return;
  }
  text_ += file.text.size();
  if (text_ > kMaxText) return diagnostics_.error({}, "the configuration has more than 64 MiB");
  auto server = levels_.empty() ? std::nullopt : levels_.back().server;
  levels_.push_back({std::move(normal), path.substr(0, path.rfind('/') + 1), into, server});
  readIni(file.text, diagnostics_.addFile(shownName(path)), *this, diagnostics_);
  levels_.pop_back();
}

size_t Builder::section(std::string_view header, Origin origin) {
  size_t index = document_.sections.size();
  Section section;
  section.origin = origin;
  std::string text(header), error;
  if (!expandEnvironment(text, error)) diagnostics_.error(origin, error);
  size_t blank = std::min(text.find_first_of(" \t"), text.size());
  auto kind = text.substr(0, blank);
  size_t label = text.find_first_not_of(" \t", blank);
  if (label != std::string::npos) section.label = text.substr(label);
  section.row = findSection(kind);
  if (section.row == nullptr)
    diagnostics_.error(origin, "unknown section [" + kind.substr(0, kMaxLabel) + "]" + nearestSection(kind));
  else
    checkLabel(section);
  place(section, index);
  document_.sections.push_back(std::move(section));
  return index;
}

// A wrong label is no reason to leave the section's lines unread: they may hold errors of their own.
void Builder::checkLabel(const Section& section) {
  auto kind = "[" + std::string(section.row->name) + "]";
  auto fail = [&](const std::string& message) { diagnostics_.error(section.origin, message); };
  bool location = section.row->context == Context::Location;
  if (section.row->label == Label::None) {
    if (!section.label.empty()) fail(kind + " takes no name");
    return;
  }
  std::string hint = location ? ": give the location a name, and write its pattern as \"match = PATTERN\"" : "";
  if (section.label.empty()) return fail(kind + " needs a " + (location ? "pattern" : "name") + " behind its kind");
  if (section.label.size() > kMaxLabel)
    return fail("the label of " + kind + " is over " + std::to_string(kMaxLabel) + " characters" + hint);
  if (section.label.find(']') != std::string::npos) return fail("a section cannot hold \"]\"" + hint);
  if (!isUtf8(section.label)) fail("the label of " + kind + " is not UTF-8, as logs and metrics want it");
}

// A section of an unknown kind may have been meant as a server: locations below it are then nobody's.
void Builder::place(Section& section, size_t index) {
  auto& server = levels_.back().server;
  if (section.row == nullptr || section.row->context == Context::Server) {
    server = index;
  } else if (section.row->context == Context::Location) {
    section.server = server;
    if (!server) diagnostics_.error(section.origin, "[location] has no [server] above it");
  }
}

void Builder::directive(std::optional<size_t> number, std::string_view name, std::string_view value, Origin origin) {
  auto section = number ? number : levels_.back().section;
  Entry entry{std::string(name), std::string(value), origin};
  std::string error;
  if (!expandEnvironment(entry.value, error)) return diagnostics_.error(origin, error);
  if (looksLikeInlineComment(entry.value))
    diagnostics_.warning(origin, "the value holds \" # \" or \" ; \": there are no comments behind a value");
  if (name == "include") return include(section, entry);
  if (!section) {
    diagnostics_.error(origin, "\"" + entry.name + "\" stands above the first section");
    return;
  }
  document_.sections[*section].entries.push_back(std::move(entry));
}

void Builder::include(std::optional<size_t> section, const Entry& entry) {
  auto words = splitWords(entry.value);
  if (words.error.empty() && words.words.size() != 1) words.error = "takes 1 argument";
  if (words.error.empty() && words.words[0].text.empty()) words.error = "the path is empty";
  if (!words.error.empty()) return diagnostics_.error(entry.origin, "\"include\": " + words.error);
  const auto& path = words.words[0].text;
  includePath(path.starts_with('/') ? path : levels_.back().folder + path, section, entry.origin);
}

void Builder::includePath(const std::string& path, std::optional<size_t> section, Origin origin) {
  if (!isPattern(path)) return read(path, origin, section);
  for (const auto& each : source_.glob(path)) read(each, origin, section);
}

}  // namespace

Document readDocument(FileSource& source, const std::string& main_path, const std::string& prefix,
                      Diagnostics& diagnostics) {
  Builder builder(source, prefix, diagnostics);
  builder.read(main_path, {}, std::nullopt);
  return builder.take();
}

}  // namespace weir::config
