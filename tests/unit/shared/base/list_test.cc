// SPDX-License-Identifier: Apache-2.0
#include "shared/base/list.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

namespace weir {
namespace {

struct ByAge;

struct Item : ListNode<Item>, ListNode<Item, ByAge> {
  explicit Item(char name) : name(name) {}
  char name;
};

std::string names(List<Item>& list) {
  std::string found;
  list.each([&](Item& item) { found += item.name; });
  return found;
}

}  // namespace

class ListTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListTest);
  CPPUNIT_TEST(keepsOrder);
  CPPUNIT_TEST(itemUnlinksWhenItEnds);
  CPPUNIT_TEST(unlinkingTwiceIsHarmless);
  CPPUNIT_TEST(listThatEndsLeavesItemsUnlinked);
  CPPUNIT_TEST(visitorMayUnlinkWhatItVisits);
  CPPUNIT_TEST(itemIsInOneListPerTag);
  CPPUNIT_TEST_SUITE_END();

  Item a_{'a'}, b_{'b'}, c_{'c'};
  List<Item> list_;

 public:
  void keepsOrder() {
    CPPUNIT_ASSERT(list_.empty());
    list_.pushBack(b_);
    list_.pushBack(c_);
    list_.pushFront(a_);
    CPPUNIT_ASSERT_EQUAL(std::string("abc"), names(list_));
    CPPUNIT_ASSERT_EQUAL('a', list_.front().name);
    CPPUNIT_ASSERT_EQUAL('c', list_.back().name);
  }

  void itemUnlinksWhenItEnds() {
    list_.pushBack(a_);
    {
      Item passing('x');
      list_.pushBack(passing);
      list_.pushBack(b_);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), names(list_));
  }

  void unlinkingTwiceIsHarmless() {
    list_.pushBack(a_);
    static_cast<ListNode<Item>&>(a_).unlink();
    static_cast<ListNode<Item>&>(a_).unlink();
    CPPUNIT_ASSERT(list_.empty());
    list_.pushBack(a_);
    CPPUNIT_ASSERT_EQUAL(std::string("a"), names(list_));
  }

  void listThatEndsLeavesItemsUnlinked() {
    {
      List<Item> passing;
      passing.pushBack(a_);
      passing.pushBack(b_);
    }
    CPPUNIT_ASSERT(!static_cast<ListNode<Item>&>(a_).linked());
    CPPUNIT_ASSERT(!static_cast<ListNode<Item>&>(b_).linked());
  }

  void visitorMayUnlinkWhatItVisits() {
    list_.pushBack(a_);
    list_.pushBack(b_);
    list_.pushBack(c_);
    list_.each([](Item& item) {
      if (item.name != 'b') static_cast<ListNode<Item>&>(item).unlink();
    });
    CPPUNIT_ASSERT_EQUAL(std::string("b"), names(list_));
  }

  void itemIsInOneListPerTag() {
    List<Item, ByAge> by_age;
    list_.pushBack(a_);
    by_age.pushBack(a_);
    static_cast<ListNode<Item>&>(a_).unlink();
    CPPUNIT_ASSERT(list_.empty());
    CPPUNIT_ASSERT(!by_age.empty());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListTest);

}  // namespace weir
