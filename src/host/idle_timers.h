// Deadlines of things that end when they have been idle for a time of their class: one list a class
// in the order of the last use, which is the order of the deadlines, because all in a list wait
// equally long. Using a thing moves it to the end of its list; all costs are constant.
//
// The things are elsewhere, named by indices: each call is given `entry_of`, a function from an
// index to its entry. Time never goes backwards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/index_list.h"
#include "base/time.h"

namespace acksu {

struct IdleEntry {
  IndexLinks links;
  Instant ends = never;
  std::uint8_t list = 0;
};

template <std::size_t lists>
class IdleTimers {
 public:
  static constexpr std::uint32_t none = IndexList::none;

  explicit IdleTimers(const std::array<Duration, lists>& lengths) : lengths_(lengths) {}

  // From now on it waits in that list, wherever it was.
  template <class EntryOf>
  void restart(std::uint32_t index, std::uint8_t list, Instant now, EntryOf&& entry_of) {
    stop(index, entry_of);
    IdleEntry& entry = entry_of(index);
    entry.list = list;
    entry.ends = later_by(now, lengths_[list]);
    lists_[list].push_back(index, links(entry_of));
  }
  template <class EntryOf>
  void stop(std::uint32_t index, EntryOf&& entry_of) {
    IdleEntry& entry = entry_of(index);
    if (entry.links.is_linked()) lists_[entry.list].remove(index, links(entry_of));
  }

  template <class EntryOf>
  Instant deadline(EntryOf&& entry_of) const {
    Instant first = never;
    for (const IndexList& list : lists_) {
      if (!list.is_empty()) first = earliest(first, entry_of(list.front()).ends);
    }
    return first;
  }
  // One that is due at or before `now`, or `none`. It stays in its list.
  template <class EntryOf>
  std::uint32_t due(Instant now, EntryOf&& entry_of) const {
    for (const IndexList& list : lists_) {
      if (!list.is_empty() && entry_of(list.front()).ends <= now) return list.front();
    }
    return none;
  }
  // The one of a list that was used least recently, or `none`.
  std::uint32_t oldest(std::uint8_t list) const { return lists_[list].front(); }
  std::uint32_t size(std::uint8_t list) const { return lists_[list].size(); }

 private:
  template <class EntryOf>
  static auto links(EntryOf& entry_of) {
    return [&entry_of](std::uint32_t index) -> IndexLinks& { return entry_of(index).links; };
  }

  std::array<Duration, lists> lengths_;
  std::array<IndexList, lists> lists_;
};

}  // namespace acksu
