// SPDX-License-Identifier: Apache-2.0
#pragma once
// How names, sizes and times stand in a listing. A file name is a stranger's bytes: what is made of them is text that
// cannot leave its place, and UTF-8 whatever they are.

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

void appendHtml(std::string_view name, std::string& to);
void appendJson(std::string_view name, std::string& to);
// As a segment of a relative reference: nothing in it parts a path, a query or a scheme.
void appendHref(std::string_view name, std::string& to);

// "1.4 MB"
std::string listedSize(uint64_t bytes);
// "2026-11-25 09:30 UTC"; "Wed, 25 Nov 2026 09:30:00 GMT" in JSON is nginx's form.
std::string listedTime(int64_t seconds, bool local);
std::string listedDate(int64_t seconds, bool local);

}  // namespace weir
