// SPDX-License-Identifier: Apache-2.0
#pragma once
// Byte classes of HTTP/1.1 and the search for the first byte that ends a token, a target or a field value: 16 bytes at
// a time where the processor has SSE2, one at a time elsewhere. The platform file of the codecs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace weir {

// Bits of a byte's class; a byte may be in several.
enum ByteClass : uint8_t {
  kTokenByte = 1,    // RFC 9110 5.6.2 tchar
  kRegNameByte = 2,  // RFC 3986 3.2.2 reg-name, but for the percent sign
  kHexDigit = 4,     // either case
  kPlainByte = 8,    // ASCII letters, digits, '-' and '.': what most names and hosts are made of
};

consteval std::array<uint8_t, 256> classifyBytes() {
  std::array<uint8_t, 256> classes{};
  const auto mark = [&](std::string_view bytes, uint8_t bits) {
    for (const char c : bytes) classes[static_cast<uint8_t>(c)] |= bits;
  };
  const std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  mark(letters_and_digits, kTokenByte | kRegNameByte | kPlainByte);
  mark("!#$%&'*+-.^_`|~", kTokenByte);
  mark("-.", kPlainByte);
  mark("-._~!$&'()*+,;=", kRegNameByte);
  mark("0123456789abcdefABCDEF", kHexDigit);
  return classes;
}

inline constexpr std::array<uint8_t, 256> kByteClasses = classifyBytes();

inline bool isIn(char c, uint8_t classes) { return (kByteClasses[static_cast<uint8_t>(c)] & classes) != 0; }
inline bool isDigit(char c) { return c >= '0' && c <= '9'; }

inline bool isToken(std::string_view text) {
  for (const char c : text)
    if (!isIn(c, kTokenByte)) return false;
  return !text.empty();
}

// Everything that is not plain.
struct PlainStop {
  static bool stops(char c) { return !isIn(c, kPlainByte); }
#if defined(__SSE2__)
  static __m128i within(__m128i c, char first, char last) {
    return _mm_and_si128(_mm_cmpgt_epi8(c, _mm_set1_epi8(static_cast<char>(first - 1))),
                         _mm_cmpgt_epi8(_mm_set1_epi8(static_cast<char>(last + 1)), c));
  }
  static __m128i stops(__m128i c) {
    const __m128i letters = within(_mm_or_si128(c, _mm_set1_epi8(0x20)), 'a', 'z');
    const __m128i others = _mm_andnot_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('/')), within(c, '-', '9'));
    return _mm_cmpeq_epi8(_mm_or_si128(letters, others), _mm_setzero_si128());
  }
#endif
};

// The end of a field name that is known to be one; a name that is not must be looked at byte by byte.
struct ColonStop {
  static bool stops(char c) { return c == ':'; }
#if defined(__SSE2__)
  static __m128i stops(__m128i c) { return _mm_cmpeq_epi8(c, _mm_set1_epi8(':')); }
#endif
};

// What ends a request target: white space, control characters, and '#', which no target may have.
struct TargetStop {
  static bool stops(char c) { return static_cast<uint8_t>(c) <= ' ' || c == '#' || c == 0x7f; }
#if defined(__SSE2__)
  static __m128i stops(__m128i c) {
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(' ')), c);
    const __m128i odd = _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('#')), _mm_cmpeq_epi8(c, _mm_set1_epi8(0x7f)));
    return _mm_or_si128(low, odd);
  }
#endif
};

// What ends a field value or a reason phrase: control characters but HTAB (RFC 9110 5.5).
struct ValueStop {
  static bool stops(char c) { return (static_cast<uint8_t>(c) < ' ' && c != '\t') || c == 0x7f; }
#if defined(__SSE2__)
  static __m128i stops(__m128i c) {
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(' ' - 1)), c);
    const __m128i text = _mm_andnot_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('\t')), low);
    return _mm_or_si128(text, _mm_cmpeq_epi8(c, _mm_set1_epi8(0x7f)));
  }
#endif
};

// What cannot stand between quotes in a log as it is: quotes, backslashes, and all but printable ASCII.
struct QuotedStop {
  static bool stops(char c) { return static_cast<int8_t>(c) < ' ' || c == '"' || c == '\\' || c == 0x7f; }
#if defined(__SSE2__)
  static __m128i stops(__m128i c) {
    const __m128i outside = _mm_cmplt_epi8(c, _mm_set1_epi8(' '));
    const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('"')), _mm_cmpeq_epi8(c, _mm_set1_epi8('\\')));
    return _mm_or_si128(_mm_or_si128(outside, marks), _mm_cmpeq_epi8(c, _mm_set1_epi8(0x7f)));
  }
#endif
};

#if defined(__SSE2__)

template <class Stop>
inline unsigned stopMask(const char* block) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  return static_cast<unsigned>(_mm_movemask_epi8(Stop::stops(bytes)));
}

// Offset of the first byte in [at, end) at which Stop stops, end when there is none. REQUIRES: at <= end, and all of
// [base, base + end) may be read: the last block overlaps what lies before `at` instead of reaching over the end.
template <class Stop>
inline size_t scanTo(const char* base, size_t at, size_t end) {
  for (; at + 16 <= end; at += 16)
    if (const unsigned mask = stopMask<Stop>(base + at)) return at + static_cast<unsigned>(__builtin_ctz(mask));
  if (end >= 16) {
    const unsigned mask = stopMask<Stop>(base + end - 16) >> (at + 16 - end);
    return mask != 0 ? at + static_cast<unsigned>(__builtin_ctz(mask)) : end;
  }
  while (at < end && !Stop::stops(base[at])) ++at;
  return at;
}

#else

template <class Stop>
inline size_t scanTo(const char* base, size_t at, size_t end) {
  while (at < end && !Stop::stops(base[at])) ++at;
  return at;
}

#endif

}  // namespace weir
