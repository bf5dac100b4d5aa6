// SPDX-License-Identifier: Apache-2.0
#pragma once
// List<T>: an intrusive, doubly linked list of objects that derive from ListNode<T>. It owns nothing and allocates
// nothing; an object unlinks itself when it ends. An object is in at most one list per Tag.

namespace weir {

struct DefaultList;

template <class T, class Tag = DefaultList>
class List;

template <class T, class Tag = DefaultList>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = this;
  }

 private:
  friend class List<T, Tag>;
  ListNode* next_ = this;
  ListNode* previous_ = this;
};

template <class T, class Tag>
class List {
  using Node = ListNode<T, Tag>;

 public:
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    while (!empty()) head_.next_->unlink();
  }

  bool empty() const { return !head_.linked(); }
  // REQUIRES: !empty()
  T& front() { return static_cast<T&>(*head_.next_); }
  T& back() { return static_cast<T&>(*head_.previous_); }
  // REQUIRES: the object is in no list of this tag
  void pushFront(T& item) { insertAfter(head_, item); }
  void pushBack(T& item) { insertAfter(*head_.previous_, item); }

  // Visits every object; the visitor may unlink the one it is given, and no other.
  template <class Visitor>
  void each(Visitor visit) {
    for (Node *node = head_.next_, *next; node != &head_; node = next) {
      next = node->next_;
      visit(static_cast<T&>(*node));
    }
  }
  // The first object for which that holds, or null; may unlink the object it is asked about, and no other.
  template <class Predicate>
  T* find(Predicate holds) {
    for (Node *node = head_.next_, *next; node != &head_; node = next) {
      next = node->next_;
      if (holds(static_cast<T&>(*node))) return static_cast<T*>(node);
    }
    return nullptr;
  }

 private:
  static void insertAfter(Node& place, Node& node) {
    node.previous_ = &place;
    node.next_ = place.next_;
    place.next_->previous_ = &node;
    place.next_ = &node;
  }

  Node head_;
};

}  // namespace weir
