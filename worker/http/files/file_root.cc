// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/file_root.h"

#include <algorithm>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"

namespace weir {
namespace {

using Match = LocationPattern::Match;

bool isPrefix(Match match) { return match == Match::Prefix || match == Match::PrefixFinal; }

// The folder before the first variable, or of the file that a text without one names.
size_t folderSize(std::string_view text, bool names_file) {
  size_t dollar = text.find('$');
  if (dollar == std::string_view::npos && !names_file) return text.size();
  return text.rfind('/', dollar) + 1;
}

// What a variable brought in must not climb, not even within the folder.
bool climbs(std::string_view path) {
  for (size_t at = path.find(".."); at != std::string_view::npos; at = path.find("..", at + 1)) {
    bool begins = at == 0 || path[at - 1] == '/';
    bool ends = at + 2 == path.size() || path[at + 2] == '/';
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

bool FileRoot::isHidden(std::string_view path) {
  constexpr std::string_view kWellKnown = "/.well-known/";
  size_t from = path.starts_with(kWellKnown) ? kWellKnown.size() - 1 : 0;
  return path.find("/.", from) != std::string_view::npos;
}

FileRoot::FileRoot(const LocationSettings& location, CompileContext& context)
    : symlinks_(location.http.content.disable_symlinks), hides_(location.http.content.dotfiles == Dotfiles::Deny) {
  const ContentSettings& content = location.http.content;
  bool aliased = !content.alias.text.empty();
  if (aliased) {
    checkAlias(location, context);
    replaces_ = isPrefix(location.match) ? Replaces::Prefix : Replaces::All;
    prefix_size_ = location.pattern.size();
  }
  const TemplateText& where = aliased ? content.alias : content.root;
  size_t folder = folderSize(where.text, replaces_ == Replaces::All && !where.text.ends_with('/'));
  begin_ = std::to_string(static_cast<int>(symlinks_)) + where.text.substr(0, folder) + '\0';
  rest_ = Template::compile({where.text.substr(folder), where.origin}, context.variables, context.diagnostics);
}

void FileRoot::checkAlias(const LocationSettings& location, CompileContext& context) const {
  const TemplateText& alias = location.http.content.alias;
  auto fail = [&](const std::string& why) { context.diagnostics.error(alias.origin, "\"alias\": " + why); };
  if (location.match == Match::Named) return fail("a named location has no path to replace");
  if (!isPrefix(location.match)) return;
  bool both = location.pattern.ends_with('/') && alias.text.ends_with('/');
  if (!both) fail("the location's path and the alias must both end in \"/\", or \"/i../\" would leave the folder");
}

// False when a variable's value names what is hidden; what the configuration itself names is its own affair.
bool FileRoot::appendRest(const Exchange& exchange, std::string& to) const {
  bool hidden = false;
  rest_.appendJudged(exchange, to, [&](std::string_view value, size_t from) {
    bool begins_name = from > begin_.size() && to[from - 1] == '/';
    bool is_first = from == begin_.size() && value.starts_with('.') && !value.starts_with(".well-known/");
    hidden |= is_first || isHidden(begins_name ? std::string_view(to).substr(from - 1) : value);
  });
  return !hides_ || !hidden;
}

FileKey FileRoot::locate(const Exchange& exchange, std::string_view path, std::string& to) const {
  to.assign(begin_);
  if (!appendRest(exchange, to)) return to.clear(), FileKey(to, symlinks_);
  if (replaces_ != Replaces::All) {
    path.remove_prefix(std::min(path.size(), replaces_ == Replaces::Prefix ? prefix_size_ : 0));
    bool joined = to.size() == begin_.size() || to.ends_with('/');
    if (joined) path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    to.append(path);
  }
  if (to.size() > begin_.size() && to[begin_.size()] == '/') to.erase(begin_.size(), 1);
  if (climbs(std::string_view(to).substr(begin_.size()))) to.clear();
  return {to, symlinks_};
}

}  // namespace weir
