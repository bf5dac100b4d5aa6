// SPDX-License-Identifier: Apache-2.0
#pragma once
// The types that directives have: how each is read from the words of a line, printed as they would be written, and
// named in the documentation. parseValue() reports what is wrong and gives false; out is then unspecified.
// A list is read element by element; appendValue() is overloaded where a line means more than one more element.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/arguments.h"
#include "shared/config/settings.h"

namespace weir::config {

bool parseValue(const Arguments& in, bool& out);
bool parseValue(const Arguments& in, uint32_t& out);
bool parseValue(const Arguments& in, Size& out);
bool parseValue(const Arguments& in, Milliseconds& out);
bool parseValue(const Arguments& in, Path& out);
bool parseValue(const Arguments& in, std::string& out);
bool parseValue(const Arguments& in, TemplateText& out);
bool parseValue(const Arguments& in, AutoNumber& out);
bool parseValue(const Arguments& in, UserSetting& out);
bool parseValue(const Arguments& in, AffinitySetting& out);
bool parseValue(const Arguments& in, Niceness& out);
bool parseValue(const Arguments& in, ErrorLogSetting& out);
bool parseValue(const Arguments& in, ResolverSetting& out);
bool parseValue(const Arguments& in, LargeBuffersSetting& out);
bool parseValue(const Arguments& in, KeepaliveTimeoutSetting& out);
bool parseValue(const Arguments& in, ReturnSetting& out);
bool parseValue(const Arguments& in, NextUpstreamSetting& out);
bool parseValue(const Arguments& in, LingeringClose& out);
bool parseValue(const Arguments& in, HashSetting& out);
bool parseValue(const Arguments& in, RandomBalance& out);
bool parseValue(const Arguments& in, MapCase& out);
bool parseValue(const Arguments& in, LocationPattern& out);
bool parseValue(const Arguments& in, ListenSetting& out);
bool parseValue(const Arguments& in, Address& out);
bool parseValue(const Arguments& in, AccessRule& out);
bool parseValue(const Arguments& in, Network& out);
bool parseValue(const Arguments& in, HeaderSetting& out);
bool parseValue(const Arguments& in, AccessLogSetting& out);
bool parseValue(const Arguments& in, LogFormatSetting& out);
bool parseValue(const Arguments& in, LimitConnZoneSetting& out);
bool parseValue(const Arguments& in, LimitConnSetting& out);
bool parseValue(const Arguments& in, LimitLogLevel& out);
// "syslog:server=..." as the first word of a log.
bool parseSyslog(const Arguments& in, SyslogSetting& out);
bool parseValue(const Arguments& in, RedirectRule& out);
bool parseValue(const Arguments& in, PeerSetting& out);
bool parseValue(const Arguments& in, ProxyProtocol& out);
bool parseValue(const Arguments& in, TryFilesSetting& out);
bool parseValue(const Arguments& in, Symlinks& out);
bool parseValue(const Arguments& in, Dotfiles& out);
bool parseValue(const Arguments& in, ListingFormat& out);
bool parseValue(const Arguments& in, IfModifiedSince& out);
bool parseValue(const Arguments& in, Precompressed& out);
bool parseValue(const Arguments& in, Robots& out);
bool parseValue(const Arguments& in, HttpVersion& out);
bool parseValue(const Arguments& in, OpenFileCacheSetting& out);
bool parseValue(const Arguments& in, TypeSetting& out);
bool parseValue(const Arguments& in, ExpiresSetting& out);
bool parseValue(const Arguments& in, ErrorPageSetting& out);
bool parseValue(const Arguments& in, GzipProxiedSetting& out);
bool parseValue(const Arguments& in, FileText& out);
bool parseValue(const Arguments& in, TlsVersions& out);
bool parseValue(const Arguments& in, NamedValue& out);
bool parseValue(const Arguments& in, SessionCache& out);
bool parseValue(const Arguments& in, VerifyClient& out);

std::string printValue(bool value);
std::string printValue(uint32_t value);
std::string printValue(Size value);
std::string printValue(Milliseconds value);
std::string printValue(const Path& value);
std::string printValue(const std::string& value);
std::string printValue(const TemplateText& value);
std::string printValue(const AutoNumber& value);
std::string printValue(const UserSetting& value);
std::string printValue(const AffinitySetting& value);
std::string printValue(Niceness value);
std::string printValue(const ErrorLogSetting& value);
std::string printValue(const ResolverSetting& value);
std::string printValue(const LargeBuffersSetting& value);
std::string printValue(const KeepaliveTimeoutSetting& value);
std::string printValue(const ReturnSetting& value);
std::string printValue(const NextUpstreamSetting& value);
std::string printValue(LingeringClose value);
std::string printValue(const HashSetting& value);
std::string printValue(RandomBalance value);
std::string printValue(const MapCase& value);
std::string printValue(const LocationPattern& value);
std::string printValue(const ListenSetting& value);
std::string printValue(const Address& value);
std::string printValue(const AccessRule& value);
std::string printValue(const Network& value);
std::string printValue(const HeaderSetting& value);
std::string printValue(const AccessLogSetting& value);
std::string printValue(const LogFormatSetting& value);
std::string printValue(const LimitConnZoneSetting& value);
std::string printValue(const LimitConnSetting& value);
std::string printValue(LimitLogLevel value);
std::string printValue(const RedirectRule& value);
std::string printValue(const PeerSetting& value);
std::string printValue(ProxyProtocol value);
std::string printValue(const TryFilesSetting& value);
std::string printValue(Symlinks value);
std::string printValue(Dotfiles value);
std::string printValue(ListingFormat value);
std::string printValue(IfModifiedSince value);
std::string printValue(Precompressed value);
std::string printValue(Robots value);
std::string printValue(HttpVersion value);
std::string printValue(const OpenFileCacheSetting& value);
std::string printValue(const TypeSetting& value);
std::string printValue(const ExpiresSetting& value);
std::string printValue(const ErrorPageSetting& value);
std::string printValue(const GzipProxiedSetting& value);
std::string printValue(const FileText& value);
std::string printValue(const TlsVersions& value);
std::string printValue(const NamedValue& value);
std::string printValue(SessionCache value);
std::string printValue(VerifyClient value);

template <class T>
bool appendValue(const Arguments& in, std::vector<T>& list) {
  T value;
  if (!parseValue(in, value)) return false;
  list.push_back(std::move(value));
  return true;
}
// A range of ports is one element for each.
bool appendValue(const Arguments& in, std::vector<ListenSetting>& list);
// "none" and "NAME none" take out what was inherited; a name written again replaces the inherited one.
bool appendValue(const Arguments& in, std::vector<HeaderSetting>& list);
// "off" leaves the list empty.
bool appendValue(const Arguments& in, std::vector<AccessLogSetting>& list);
// At most as many as a process's log has targets.
bool appendValue(const Arguments& in, std::vector<ErrorLogSetting>& list);
// A name twice is an error, but for the built-in ones.
bool appendValue(const Arguments& in, std::vector<LogFormatSetting>& list);
// So it is of a zone, and of a limit by the same zone.
bool appendValue(const Arguments& in, std::vector<LimitConnZoneSetting>& list);
bool appendValue(const Arguments& in, std::vector<LimitConnSetting>& list);
// "none" takes out what was inherited.
bool appendValue(const Arguments& in, std::vector<TypeSetting>& list);
bool appendValue(const Arguments& in, std::vector<ErrorPageSetting>& list);
// From TextRule::ServerName on a line holds several.
bool appendValue(const Arguments& in, std::vector<std::string>& list);

// One line that would give (a part of) the value, and where that part came from when it knows.
struct PrintedLine {
  std::string name;  // of the directive, when not the row's
  std::string value;
  std::optional<Origin> origin;
};

template <class T>
std::optional<Origin> originOf(const T&) {
  return std::nullopt;
}
inline std::optional<Origin> originOf(const MapCase& value) { return value.value.origin; }
inline std::optional<Origin> originOf(const HeaderSetting& value) { return value.value.origin; }
inline std::optional<Origin> originOf(const ErrorLogSetting& value) { return value.origin; }
inline std::optional<Origin> originOf(const FileText& value) { return value.origin; }
inline std::optional<Origin> originOf(const NamedValue& value) { return value.origin; }
inline std::optional<Origin> originOf(const LogFormatSetting& value) { return value.text.origin; }
inline std::optional<Origin> originOf(const LimitConnZoneSetting& value) { return value.key.origin; }
inline std::optional<Origin> originOf(const LimitConnSetting& value) { return value.origin; }
inline std::optional<Origin> originOf(const ErrorPageSetting& value) { return value.origin; }

// What the documentation calls the arguments of a type.
template <class T>
inline constexpr std::string_view kSyntax = "";
template <>
inline constexpr std::string_view kSyntax<bool> = "on \\| off";
template <>
inline constexpr std::string_view kSyntax<uint32_t> = "number";
template <>
inline constexpr std::string_view kSyntax<Size> = "size";
template <>
inline constexpr std::string_view kSyntax<Milliseconds> = "time";
template <>
inline constexpr std::string_view kSyntax<Path> = "path";
template <>
inline constexpr std::string_view kSyntax<Niceness> = "number";
template <>
inline constexpr std::string_view kSyntax<FileText> = "file";
template <>
inline constexpr std::string_view kSyntax<TlsVersions> = "[TLSv1.2] [TLSv1.3]";
template <>
inline constexpr std::string_view kSyntax<AutoNumber> = "auto \\| number";

}  // namespace weir::config
