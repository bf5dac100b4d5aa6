// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the fields of a parsed head say about the connection and the body (RFC 9112 6.3, 9.3; RFC 9110 7.6.1).

#include "shared/base/failure.h"
#include "worker/codec/http_head.h"

namespace weir {

// Sets keep_alive and upgrade, and hop_by_hop of every field that a Connection header names.
// REQUIRES: minor_version is set, fields are complete. BadRequest when more is nominated than a head may ask for.
Cause readConnection(const char* base, MessageHead& head);

// Sets framing to None, Length or Chunked, and content_length. In a request's words: BadRequest for what is ambiguous
// or malformed (S-26), UnsupportedTransferCoding for a coding other than chunked.
Cause readFraming(const char* base, MessageHead& head);

// RFC 9110 5.6.1: the next element of a comma-separated list, cut off from rest; white space trimmed, may be empty.
std::string_view nextElement(std::string_view& rest);

// ASCII letters only. REQUIRES: lower is in lower case
bool equalsIgnoreCase(std::string_view text, std::string_view lower);

}  // namespace weir
