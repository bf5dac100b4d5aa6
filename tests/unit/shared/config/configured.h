// SPDX-License-Identifier: Apache-2.0
#pragma once
// Configured: configurations made of text, never of files. write() adds a file under the prefix /weir/, load() parses
// conf/weir.ini and what it includes, said() is what there is to complain about.

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shared/config/bundle.h"
#include "shared/config/directive.h"

namespace weir::config {

class Configured : public CppUnit::TestFixture {
 public:
  void setUp() override { reset(); }

 protected:
  void write(const std::string& name, std::string text) {
    bundle_.files.push_back({"/weir/" + name, std::move(text), ""});
  }

  void matches(const std::string& pattern, std::vector<std::string> names) {
    for (auto& name : names) name.insert(0, "/weir/");
    bundle_.globs.push_back({"/weir/" + pattern, std::move(names)});
  }

  void override(std::string text) { bundle_.overrides.push_back(std::move(text)); }
  void asUser() { bundle_.as_root = false; }

  // Parses what was written; the text, if any, is conf/weir.ini.
  const Settings& load(std::string text = "") {
    if (!text.empty()) write("conf/weir.ini", std::move(text));
    diagnostics_ = {};
    settings_ = parseBundle(bundle_, diagnostics_);
    return *settings_;
  }

  // As load(), of a text that must have nothing wrong.
  const Settings& good(std::string text) {
    load(std::move(text));
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics_.formatAll());
    return *settings_;
  }

  // Every message on a line of its own, without the newline of the last.
  std::string said() const {
    auto all = diagnostics_.formatAll();
    if (!all.empty()) all.pop_back();
    return all;
  }

  // What is said of a text, in a configuration of its own.
  std::string complaint(std::string text) {
    reset();
    load(std::move(text));
    return said();
  }

  void reset() {
    bundle_ = {};
    bundle_.prefix = "/weir/";
    bundle_.main_path = "/weir/conf/weir.ini";
    bundle_.as_root = true;
  }

  Bundle bundle_;
  Diagnostics diagnostics_;
  std::unique_ptr<Settings> settings_;
};

}  // namespace weir::config
