// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/retry_policy.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {
namespace {

constexpr NextUpstreamSetting kNothing{.error = false, .timeout = false};

class RetryPolicyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RetryPolicyTest);
  CPPUNIT_TEST(causesFollowTheirWord_S14);
  CPPUNIT_TEST(whatIsNobodysWordIsNeverRepeated_S14);
  CPPUNIT_TEST(statusesMustBeNamed_S14);
  CPPUNIT_TEST(triesAreBounded_S15);
  CPPUNIT_TEST(noBoundMeansNoBound);
  CPPUNIT_TEST(aStaleConnectionGivesOneMore_S15);
  CPPUNIT_TEST(theTimeIsBounded_S15);
  CPPUNIT_TEST(aConsumedBodyIsGone_S15);
  CPPUNIT_TEST(nonIdempotentRequestsGoOnce_S15);
  CPPUNIT_TEST(theHardestReasonIsTold);
  CPPUNIT_TEST_SUITE_END();

  struct Word {
    std::string name;
    bool NextUpstreamSetting::*bit;
  };

  static NextUpstreamSetting only(bool NextUpstreamSetting::*bit) {
    NextUpstreamSetting setting = kNothing;
    setting.*bit = true;
    return setting;
  }

  static HttpSettings settings() {
    HttpSettings http;
    http.proxy_next_upstream_tries = 3;
    http.proxy_next_upstream_timeout = Milliseconds(1000);
    return http;
  }

  static std::string verdict(const HttpSettings& http, const TryState& state) {
    auto denial = whyNotRetry(http, state);
    return denial ? std::string(retryDenialName(*denial)) : "retry";
  }
  static std::string verdict(const TryState& state) { return verdict(settings(), state); }
  static void same(std::string wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void causesFollowTheirWord_S14() {
    using Setting = NextUpstreamSetting;
    struct Row {
      Cause cause;
      bool Setting::*word;
    };
    const Row rows[] = {
        {Cause::ConnectRefused, &Setting::error},
        {Cause::ConnectFailed, &Setting::error},
        {Cause::UpstreamClosed, &Setting::error},
        {Cause::UpstreamReset, &Setting::error},
        {Cause::ConnectTimeout, &Setting::timeout},
        {Cause::UpstreamSendTimeout, &Setting::timeout},
        {Cause::UpstreamReadTimeout, &Setting::timeout},
        {Cause::UpstreamBadHeader, &Setting::invalid_header},
        {Cause::UpstreamHeaderTooBig, &Setting::invalid_header},
    };
    for (const Row& row : rows) {
      std::string name(rowOf(row.cause).name);
      CPPUNIT_ASSERT_MESSAGE(name, isRetriable(only(row.word), row.cause));
      for (auto other : {&Setting::error, &Setting::timeout, &Setting::invalid_header, &Setting::http_500})
        CPPUNIT_ASSERT_EQUAL_MESSAGE(name, other == row.word, isRetriable(only(other), row.cause));
    }
  }

  void whatIsNobodysWordIsNeverRepeated_S14() {
    NextUpstreamSetting all{true, true, true, true, true, true, true, true, true, true, true};
    for (Cause cause : {Cause::UpstreamBadBody, Cause::UpstreamTruncated, Cause::NoLivePeer, Cause::ClientAborted,
                        Cause::BadChunk, Cause::BodyTooLarge, Cause::OutOfMemory})
      CPPUNIT_ASSERT_MESSAGE(std::string(rowOf(cause).name), !isRetriable(all, cause));
  }

  void statusesMustBeNamed_S14() {
    using Setting = NextUpstreamSetting;
    struct Row {
      uint16_t status;
      bool Setting::*word;
    };
    const Row rows[] = {{403, &Setting::http_403}, {404, &Setting::http_404}, {429, &Setting::http_429},
                        {500, &Setting::http_500}, {502, &Setting::http_502}, {503, &Setting::http_503},
                        {504, &Setting::http_504}};
    for (const Row& row : rows)
      for (const Row& other : rows)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(row.status), &row == &other,
                                     isRetriable(only(other.word), row.status));
    NextUpstreamSetting all{true, true, true, true, true, true, true, true, true, true, true};
    for (uint16_t status : {200, 302, 304, 400, 401, 501, 505}) CPPUNIT_ASSERT(!isRetriable(all, status));
  }

  void triesAreBounded_S15() {
    same("retry", verdict({.tries = 1}));
    same("retry", verdict({.tries = 2}));
    same("tries", verdict({.tries = 3}));
  }

  void noBoundMeansNoBound() {
    HttpSettings http = settings();
    http.proxy_next_upstream_tries = 0;
    http.proxy_next_upstream_timeout = Milliseconds(0);
    same("retry", verdict(http, {.tries = 1000, .elapsed = Milliseconds(1'000'000)}));
  }

  void aStaleConnectionGivesOneMore_S15() {
    same("retry", verdict({.tries = 3, .stale = true}));
    same("tries", verdict({.tries = 4, .stale = true}));
    HttpSettings http = settings();
    http.proxy_next_upstream_tries = 1;
    same("retry", verdict(http, {.tries = 1, .stale = true}));
    same("non_idempotent", verdict(http, {.tries = 1, .stale = true, .request_sent = true, .method = Method::Post}));
  }

  void theTimeIsBounded_S15() {
    same("retry", verdict({.elapsed = Milliseconds(999)}));
    same("timeout", verdict({.elapsed = Milliseconds(1000)}));
  }

  void aConsumedBodyIsGone_S15() { same("body", verdict({.body_consumed = true, .method = Method::Put})); }

  void nonIdempotentRequestsGoOnce_S15() {
    for (Method method : {Method::Post, Method::Patch, Method::Lock, Method::Connect, Method::Other}) {
      same("non_idempotent", verdict({.request_sent = true, .method = method}));
      same("retry", verdict({.request_sent = false, .method = method}));
    }
    for (Method method : {Method::Get, Method::Head, Method::Put, Method::Delete, Method::Options})
      same("retry", verdict({.request_sent = true, .method = method}));
    HttpSettings http = settings();
    http.proxy_next_upstream.non_idempotent = true;
    same("retry", verdict(http, {.request_sent = true, .method = Method::Post}));
  }

  void theHardestReasonIsTold() {
    TryState hopeless{
        .tries = 3, .request_sent = true, .body_consumed = true, .method = Method::Post, .elapsed = Milliseconds(5000)};
    same("tries", verdict(hopeless));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RetryPolicyTest);

}  // namespace
}  // namespace weir
