// SPDX-License-Identifier: Apache-2.0
// S-43: the path pipeline.
#include "worker/http/uri.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {
namespace {

class UriTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UriTest);
  CPPUNIT_TEST(aPlainPathIsNotCopied);
  CPPUNIT_TEST(splitsAtTheFirstQuestionMark);
  CPPUNIT_TEST(anEmptyPathIsTheRoot);
  CPPUNIT_TEST(decodesOnce);
  CPPUNIT_TEST(decodedSlashesAndDotsCount);
  CPPUNIT_TEST(resolvesDotSegments);
  CPPUNIT_TEST(refusesToClimbAboveTheRoot);
  CPPUNIT_TEST(dotsWithinNamesStay);
  CPPUNIT_TEST(mergesSlashesWhenAsked);
  CPPUNIT_TEST(refusesBadEscapes);
  CPPUNIT_TEST(refusesControlCharacters);
  CPPUNIT_TEST(refusesFragmentsAndOtherForms);
  CPPUNIT_TEST(queriesAreLeftAsTheyAre);
  CPPUNIT_TEST(storageIsReused);
  CPPUNIT_TEST(escapesWhatAPathMayNotHold);
  CPPUNIT_TEST(normalizesHosts);
  CPPUNIT_TEST(lowerCaseHostsAreNotCopied);
  CPPUNIT_TEST_SUITE_END();

  bool parse(std::string_view text, Slashes slashes = Slashes::Merge) {
    return parseTarget(text, slashes, storage_, target_);
  }
  std::string pathOf(std::string_view text, Slashes slashes = Slashes::Merge) {
    return parse(text, slashes) ? std::string(target_.path) : "refused";
  }
  std::string keeping(std::string_view text) { return pathOf(text, Slashes::Keep); }
  std::string escaped(std::string_view path) {
    std::string to;
    appendEscapedPath(path, to);
    return to;
  }
  std::string host(std::string_view text) { return std::string(normalizeHost(text, storage_)); }

  static void same(std::string_view expected, const std::string& actual) {
    CPPUNIT_ASSERT_EQUAL(std::string(expected), actual);
  }

  std::string storage_;
  Target target_;

 public:
  void aPlainPathIsNotCopied() {
    std::string_view text = "/a/b.c/d_e-f~g?x=1";
    CPPUNIT_ASSERT(parse(text));
    CPPUNIT_ASSERT(target_.path.data() == text.data());
    CPPUNIT_ASSERT(target_.args.data() == text.data() + text.find('?') + 1);
    CPPUNIT_ASSERT(storage_.empty());
  }

  void splitsAtTheFirstQuestionMark() {
    CPPUNIT_ASSERT(parse("/a?b=c?d"));
    CPPUNIT_ASSERT(target_.path == "/a" && target_.args == "b=c?d");
    CPPUNIT_ASSERT(parse("/a?") && target_.args.empty());
    // An encoded question mark belongs to the path.
    CPPUNIT_ASSERT(parse("/a%3Fb"));
    CPPUNIT_ASSERT(target_.path == "/a?b" && target_.args.empty());
  }

  void anEmptyPathIsTheRoot() {
    same("/", pathOf(""));
    same("/", pathOf("?x=1"));
    CPPUNIT_ASSERT(target_.args == "x=1");
    same("/", pathOf("/"));
  }

  void decodesOnce() {
    same("/a b", pathOf("/a%20b"));
    same("/%41", pathOf("/%2541"));
    same("/\xc3\xa4", pathOf("/%C3%a4"));
    same("/a#b", pathOf("/a%23b"));
  }

  void decodedSlashesAndDotsCount() {
    same("/b", pathOf("/a%2f%2e%2E/b"));
    same("/b", pathOf("/a/%2e%2e%2fb"));
    same("refused", pathOf("/%2e%2e%2fetc/passwd"));
    same("/a/b", pathOf("/a%2Fb"));
    // Decoded once: what is left is a name, not dots.
    same("/%2e%2e/b", pathOf("/%252e%252e/b"));
  }

  void resolvesDotSegments() {
    same("/a/c", pathOf("/a/b/../c"));
    same("/a/c", pathOf("/a/./c"));
    same("/a/", pathOf("/a/b/.."));
    same("/a/b/", pathOf("/a/b/."));
    same("/", pathOf("/a/.."));
    same("/", pathOf("/."));
    same("/", pathOf("/a/b/../../"));
    same("/b", pathOf("/./././b"));
  }

  void refusesToClimbAboveTheRoot() {
    same("refused", pathOf("/.."));
    same("refused", pathOf("/../"));
    same("refused", pathOf("/a/../../b"));
    same("refused", pathOf("//../a"));
    same("refused", pathOf("/./.."));
  }

  void dotsWithinNamesStay() {
    same("/.well-known/x", pathOf("/.well-known/x"));
    same("/...", pathOf("/..."));
    same("/a/..b/c..", pathOf("/a/..b/c.."));
    same("/a./b", pathOf("/a./b"));
  }

  void mergesSlashesWhenAsked() {
    same("/a/b/", pathOf("//a///b//"));
    same("//a///b//", keeping("//a///b//"));
    same("/b", pathOf("/a//../b"));
    same("/a/b", keeping("/a//../b"));
    same("/a//b", keeping("/a/.//b"));
    same("/a/b", pathOf("/a/.//b"));
    same("/a//b", keeping("/a%2f/b"));
    same("/", keeping("//.."));
  }

  void refusesBadEscapes() {
    for (auto text : {"/%", "/%4", "/%zz", "/%4g", "/a%", "/%%41", "/%u0041"}) same("refused", pathOf(text));
  }

  void refusesControlCharacters() {
    for (auto text : {"/%00", "/a%0d%0aX", "/%7f", "/%1F", "/a\x01", "/a\x7f"}) same("refused", pathOf(text));
    same("refused", pathOf("/a?b\n"));
    same("refused", pathOf(std::string_view("/a\0", 3)));
  }

  void refusesFragmentsAndOtherForms() {
    same("refused", pathOf("/a#b"));
    same("refused", pathOf("/a?b#c"));
    same("refused", pathOf("*"));
    same("refused", pathOf("http://host/"));
    same("refused", pathOf("a/b"));
  }

  void queriesAreLeftAsTheyAre() {
    CPPUNIT_ASSERT(parse("/a%20b?x=%zz&y=%00//../"));
    CPPUNIT_ASSERT(target_.path == "/a b" && target_.args == "x=%zz&y=%00//../");
  }

  void storageIsReused() {
    pathOf("/%61" + std::string(500, 'x'));
    const char* before = storage_.data();
    pathOf("/%62" + std::string(400, 'y'));
    CPPUNIT_ASSERT(storage_.data() == before);
  }

  void escapesWhatAPathMayNotHold() {
    same("/a%20b%3Fc%23d%25", escaped("/a b?c#d%"));
    same("/%C3%A4%7F%0A", escaped("/\xc3\xa4\x7f\n"));
    same("/a/b:c@d;e=f,g(h)!*'~&$+[]", escaped("/a/b:c@d;e=f,g(h)!*'~&$+[]"));
    same("%22%3C%3E%5C%5E%60%7B%7C%7D", escaped("\"<>\\^`{|}"));
  }

  void normalizesHosts() {
    same("example.com", host("Example.COM:8080"));
    same("example.com", host("example.com."));
    same("example.com", host("EXAMPLE.com.:80"));
    same("[::1]", host("[::1]:8080"));
    same("[fe80::ab]", host("[FE80::AB]"));
    same("example.com", host("example.com:"));
    same("", host(""));
    same(".", host("."));
  }

  void lowerCaseHostsAreNotCopied() {
    std::string_view text = "example.com:80";
    CPPUNIT_ASSERT(normalizeHost(text, storage_).data() == text.data());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UriTest);

}  // namespace
}  // namespace weir
