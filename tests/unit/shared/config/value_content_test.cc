// SPDX-License-Identifier: Apache-2.0
// Values of files and content: right ones as settings and as -T prints them, wrong ones as messages.
#include <array>

#include "tests/unit/shared/config/configured.h"

namespace weir::config {
namespace {

struct Wrong {
  std::string_view line;
  std::string_view message;
};

constexpr std::array kWrong{
    Wrong{"disable_symlinks = maybe", "\"disable_symlinks\": \"maybe\" is not one of off, outside, on, if_not_owner"},
    Wrong{"dotfiles = on", "\"dotfiles\": \"on\" is not one of deny, allow"},
    Wrong{"autoindex_format = xml", "\"autoindex_format\": \"xml\" is not one of html, json"},
    Wrong{"index = a/", "\"index\": \"a/\" is not the name of a file"},
    Wrong{"index = ../a", "\"index\": \"../a\" is not the name of a file"},
    Wrong{"open_file_cache = inactive=1s", "\"open_file_cache\": \"max=\" is missing"},
    Wrong{"open_file_cache = max=0", "\"open_file_cache\": \"max=0\" is not \"max=\" with 1 to 1000000"},
    Wrong{"open_file_cache = max=1 memroy=1m",
          "\"open_file_cache\": unknown parameter \"memroy=1m\"; did you mean \"memory=\"?"},
    Wrong{"sendfile_max_chunk = 0", "\"sendfile_max_chunk\": 0 is out of range: it must be at least 4k"},
    Wrong{"types = texthtml html", "\"types\": \"texthtml\" is not a media type"},
    Wrong{"types = text/html .html", "\"types\": \".html\" is not a file extension without its dot"},
    Wrong{"charset = utf 8", "\"charset\": takes 1 argument, not 2"},
    Wrong{"charset = \"utf 8\"", "\"charset\": \"utf 8\" is not a name"},
    Wrong{"expires = soon", "\"expires\": \"soon\" is not a time, \"epoch\", \"max\" or \"off\""},
    Wrong{"expires = often 1h", "\"expires\": \"often\" is not \"modified\""},
    Wrong{"expires = @25h", "\"expires\": \"@25h\" is not a time of day"},
    Wrong{"cors = example.com", "\"cors\": \"example.com\" is not an origin such as https://example.com"},
    Wrong{"cors = https://a.example/", "\"cors\": \"https://a.example/\" is not an origin such as https://example.com"},
    Wrong{"gzip_comp_level = 10", "\"gzip_comp_level\": 10 is out of range: it must be at most 9"},
    Wrong{"gzip_proxied = expird", "\"gzip_proxied\": unknown condition \"expird\"; did you mean \"expired\"?"},
    Wrong{"gzip_proxied = off any", "\"gzip_proxied\": \"off\" cannot stand beside other conditions"},
    Wrong{"error_page = 404", "\"error_page\": takes at least 2 arguments, not 1"},
    Wrong{"error_page = 404 x", "\"error_page\": \"x\" is not a URI, a URL or @location"},
    Wrong{"error_page = 200 /x", "\"error_page\": \"200\" is not a status from 300 to 599"},
    Wrong{"error_page = 404 =1 /x", "\"error_page\": \"=1\" is not \"=\" with a status"},
    Wrong{"error_page = =200 /x", "\"error_page\": the statuses are missing"},
};

}  // namespace

class ContentValueTest : public Configured {
  CPPUNIT_TEST_SUITE(ContentValueTest);
  CPPUNIT_TEST(wrongOnesAreRefused);
  CPPUNIT_TEST(tryFilesInALocation);
  CPPUNIT_TEST(errorPagesMerge);
  CPPUNIT_TEST(pathsAreOfThePrefix);
  CPPUNIT_TEST(whatIsPrintedGivesTheSame);
  CPPUNIT_TEST_SUITE_END();

  std::string printed(std::string text) {
    reset();
    write("conf/weir.ini", std::move(text));
    diagnostics_ = {};
    std::string all = explainBundle(bundle_, diagnostics_);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics_.formatAll());
    return all;
  }

  // Without the comments that say where a line came from.
  static std::string withoutPlaces(const std::string& text) {
    std::string bare;
    for (size_t at = 0; at < text.size();) {
      size_t end = text.find('\n', at) + 1;
      if (text[at] != '#') bare += text.substr(at, end - at);
      at = end;
    }
    return bare;
  }

 public:
  void wrongOnesAreRefused() {
    for (const Wrong& wrong : kWrong) {
      std::string expected = "conf/weir.ini:2: " + std::string(wrong.message);
      CPPUNIT_ASSERT_EQUAL(expected, complaint("[http]\n" + std::string(wrong.line) + "\n").substr(0, expected.size()));
    }
  }

  void tryFilesInALocation() {
    const auto& settings = good("[server s]\nlisten = 80\nroot = www\n[location /]\ntry_files = $uri $uri/ =404\n");
    const auto& tries = settings.servers[0].locations[0].http.content.try_files;
    CPPUNIT_ASSERT_EQUAL(size_t{2}, tries.files.size());
    CPPUNIT_ASSERT_EQUAL(uint16_t{404}, tries.code);
    CPPUNIT_ASSERT(complaint("[server s]\nlisten = 80\ntry_files = $uri index\n").find("not a URI") !=
                   std::string::npos);
  }

  void errorPagesMerge() {
    const auto& settings = good(
        "[http]\nerror_page = 404 /a\n[server s]\nlisten = 80\n[location /]\nerror_page = 500 502 =200 @b\n"
        "[location /none]\nerror_page = none\n");
    const auto& pages = settings.servers[0].locations[0].http.content.error_page;
    CPPUNIT_ASSERT_EQUAL(size_t{2}, pages.size());
    CPPUNIT_ASSERT(pages[1].codes == std::vector<uint16_t>({500, 502}) && pages[1].response == 200);
    CPPUNIT_ASSERT(settings.servers[0].locations[1].http.content.error_page.empty());
  }

  void pathsAreOfThePrefix() {
    const auto& content = good("[http]\nroot = www/$host\n").http.content;
    CPPUNIT_ASSERT_EQUAL(std::string("/weir/www/$host"), content.root.text);
    CPPUNIT_ASSERT_EQUAL(std::string("/etc/mime.types"), content.types_file.value);
    CPPUNIT_ASSERT(content.disable_symlinks == Symlinks::Beneath && content.dotfiles == Dotfiles::Deny);
  }

  void whatIsPrintedGivesTheSame() {
    std::string first = printed(
        "[http]\nroot = www\nindex = a.html b.html\nopen_file_cache = max=10 inactive=5s memory=1m\n"
        "expires = modified -1h30m\ngzip_proxied = expired auth\ntypes = text/x x y\nerror_page = 404 410 = /gone\n"
        "cors = https://*.example.com http://b\ncors_expose_headers = X-A\ndisable_symlinks = if_not_owner\n"
        "[server s]\nlisten = 80\n[location /]\ntry_files = $uri /index.html\nexpires = @15h\n"
        "[location /a/]\nalias = /srv/a/\nerror_page = 500 @x\nif_modified_since = exact\n");
    for (const char* line :
         {"open_file_cache = max=10 inactive=5s memory=1m\n", "expires = modified -5400s\n", "expires = @15h\n",
          "error_page = 404 410 = /gone\n", "types = text/x x y\n", "try_files = $uri /index.html\n"})
      CPPUNIT_ASSERT_MESSAGE(first, first.find(line) != std::string::npos);
    // A printed configuration says everything itself, so that printing it again changes nothing.
    std::string second = withoutPlaces(printed(first));
    CPPUNIT_ASSERT_EQUAL(second, withoutPlaces(printed(second)));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ContentValueTest);

}  // namespace weir::config
