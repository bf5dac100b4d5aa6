// SPDX-License-Identifier: Apache-2.0
// The lexical rules of whole files: sections, includes, the environment, hostile input.
#include "shared/config/document.h"

#include <chrono>
#include <cstdlib>

#include "tests/unit/shared/config/configured.h"

namespace weir::config {
namespace {

class DocumentTest : public Configured {
  CPPUNIT_TEST_SUITE(DocumentTest);
  CPPUNIT_TEST(valuesStayWhole);
  CPPUNIT_TEST(sectionErrors);
  CPPUNIT_TEST(lineErrors);
  CPPUNIT_TEST(longLabels);
  CPPUNIT_TEST(anUnknownSectionIsReportedOnce);
  CPPUNIT_TEST(aWrongLabelHidesNoOtherError);
  CPPUNIT_TEST(labelsAreUtf8);
  CPPUNIT_TEST(includesAreRelativeToTheirFile);
  CPPUNIT_TEST(includesMayHoldSections);
  CPPUNIT_TEST(theIncludingFileGoesOnInItsSection);
  CPPUNIT_TEST(locationsBelongToTheServerOfTheirFile);
  CPPUNIT_TEST(includeErrors);
  CPPUNIT_TEST(includeLoops);
  CPPUNIT_TEST(deepIncludes);
  CPPUNIT_TEST(includeBombs);
  CPPUNIT_TEST(environment);
  CPPUNIT_TEST(missingMainFile);
  CPPUNIT_TEST(tenThousandSections);
  CPPUNIT_TEST(aThousandServersOfTenLocations);
  CPPUNIT_TEST(tenThousandErrors);
  CPPUNIT_TEST_SUITE_END();

  static void expect(const std::string& wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

  template <class Work>
  static void expectUnderASecond(Work work) {
    auto begun = std::chrono::steady_clock::now();
    work();
    // Sanitizers and a busy machine take their share; the numbers without them are a tenth of this.
    CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
  }

 public:
  // S-58: nothing that inih would cut, split or drop is passed on in silence.
  void valuesStayWhole() {
    const auto& settings = good(
        "[http]\nadd_header = Strict-Transport-Security max-age=1; preload\n"
        "  log_format = x 'a=b:c=d'\n");
    expect("max-age=1; preload", settings.http.add_header.at(0).value.text);
    expect("a=b:c=d", settings.log_formats.at(1).text.text);
    expect("conf/weir.ini:2: warning: the value holds \" # \" or \" ; \": there are no comments behind a value",
           complaint("[http]\nadd_header = X a ; b\n"));
  }

  void sectionErrors() {
    expect("conf/weir.ini:1: unknown section [sever]; did you mean [server]?", complaint("[sever a]\n"));
    expect("conf/weir.ini:1: unknown section [tunnel_client]", complaint("[tunnel_client a]\n"));
    expect("conf/weir.ini:1: unknown section []", complaint("[]\n"));
    expect("conf/weir.ini:1: [main] takes no name", complaint("[main x]\n"));
    expect("conf/weir.ini:1: [server] needs a name behind its kind", complaint("[server]\n"));
    expect("conf/weir.ini:2: [location] needs a pattern behind its kind", complaint("[server a]\n[location ]\n"));
    expect("conf/weir.ini:1: the section has no closing \"]\"", complaint("[main\n"));
    expect("conf/weir.ini:1: unexpected text after the section's \"]\"", complaint("[main] # x\n"));
    expect("conf/weir.ini:1: [location] has no [server] above it", complaint("[location /]\n"));
    expect("conf/weir.ini:1: \"daemon\" stands above the first section", complaint("daemon = on\n"));
    expect(
        "conf/weir.ini:2: a section cannot hold \"]\": give the location a name, and write its pattern as \"match = "
        "PATTERN\"",
        complaint("[server a]\n[location ~ ^/[0-9]$]\nnonsense = 1\n"));
  }

  void lineErrors() {
    expect("conf/weir.ini:2: \"listen 80;\" is not \"name = value\"", complaint("[server a]\nlisten 80;\n"));
    expect("conf/weir.ini:2: \"listen: 80\" is not \"name = value\"", complaint("[server a]\nlisten: 80\n"));
    expect("conf/weir.ini:2: there is no name before \"=\"", complaint("[server a]\n= 80\n"));
    expect("conf/weir.ini:2: the line holds a NUL byte", complaint(std::string("[main]\ndaemon = o\0n\n", 20)));
    expect("conf/weir.ini:2: the line is longer than 65536 bytes",
           complaint("[main]\npid = " + std::string(1 << 20, 'x') + "\ndaemon = on\n"));
    expect("conf/weir.ini:2: \"pid\": a quote is not closed", complaint("[main]\npid = \"x\n"));
  }

  void longLabels() {
    std::string label = "/" + std::string(kMaxLabel - 1, 'x');
    expect(label, good("[server a]\n[location " + label + "]\n").servers[0].locations[0].pattern);
    expect(
        "conf/weir.ini:2: the label of [location] is over 49 characters: give the location a name, and write its "
        "pattern as \"match = PATTERN\"",
        complaint("[server a]\n[location " + label + "x]\n"));
    expect("conf/weir.ini:1: the label of [upstream] is over 49 characters",
           complaint("[upstream " + std::string(50, 'x') + "]\nserver = 127.0.0.1\n"));
  }

  void anUnknownSectionIsReportedOnce() {
    expect("conf/weir.ini:1: unknown section [sever]; did you mean [server]?",
           complaint("[sever a]\nlisten = nonsense\nfoo = bar\n[location /]\nreturn = 200\n"));
  }

  void aWrongLabelHidesNoOtherError() {
    expect(
        "conf/weir.ini:1: [server] needs a name behind its kind\n"
        "conf/weir.ini:2: \"listen\": \"x\" is not an address to listen on (such as 8080, 127.0.0.1:8080, [::1]:80, "
        "unix:/path)\n"
        "conf/weir.ini:4: \"internal\": \"x\" is not \"on\" or \"off\"",
        complaint("[server]\nlisten = x\n[location /]\ninternal = x\n"));
    expect(
        "conf/weir.ini:1: unknown section [sever]; did you mean [server]?\n"
        "conf/weir.ini:3: \"internal\": \"x\" is not \"on\" or \"off\"",
        complaint("[sever a]\n[location /]\ninternal = x\n"));
  }

  void labelsAreUtf8() {
    expect("h\xc3\xa9", good("[server h\xc3\xa9]\n").servers[0].name);
    expect("conf/weir.ini:1: the label of [server] is not UTF-8, as logs and metrics want it",
           complaint("[server h\xe9]\n"));
  }

  void includesAreRelativeToTheirFile() {
    write("conf/sites/a.ini", "include = more/b.ini\n");
    write("conf/sites/more/b.ini", "listen = 8080\n");
    expect("0.0.0.0:8080", good("[server a]\ninclude = sites/a.ini\n").servers[0].listen[0].address.toString());
  }

  void includesMayHoldSections() {
    matches("conf/sites/*.ini", {"conf/sites/a.ini", "conf/sites/b.ini"});
    write("conf/sites/a.ini", "[server a]\nlisten = 1\n");
    write("conf/sites/b.ini", "[server b]\nlisten = 2\n[location /]\nreturn = 204\n");
    const auto& settings = good("include = sites/*.ini\ninclude = none/*.ini\n");
    CPPUNIT_ASSERT_EQUAL(size_t{2}, settings.servers.size());
    CPPUNIT_ASSERT_EQUAL(size_t{1}, settings.servers[1].locations.size());
  }

  void theIncludingFileGoesOnInItsSection() {
    write("conf/a.ini", "max_headers = 7\n[server a]\n[upstream u]\nserver = 127.0.0.1:1\n");
    const auto& settings = good("[http]\ninclude = a.ini\nserver_tokens = on\n");
    CPPUNIT_ASSERT_EQUAL(7u, settings.http.max_headers);
    CPPUNIT_ASSERT(settings.http.server_tokens);
  }

  void locationsBelongToTheServerOfTheirFile() {
    write("conf/common.ini", "[location /common]\nreturn = 200\n");
    write("conf/other.ini", "[server b]\nlisten = 2\n");
    const auto& settings = good("[server a]\nlisten = 1\ninclude = common.ini\ninclude = other.ini\n[location /own]\n");
    CPPUNIT_ASSERT_EQUAL(size_t{2}, settings.servers[0].locations.size());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, settings.servers[1].locations.size());
  }

  void includeErrors() {
    expect("conf/weir.ini:1: cannot read conf/none.ini: it is not in the bundle", complaint("include = none.ini\n"));
    expect("conf/weir.ini:1: cannot read /etc/none.ini: it is not in the bundle",
           complaint("include = /etc/none.ini\n"));
    expect("conf/weir.ini:1: \"include\": takes 1 argument", complaint("include = a b\n"));
    expect("conf/weir.ini:1: \"include\": takes 1 argument", complaint("include =\n"));
    expect("conf/weir.ini:1: \"include\": the path is empty", complaint("include = \"\"\n"));
  }

  void includeLoops() {
    expect("conf/weir.ini:1: \"conf/weir.ini\" includes itself", complaint("include = weir.ini\n"));
    expect("conf/weir.ini:1: \"conf/weir.ini\" includes itself", complaint("include = /weir/conf/./weir.ini\n"));
    reset();
    write("conf/a.ini", "include = b.ini\n");
    write("conf/b.ini", "include = a.ini\n");
    load("include = a.ini\n");
    expect("conf/b.ini:1: \"conf/a.ini\" includes itself", said());
  }

  void deepIncludes() {
    for (int i = 0; i < 100; ++i)
      write("conf/" + std::to_string(i) + ".ini", "include = " + std::to_string(i + 1) + ".ini\n");
    load("include = 0.ini\n");
    expect("conf/31.ini:1: includes nest deeper than 32", said());
  }

  // Each file includes the next twice: 2^30 readings, were they not counted.
  void includeBombs() {
    for (int i = 0; i < 30; ++i) {
      auto line = "include = " + std::to_string(i + 1) + ".ini\n";
      write("conf/" + std::to_string(i) + ".ini", line + line);
    }
    write("conf/30.ini", "\n");
    expectUnderASecond([&] { load("include = 0.ini\n"); });
    expect("more than 100000 includes", said());
  }

  void environment() {
    setenv("WEIR_TEST_LISTEN", "127.0.0.1:8081 default_server", 1);
    setenv("WEIR_TEST_NAME", "main", 1);
    unsetenv("WEIR_TEST_UNSET");
    write("conf/main.ini", "listen = ${env.WEIR_TEST_LISTEN}\n");
    const auto& settings = good("[server ${env.WEIR_TEST_NAME}]\ninclude = ${env.WEIR_TEST_NAME}.ini\n");
    expect("main", settings.servers[0].name);
    CPPUNIT_ASSERT(settings.servers[0].listen[0].default_server);
    expect(
        "conf/weir.ini:2: the environment variable WEIR_TEST_UNSET is not set and ${env.WEIR_TEST_UNSET} gives no "
        "default",
        complaint("[main]\npid = ${env.WEIR_TEST_UNSET}\n"));
  }

  void missingMainFile() {
    load();
    expect("cannot read conf/weir.ini: it is not in the bundle", said());
    bundle_.files.push_back({bundle_.main_path, "", "Permission denied"});
    load();
    expect("cannot read conf/weir.ini: Permission denied", said());
  }

  void tenThousandSections() {
    std::string text;
    for (int i = 0; i < 10'000; ++i) {
      auto name = "s" + std::to_string(i);
      text += "[server " + name + "]\nserver_name = " + name + "\nlisten = 8080\n";
    }
    expectUnderASecond([&] { good(text); });
    CPPUNIT_ASSERT_EQUAL(size_t{10'000}, settings_->servers.size());
  }

  void aThousandServersOfTenLocations() {
    std::string text = "[http]\nadd_header = X 1\n[upstream u]\nserver = 127.0.0.1:1\n";
    for (int i = 0; i < 1000; ++i) {
      text += "[server s" + std::to_string(i) + "]\nlisten = 8080\nserver_name = s" + std::to_string(i) + "\n";
      for (int j = 0; j < 10; ++j)
        text += "[location /" + std::to_string(j) + "/]\nproxy_pass = http://u\nproxy_set_header = X b\n";
    }
    expectUnderASecond([&] { good(text); });
    CPPUNIT_ASSERT_EQUAL(size_t{10}, settings_->servers[999].locations.size());
  }

  void tenThousandErrors() {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "[sever]\nfoo\n[main]\nfoo = 1\n";
    expectUnderASecond([&] { load(text); });
    CPPUNIT_ASSERT_EQUAL(size_t{30'000}, diagnostics_.errorCount());
    CPPUNIT_ASSERT_EQUAL(Diagnostics::kMaxKept, diagnostics_.all().size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DocumentTest);

}  // namespace
}  // namespace weir::config
