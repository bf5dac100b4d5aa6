// SPDX-License-Identifier: Apache-2.0
#pragma once
// HeaderId: the field names that weir knows. One row per name says how it is written, whether it is meant for one hop
// only and whether a Connection header may declare it to be (RFC 9110 7.6.1); every other decision reads the row.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

enum class HeaderId : uint8_t {
  Other,
  Host,
  ContentLength,
  TransferEncoding,
  Connection,
  KeepAlive,
  ProxyConnection,
  Te,
  Trailer,
  Upgrade,
  Expect,
  Date,
  Server,
  Via,
  Location,
  Refresh,
  ContentType,
  ContentEncoding,
  ContentRange,
  ContentLocation,
  Cookie,
  SetCookie,
  UserAgent,
  Referer,
  Origin,
  Accept,
  AcceptEncoding,
  AcceptLanguage,
  AcceptRanges,
  Authorization,
  WwwAuthenticate,
  ProxyAuthorization,
  ProxyAuthenticate,
  XForwardedFor,
  XForwardedProto,
  XForwardedHost,
  XForwardedPort,
  XRealIp,
  Forwarded,
  XRequestId,
  XAccelRedirect,
  XAccelBuffering,
  XAccelExpires,
  XAccelLimitRate,
  XAccelCharset,
  XPad,
  LastModified,
  ETag,
  CacheControl,
  Pragma,
  Expires,
  Age,
  Vary,
  Range,
  IfRange,
  IfModifiedSince,
  IfUnmodifiedSince,
  IfMatch,
  IfNoneMatch,
  RetryAfter,
  Allow,
  SecWebSocketKey,
  kCount,
};

// The number of ids fits the bits of one word: a set of ids is a mask.
using HeaderSet = uint64_t;
static_assert(static_cast<size_t>(HeaderId::kCount) <= 64);

constexpr HeaderSet setOf(HeaderId id) { return HeaderSet{1} << static_cast<unsigned>(id); }
template <class... Ids>
constexpr HeaderSet setOf(HeaderId id, Ids... more) {
  return setOf(id) | setOf(more...);
}
constexpr bool contains(HeaderSet set, HeaderId id) { return (set & setOf(id)) != 0; }

// Hop: always meant for one hop. Nominable: for one hop when a Connection header names it. EndToEnd: never; it frames,
// routes or describes the message, or tells who sent it, so a sender must not be able to have it removed on the way.
enum class HeaderReach : uint8_t { Hop, Nominable, EndToEnd };

struct HeaderRow {
  HeaderId id;
  std::string_view name;  // as written on the wire by weir
  HeaderReach reach;
};

// Hop: RFC 9110 7.6.1, and Proxy-Auth* (11.7: for the next proxy, which we are) and Trailer (trailers are dropped
// unless asked for, S-35). EndToEnd: see HeaderReach; RFC 9110 7.6.1 forbids senders to nominate such fields.
inline constexpr std::array<HeaderRow, static_cast<size_t>(HeaderId::kCount)> kHeaders{{
    {HeaderId::Other, "", HeaderReach::Nominable},
    {HeaderId::Host, "Host", HeaderReach::EndToEnd},
    {HeaderId::ContentLength, "Content-Length", HeaderReach::EndToEnd},
    {HeaderId::TransferEncoding, "Transfer-Encoding", HeaderReach::Hop},
    {HeaderId::Connection, "Connection", HeaderReach::Hop},
    {HeaderId::KeepAlive, "Keep-Alive", HeaderReach::Hop},
    {HeaderId::ProxyConnection, "Proxy-Connection", HeaderReach::Hop},
    {HeaderId::Te, "TE", HeaderReach::Hop},
    {HeaderId::Trailer, "Trailer", HeaderReach::Hop},
    {HeaderId::Upgrade, "Upgrade", HeaderReach::Hop},
    {HeaderId::Expect, "Expect", HeaderReach::Nominable},
    {HeaderId::Date, "Date", HeaderReach::EndToEnd},
    {HeaderId::Server, "Server", HeaderReach::Nominable},
    {HeaderId::Via, "Via", HeaderReach::EndToEnd},
    {HeaderId::Location, "Location", HeaderReach::EndToEnd},
    {HeaderId::Refresh, "Refresh", HeaderReach::Nominable},
    {HeaderId::ContentType, "Content-Type", HeaderReach::EndToEnd},
    {HeaderId::ContentEncoding, "Content-Encoding", HeaderReach::EndToEnd},
    {HeaderId::ContentRange, "Content-Range", HeaderReach::EndToEnd},
    {HeaderId::ContentLocation, "Content-Location", HeaderReach::EndToEnd},
    {HeaderId::Cookie, "Cookie", HeaderReach::Nominable},
    {HeaderId::SetCookie, "Set-Cookie", HeaderReach::Nominable},
    {HeaderId::UserAgent, "User-Agent", HeaderReach::Nominable},
    {HeaderId::Referer, "Referer", HeaderReach::Nominable},
    {HeaderId::Origin, "Origin", HeaderReach::Nominable},
    {HeaderId::Accept, "Accept", HeaderReach::Nominable},
    {HeaderId::AcceptEncoding, "Accept-Encoding", HeaderReach::Nominable},
    {HeaderId::AcceptLanguage, "Accept-Language", HeaderReach::Nominable},
    {HeaderId::AcceptRanges, "Accept-Ranges", HeaderReach::Nominable},
    {HeaderId::Authorization, "Authorization", HeaderReach::Nominable},
    {HeaderId::WwwAuthenticate, "WWW-Authenticate", HeaderReach::Nominable},
    {HeaderId::ProxyAuthorization, "Proxy-Authorization", HeaderReach::Hop},
    {HeaderId::ProxyAuthenticate, "Proxy-Authenticate", HeaderReach::Hop},
    {HeaderId::XForwardedFor, "X-Forwarded-For", HeaderReach::EndToEnd},
    {HeaderId::XForwardedProto, "X-Forwarded-Proto", HeaderReach::EndToEnd},
    {HeaderId::XForwardedHost, "X-Forwarded-Host", HeaderReach::EndToEnd},
    {HeaderId::XForwardedPort, "X-Forwarded-Port", HeaderReach::EndToEnd},
    {HeaderId::XRealIp, "X-Real-IP", HeaderReach::EndToEnd},
    {HeaderId::Forwarded, "Forwarded", HeaderReach::EndToEnd},
    {HeaderId::XRequestId, "X-Request-ID", HeaderReach::Nominable},
    {HeaderId::XAccelRedirect, "X-Accel-Redirect", HeaderReach::Nominable},
    {HeaderId::XAccelBuffering, "X-Accel-Buffering", HeaderReach::Nominable},
    {HeaderId::XAccelExpires, "X-Accel-Expires", HeaderReach::Nominable},
    {HeaderId::XAccelLimitRate, "X-Accel-Limit-Rate", HeaderReach::Nominable},
    {HeaderId::XAccelCharset, "X-Accel-Charset", HeaderReach::Nominable},
    {HeaderId::XPad, "X-Pad", HeaderReach::Nominable},
    {HeaderId::LastModified, "Last-Modified", HeaderReach::EndToEnd},
    {HeaderId::ETag, "ETag", HeaderReach::EndToEnd},
    {HeaderId::CacheControl, "Cache-Control", HeaderReach::EndToEnd},
    {HeaderId::Pragma, "Pragma", HeaderReach::EndToEnd},
    {HeaderId::Expires, "Expires", HeaderReach::EndToEnd},
    {HeaderId::Age, "Age", HeaderReach::EndToEnd},
    {HeaderId::Vary, "Vary", HeaderReach::EndToEnd},
    {HeaderId::Range, "Range", HeaderReach::Nominable},
    {HeaderId::IfRange, "If-Range", HeaderReach::Nominable},
    {HeaderId::IfModifiedSince, "If-Modified-Since", HeaderReach::Nominable},
    {HeaderId::IfUnmodifiedSince, "If-Unmodified-Since", HeaderReach::Nominable},
    {HeaderId::IfMatch, "If-Match", HeaderReach::Nominable},
    {HeaderId::IfNoneMatch, "If-None-Match", HeaderReach::Nominable},
    {HeaderId::RetryAfter, "Retry-After", HeaderReach::Nominable},
    {HeaderId::Allow, "Allow", HeaderReach::Nominable},
    {HeaderId::SecWebSocketKey, "Sec-WebSocket-Key", HeaderReach::EndToEnd},
}};

consteval bool headersAreInOrder() {
  for (size_t i = 0; i < kHeaders.size(); ++i)
    if (static_cast<size_t>(kHeaders[i].id) != i) return false;
  return true;
}
static_assert(headersAreInOrder(), "kHeaders must list every HeaderId in its order");

constexpr const HeaderRow& rowOf(HeaderId id) { return kHeaders[static_cast<size_t>(id)]; }

consteval HeaderSet headersOf(HeaderReach reach) {
  HeaderSet set = 0;
  for (const HeaderRow& row : kHeaders)
    if (row.reach == reach) set |= setOf(row.id);
  return set;
}

inline constexpr HeaderSet kHopByHop = headersOf(HeaderReach::Hop);
inline constexpr HeaderSet kNominable = headersOf(HeaderReach::Nominable);

// Case-insensitive; Other for any name without a row. Never reads outside the view.
HeaderId headerIdOf(std::string_view name);

// Empty for Other.
constexpr std::string_view headerName(HeaderId id) { return rowOf(id).name; }

}  // namespace weir
