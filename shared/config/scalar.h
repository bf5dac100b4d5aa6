// SPDX-License-Identifier: Apache-2.0
#pragma once
// The plain values of nginx's vocabulary and their text: pure functions, nullopt for text that is none or overflows.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/config/settings.h"

namespace weir::config {

// Digits only.
std::optional<uint64_t> parseCount(std::string_view text);
// "512", "8k", "1m", "2g"; capital letters too.
std::optional<Size> parseSize(std::string_view text);
// "500ms", "10s", "5m", "1h", "1d", "1w", "1M" (30 days), "1y" (365 days), joined from large to small as in "1h30m";
// a bare number is seconds.
std::optional<Milliseconds> parseTime(std::string_view text);
// "on", "off"
std::optional<bool> parseSwitch(std::string_view text);

std::string printSize(Size size);
std::string printTime(Milliseconds time);

// RFC 9110 section 5.6.2
bool isToken(std::string_view text);
// A field value without line breaks, NUL and other controls (RFC 9110 section 5.5).
bool isFieldValue(std::string_view text);
// A host name as DNS writes it, or what a resolver may know: letters, digits, '-', '_', '.'.
bool isHostName(std::string_view text);

// Well formed by RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.
bool isUtf8(std::string_view text);

std::string lowerCase(std::string_view text);

}  // namespace weir::config
