// An intrusive list of objects that are named by indices: each object carries its own links, so
// that joining, leaving and asking cost a few writes and no memory. The list does not know where
// the objects are: every call is given `links_of`, a function from an index to its object's links.
#pragma once

#include <cstdint>

#include "base/assert.h"

namespace acksu {

struct IndexLinks {
  static constexpr std::uint32_t end = 0xffff'ffff;       // nobody stands there
  static constexpr std::uint32_t unlinked = 0xffff'fffe;  // in no list
  std::uint32_t next = unlinked;
  std::uint32_t previous = unlinked;

  bool is_linked() const { return next != unlinked; }
};

class IndexList {
 public:
  static constexpr std::uint32_t none = IndexLinks::end;

  bool is_empty() const { return first_ == none; }
  std::uint32_t size() const { return size_; }
  std::uint32_t front() const { return first_; }  // `none` when empty

  template <class LinksOf>
  void push_back(std::uint32_t index, LinksOf&& links_of) {
    IndexLinks& links = links_of(index);
    ACKSU_ASSERT(!links.is_linked());
    links = {none, last_};
    (last_ == none ? first_ : links_of(last_).next) = index;
    last_ = index;
    ++size_;
  }
  template <class LinksOf>
  void remove(std::uint32_t index, LinksOf&& links_of) {
    IndexLinks& links = links_of(index);
    ACKSU_ASSERT(links.is_linked());
    (links.previous == none ? first_ : links_of(links.previous).next) = links.next;
    (links.next == none ? last_ : links_of(links.next).previous) = links.previous;
    links = {};
    --size_;
  }
  // The first index, which then stands in no list; `none` when empty.
  template <class LinksOf>
  std::uint32_t pop_front(LinksOf&& links_of) {
    const std::uint32_t index = first_;
    if (index != none) remove(index, links_of);
    return index;
  }
  // Calls f(index) from front to back; f does not change the list.
  template <class LinksOf, class F>
  void for_each(LinksOf&& links_of, F&& f) const {
    for (std::uint32_t at = first_; at != none; at = links_of(at).next) f(at);
  }

 private:
  std::uint32_t first_ = none;
  std::uint32_t last_ = none;
  std::uint32_t size_ = 0;
};

}  // namespace acksu
