// SPDX-License-Identifier: Apache-2.0
// S-45: what a listing shows, and in which order.
#include "worker/http/files/folder_listing.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/files/folder.h"

namespace weir {

class FolderListingTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FolderListingTest);
  CPPUNIT_TEST(readsFilesAndFolders);
  CPPUNIT_TEST(dotfilesAreLeftOutUnlessAllowed);
  CPPUNIT_TEST(linksThatLeadOutAreLeftOut);
  CPPUNIT_TEST(devicesAndFifosAreLeftOut);
  CPPUNIT_TEST(whatIsNoFolderFails);
  CPPUNIT_TEST(foldersComeFirstInEachOrder);
  CPPUNIT_TEST(equalsAreSortedByName);
  CPPUNIT_TEST(anOrderIsReadLeniently);
  CPPUNIT_TEST(jsonHasNginxsFields);
  CPPUNIT_TEST(namesStayNames);
  CPPUNIT_TEST_SUITE_END();

  using Kind = ListedEntry::Kind;
  using Column = ListingOrder::Column;

  std::optional<Folder> folder_;
  FolderListing listing_;

  bool read(Dotfiles dotfiles = Dotfiles::Deny, Symlinks symlinks = Symlinks::Beneath) {
    listing_ = {};
    std::string text = std::to_string(static_cast<int>(symlinks)) + folder_->path() + '\0';
    return listing_.read(folder_->open().get(), FileKey(text, symlinks), dotfiles);
  }
  std::string names() {
    std::string all;
    for (const ListedEntry& entry : listing_.entries()) all += (all.empty() ? "" : " ") + entry.name;
    return all;
  }
  std::string sorted(ListingOrder order) {
    listing_.sort(order);
    return names();
  }
  std::string read_names(Dotfiles dotfiles = Dotfiles::Deny, Symlinks symlinks = Symlinks::Beneath) {
    CPPUNIT_ASSERT(read(dotfiles, symlinks));
    return sorted({});
  }
  void is(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }

 public:
  void setUp() override {
    folder_.emplace();
    listing_ = {};
  }
  void tearDown() override { folder_.reset(); }

  void readsFilesAndFolders() {
    folder_->file("b.txt", "12345");
    folder_->file("sub/inner", "");
    is("sub b.txt", read_names());
    const ListedEntry& file = listing_.entries().at(1);
    CPPUNIT_ASSERT(file.kind == Kind::File && file.size == 5 && file.modified > 0);
    CPPUNIT_ASSERT(listing_.entries().at(0).kind == Kind::Folder && listing_.complete());
  }

  void dotfilesAreLeftOutUnlessAllowed() {
    folder_->file(".env", "secret");
    folder_->file("a", "");
    is("a", read_names());
    is(".env a", read_names(Dotfiles::Allow));
  }

  void linksThatLeadOutAreLeftOut() {
    folder_->file("a", "123");
    folder_->link("in", "a");
    folder_->link("out", "/etc/passwd");
    folder_->link("broken", "nothing");
    is("a in", read_names());
    CPPUNIT_ASSERT_EQUAL(uint64_t{3}, listing_.entries().at(1).size);
    is("a", read_names(Dotfiles::Deny, Symlinks::Refuse));
    is("a in out", read_names(Dotfiles::Deny, Symlinks::Follow));
  }

  void devicesAndFifosAreLeftOut() {
    CPPUNIT_ASSERT_EQUAL(0, mkfifo(folder_->path("fifo").c_str(), 0600));
    is("", read_names());
  }

  void whatIsNoFolderFails() {
    folder_->file("a", "");
    Fd file(::open(folder_->path("a").c_str(), O_RDONLY | O_CLOEXEC));
    CPPUNIT_ASSERT(!listing_.read(file.get(), FileKey("", Symlinks::Beneath), Dotfiles::Deny));
    CPPUNIT_ASSERT_EQUAL(ENOTDIR, errno);
  }

  void foldersComeFirstInEachOrder() {
    listing_.add({"small", Kind::File, 1, 30});
    listing_.add({"large", Kind::File, 9, 10});
    listing_.add({"z", Kind::Folder, 0, 20});
    listing_.add({"y", Kind::Folder, 0, 40});
    is("y z large small", sorted({}));
    is("z y small large", sorted({Column::Name, true}));
    is("y z small large", sorted({Column::Size, false}));
    is("z y large small", sorted({Column::Size, true}));
    is("z y large small", sorted({Column::Modified, false}));
    is("y z small large", sorted({Column::Modified, true}));
  }

  void equalsAreSortedByName() {
    for (const char* name : {"c", "a", "b"}) listing_.add({name, Kind::File, 7, 7});
    is("a b c", sorted({Column::Size, false}));
    is("a b c", sorted({Column::Modified, false}));
  }

  void anOrderIsReadLeniently() {
    auto parsed = [](std::string_view args, Column column, bool descending) {
      ListingOrder order = ListingOrder::parse(args);
      CPPUNIT_ASSERT(order.column == column && order.descending == descending);
    };
    parsed("", Column::Name, false);
    parsed("C=M&O=D", Column::Modified, true);
    parsed("C=S;O=A", Column::Size, false);
    parsed("C=X&O=Y&z", Column::Name, false);
  }

  void jsonHasNginxsFields() {
    listing_.add({"a\"b", Kind::File, 5, 0});
    listing_.add({"d", Kind::Folder, 0, 86400});
    ListingStyle style;
    style.format = ListingFormat::Json;
    is("[\n{ \"name\":\"a\\\"b\", \"type\":\"file\", \"mtime\":\"Thu, 01 Jan 1970 00:00:00 GMT\", \"size\":5 },\n"
       "{ \"name\":\"d\", \"type\":\"directory\", \"mtime\":\"Fri, 02 Jan 1970 00:00:00 GMT\" }\n]\n",
       listing_.render("/", {}, style));
  }

  void namesStayNames() {
    listing_.add({"<script>alert(1)</script>", Kind::File, 5, 0});
    std::string page = listing_.render("/<b>/", {}, {});
    CPPUNIT_ASSERT(page.find("<script") == std::string::npos && page.find("<b>/") == std::string::npos);
    CPPUNIT_ASSERT(page.find("&lt;script&gt;") != std::string::npos);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FolderListingTest);

}  // namespace weir
