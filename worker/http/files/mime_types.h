// SPDX-License-Identifier: Apache-2.0
#pragma once
// MimeTypes: which file extension means which Content-Type. Three layers, the first that knows an extension holds: what
// the configuration says (types), what is built in (the types of the web, of which systems' files lack some and have
// others wrong), and a file in the form of mime.types. Made while a configuration is compiled, const after.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/base/ref.h"
#include "shared/config/settings.h"

namespace weir {

class MimeTypes final : public Counted {
 public:
  // file_text: lines "type extension ..."; what is no such line is skipped.
  MimeTypes(const std::vector<TypeSetting>& settings, std::string_view file_text);

  // By the longest extension that is known: of "a.tar.gz" first "tar.gz". Empty when none is.
  std::string_view find(std::string_view file_name) const;
  size_t size() const { return types_.size(); }

 private:
  void addFile(std::string_view text);
  void addLine(std::string_view line);
  void addExtension(std::string_view extension, std::string_view type);

  std::unordered_map<std::string, std::string> types_;
};

}  // namespace weir
