// SPDX-License-Identifier: Apache-2.0
#include "shared/config/bundle.h"

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <utility>

#include "shared/config/file_source.h"
#include "shared/config/loader.h"

namespace weir {
namespace {

constexpr std::string_view kMagic = "weir-bundle-1\n";

void putNumber(std::string& bytes, uint64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void putText(std::string& bytes, std::string_view text) {
  putNumber(bytes, text.size());
  bytes.append(text);
}

void putTexts(std::string& bytes, const std::vector<std::string>& texts) {
  putNumber(bytes, texts.size());
  for (const auto& text : texts) putText(bytes, text);
}

// Takes what put...() wrote. Once something does not fit, good() is false and all that follows is empty.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  bool atEnd() const { return rest_.empty(); }

  std::string_view raw(uint64_t size) {
    good_ = good_ && size <= rest_.size();
    if (!good_) return {};
    auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  uint64_t number() {
    uint64_t number = 0;
    auto bytes = raw(sizeof number);
    if (good_) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
  }

  std::string text() { return std::string(raw(number())); }

  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (uint64_t left = number(); good_ && left > 0; --left) all.push_back(text());
    return all;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::string absolute(const std::string& path, const std::string& base) {
  return path.starts_with('/') ? path : base + path;
}

// Absolute and with a '/' at its end.
std::string wholePrefix(const std::string& prefix) {
  std::error_code ignored;
  auto current = std::filesystem::current_path(ignored).string() + "/";
  auto whole = absolute(prefix, current);
  return whole.ends_with('/') ? whole : whole + "/";
}

}  // namespace

std::string Bundle::serialize() const {
  std::string bytes(kMagic);
  putText(bytes, prefix);
  putText(bytes, main_path);
  putTexts(bytes, overrides);
  putNumber(bytes, generation);
  putNumber(bytes, as_root ? 1 : 0);
  putNumber(bytes, files.size());
  for (const auto& file : files) {
    putText(bytes, file.path);
    putText(bytes, file.text);
    putText(bytes, file.error);
  }
  putNumber(bytes, globs.size());
  for (const auto& glob : globs) {
    putText(bytes, glob.pattern);
    putTexts(bytes, glob.paths);
  }
  return bytes;
}

std::optional<Bundle> Bundle::deserialize(std::string_view bytes) {
  Taker taker(bytes);
  if (taker.raw(kMagic.size()) != kMagic) return std::nullopt;
  Bundle bundle;
  bundle.prefix = taker.text();
  bundle.main_path = taker.text();
  bundle.overrides = taker.texts();
  bundle.generation = taker.number();
  bundle.as_root = taker.number() != 0;
  for (uint64_t left = taker.number(); taker.good() && left > 0; --left) {
    auto& file = bundle.files.emplace_back();
    file.path = taker.text();
    file.text = taker.text();
    file.error = taker.text();
  }
  for (uint64_t left = taker.number(); taker.good() && left > 0; --left) {
    auto& glob = bundle.globs.emplace_back();
    glob.pattern = taker.text();
    glob.paths = taker.texts();
  }
  if (!taker.good() || !taker.atEnd()) return std::nullopt;
  return bundle;
}

Configuration readConfiguration(const std::string& main_path, const std::string& prefix,
                                std::vector<std::string> overrides, Diagnostics& diagnostics) {
  Configuration read;
  read.bundle.prefix = wholePrefix(prefix);
  read.bundle.main_path = absolute(main_path, read.bundle.prefix);
  read.bundle.overrides = std::move(overrides);
  read.bundle.as_root = ::geteuid() == 0;
  config::DiskSource source;
  read.settings = config::load(read.bundle, source, diagnostics).settings;
  source.moveTo(read.bundle);
  return read;
}

Configuration textConfiguration(const std::string& name, const std::string& text, const std::string& prefix,
                                Diagnostics& diagnostics) {
  Configuration read;
  read.bundle.prefix = wholePrefix(prefix);
  read.bundle.main_path = read.bundle.prefix + name;
  read.bundle.as_root = ::geteuid() == 0;
  read.bundle.files.push_back({read.bundle.main_path, text, ""});
  read.settings = parseBundle(read.bundle, diagnostics);
  return read;
}

std::unique_ptr<Settings> parseBundle(const Bundle& bundle, Diagnostics& diagnostics) {
  return config::load(bundle, diagnostics).settings;
}

}  // namespace weir
