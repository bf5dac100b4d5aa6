// SPDX-License-Identifier: Apache-2.0
#pragma once
// Failure: why an exchange went wrong. Each cause is one row of kFailures; status answered, retry, metric label, log
// line and docs all read that row. Add a row, and every one of them knows it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/base/log.h"

namespace weir {

enum class Fault : uint8_t { None, Downstream, Upstream, Internal };

// The word of proxy_next_upstream that permits another try; Never where no word does.
enum class RetryClass : uint8_t { Never, Error, Timeout, InvalidHeader };

enum class Cause : uint8_t {
  None,
  // downstream
  BadRequest,
  RequestLineTooLong,
  HeaderTooLarge,
  TooManyHeaders,
  BodyTooLarge,
  UnsupportedTransferCoding,
  UnsupportedVersion,
  BadChunk,
  Forbidden,
  MethodNotAllowed,
  FileNotFound,
  FileForbidden,
  ListingForbidden,
  ClientHeaderTimeout,
  ClientBodyTimeout,
  ClientSendTimeout,
  ClientAborted,
  BadProxyHeader,
  ProxyHeaderTimeout,
  PrereadTimeout,
  PrereadTooLarge,
  SessionIdle,
  PlainHttpOnTls,
  ClientCertificateMissing,
  ClientCertificateBad,
  MisdirectedRequest,
  TooManyConnections,
  // upstream
  ConnectRefused,
  ConnectTimeout,
  ConnectFailed,
  UpstreamHandshake,
  UpstreamCertificate,
  UpstreamClosed,
  UpstreamReset,
  UpstreamSendTimeout,
  UpstreamReadTimeout,
  UpstreamBadHeader,
  UpstreamHeaderTooBig,
  UpstreamBadBody,
  UpstreamTruncated,
  NoLivePeer,
  // internal
  NoHandler,
  RegexTooHard,
  TooManyRedirects,
  FileUnreadable,
  FileTruncated,
  OutOfDescriptors,
  OutOfMemory,
  TooManySessions,
  ShuttingDown,
  kCount,
};

struct FailureRow {
  Cause cause;
  std::string_view name;  // the metric label and the log's word
  Fault fault;
  uint16_t status;  // what the client is answered; 0: the connection is only closed
  RetryClass retry;
  std::string_view text;  // one clause for the log and the docs
};

inline constexpr std::array<FailureRow, static_cast<size_t>(Cause::kCount)> kFailures{{
    {Cause::None, "none", Fault::None, 0, RetryClass::Never, "nothing went wrong"},
    {Cause::BadRequest, "bad_request", Fault::Downstream, 400, RetryClass::Never, "the request is malformed"},
    {Cause::RequestLineTooLong, "request_line_too_long", Fault::Downstream, 414, RetryClass::Never,
     "the request line exceeds large_client_header_buffers"},
    {Cause::HeaderTooLarge, "header_too_large", Fault::Downstream, 431, RetryClass::Never,
     "a header field or all of them exceed large_client_header_buffers"},
    {Cause::TooManyHeaders, "too_many_headers", Fault::Downstream, 431, RetryClass::Never,
     "more header fields than max_headers"},
    {Cause::BodyTooLarge, "body_too_large", Fault::Downstream, 413, RetryClass::Never,
     "the body exceeds client_max_body_size"},
    {Cause::UnsupportedTransferCoding, "unsupported_transfer_coding", Fault::Downstream, 501, RetryClass::Never,
     "a transfer coding other than chunked"},
    {Cause::UnsupportedVersion, "unsupported_version", Fault::Downstream, 505, RetryClass::Never,
     "a major HTTP version other than 1"},
    {Cause::BadChunk, "bad_chunk", Fault::Downstream, 400, RetryClass::Never, "the chunked body is malformed"},
    {Cause::Forbidden, "forbidden", Fault::Downstream, 403, RetryClass::Never, "an access rule denies the client"},
    {Cause::MethodNotAllowed, "method_not_allowed", Fault::Downstream, 405, RetryClass::Never,
     "the method is not served here"},
    {Cause::FileNotFound, "file_not_found", Fault::Downstream, 404, RetryClass::Never, "there is no such file"},
    {Cause::FileForbidden, "file_forbidden", Fault::Downstream, 403, RetryClass::Never,
     "the file may not be read, or a symbolic link on the way to it may not be followed"},
    {Cause::ListingForbidden, "listing_forbidden", Fault::Downstream, 403, RetryClass::Never,
     "a folder without an index file, and autoindex is off"},
    {Cause::ClientHeaderTimeout, "client_header_timeout", Fault::Downstream, 408, RetryClass::Never,
     "the request head did not arrive within client_header_timeout"},
    {Cause::ClientBodyTimeout, "client_body_timeout", Fault::Downstream, 408, RetryClass::Never,
     "no byte of the body arrived within client_body_timeout"},
    {Cause::ClientSendTimeout, "client_send_timeout", Fault::Downstream, 0, RetryClass::Never,
     "the client accepted no byte within send_timeout"},
    {Cause::ClientAborted, "client_aborted", Fault::Downstream, 499, RetryClass::Never,
     "the client closed before the answer was complete"},
    {Cause::BadProxyHeader, "bad_proxy_header", Fault::Downstream, 400, RetryClass::Never,
     "the PROXY header is missing or malformed, or its sender is not trusted"},
    {Cause::ProxyHeaderTimeout, "proxy_header_timeout", Fault::Downstream, 408, RetryClass::Never,
     "the PROXY header did not arrive within proxy_protocol_timeout"},
    {Cause::PrereadTimeout, "preread_timeout", Fault::Downstream, 408, RetryClass::Never,
     "what ssl_preread looks at did not arrive within preread_timeout"},
    {Cause::PrereadTooLarge, "preread_too_large", Fault::Downstream, 400, RetryClass::Never,
     "what ssl_preread looks at exceeds preread_buffer_size"},
    {Cause::SessionIdle, "session_idle", Fault::Downstream, 0, RetryClass::Never,
     "no byte in either direction within proxy_timeout"},
    {Cause::PlainHttpOnTls, "plain_http_on_tls", Fault::Downstream, 400, RetryClass::Never,
     "a request without TLS came to a port that speaks it"},
    {Cause::ClientCertificateMissing, "client_certificate_missing", Fault::Downstream, 400, RetryClass::Never,
     "the client sent no certificate, which ssl_verify_client demands"},
    {Cause::ClientCertificateBad, "client_certificate_bad", Fault::Downstream, 400, RetryClass::Never,
     "the client's certificate is not good"},
    {Cause::MisdirectedRequest, "misdirected_request", Fault::Downstream, 421, RetryClass::Never,
     "the host asked for verifies clients, and is not the one of the handshake"},
    {Cause::TooManyConnections, "too_many_connections", Fault::Downstream, 429, RetryClass::Never,
     "limit_conn allows no more at a time"},
    {Cause::ConnectRefused, "connect_refused", Fault::Upstream, 502, RetryClass::Error,
     "the peer refused the connection"},
    {Cause::ConnectTimeout, "connect_timeout", Fault::Upstream, 504, RetryClass::Timeout,
     "no connection within proxy_connect_timeout"},
    {Cause::ConnectFailed, "connect_failed", Fault::Upstream, 502, RetryClass::Error,
     "the connection could not be made"},
    {Cause::UpstreamHandshake, "upstream_handshake", Fault::Upstream, 502, RetryClass::Error,
     "the TLS handshake with the peer failed"},
    {Cause::UpstreamCertificate, "upstream_certificate", Fault::Upstream, 502, RetryClass::Error,
     "the peer's certificate is not good"},
    {Cause::UpstreamClosed, "upstream_closed", Fault::Upstream, 502, RetryClass::Error,
     "the peer closed before its response head was complete"},
    {Cause::UpstreamReset, "upstream_reset", Fault::Upstream, 502, RetryClass::Error, "the peer reset the connection"},
    {Cause::UpstreamSendTimeout, "upstream_send_timeout", Fault::Upstream, 504, RetryClass::Timeout,
     "the peer accepted no byte within proxy_send_timeout"},
    {Cause::UpstreamReadTimeout, "upstream_read_timeout", Fault::Upstream, 504, RetryClass::Timeout,
     "the peer sent no byte within proxy_read_timeout"},
    {Cause::UpstreamBadHeader, "upstream_bad_header", Fault::Upstream, 502, RetryClass::InvalidHeader,
     "the response head is malformed"},
    {Cause::UpstreamHeaderTooBig, "upstream_header_too_big", Fault::Upstream, 502, RetryClass::InvalidHeader,
     "the response head exceeds proxy_buffer_size"},
    {Cause::UpstreamBadBody, "upstream_bad_body", Fault::Upstream, 502, RetryClass::Never,
     "the response body is malformed"},
    {Cause::UpstreamTruncated, "upstream_truncated", Fault::Upstream, 502, RetryClass::Never,
     "the peer closed in the middle of the response body"},
    {Cause::NoLivePeer, "no_live_peer", Fault::Upstream, 502, RetryClass::Never, "no peer of the upstream is usable"},
    {Cause::NoHandler, "no_handler", Fault::Internal, 404, RetryClass::Never, "nothing is configured to answer"},
    {Cause::RegexTooHard, "regex_too_hard", Fault::Internal, 500, RetryClass::Never,
     "a location's regex gave up on the request's path"},
    {Cause::TooManyRedirects, "too_many_redirects", Fault::Internal, 500, RetryClass::Never,
     "try_files, index and error_page led from one to the other more than ten times"},
    {Cause::FileUnreadable, "file_unreadable", Fault::Internal, 500, RetryClass::Never, "the file could not be read"},
    {Cause::FileTruncated, "file_truncated", Fault::Internal, 500, RetryClass::Never,
     "the file became shorter while it was sent"},
    {Cause::OutOfDescriptors, "out_of_descriptors", Fault::Internal, 503, RetryClass::Never,
     "the process has no file descriptor left"},
    {Cause::OutOfMemory, "out_of_memory", Fault::Internal, 503, RetryClass::Never, "a buffer could not be had"},
    {Cause::TooManySessions, "too_many_sessions", Fault::Internal, 503, RetryClass::Never,
     "a stream has as many sessions as it may"},
    {Cause::ShuttingDown, "shutting_down", Fault::Internal, 503, RetryClass::Never, "the worker is ending"},
}};

constexpr const FailureRow& rowOf(Cause cause) { return kFailures[static_cast<size_t>(cause)]; }

consteval bool rowsAreInOrder() {
  for (size_t i = 0; i < kFailures.size(); ++i)
    if (static_cast<size_t>(kFailures[i].cause) != i) return false;
  return true;
}
static_assert(rowsAreInOrder(), "kFailures must list every Cause in its order");

// A stranger's mistakes are information; a peer's, and our own, are errors.
constexpr LogLevel levelOf(const FailureRow& row) {
  return row.fault == Fault::Downstream || row.fault == Fault::None ? LogLevel::Info : LogLevel::Error;
}

struct Failure {
  Cause cause = Cause::None;
  int os_error = 0;  // errno when the system had a say

  explicit operator bool() const { return cause != Cause::None; }
  const FailureRow& row() const { return rowOf(cause); }
};

}  // namespace weir
