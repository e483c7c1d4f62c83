// The connections of a host, each named by an index for as long as it lives. Those to which nothing
// happens are folded: kept as the words in which they differ from one that is like them, in less
// than half the room. Whoever asks for one that is folded finds it unfolded, and cannot tell.
//
// A reference to a record holds until the next `fold_some`, for which the host has its places.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/folded.h"
#include "base/slab.h"
#include "host/connection_record.h"

namespace acksu {

class ConnectionStore {
 public:
  // So many of them stay as they are, whatever they do.
  explicit ConnectionStore(std::uint32_t never_folded) : never_folded_(never_folded) {}
  ConnectionStore(const ConnectionStore& other);
  ConnectionStore(ConnectionStore&& other) noexcept : never_folded_(other.never_folded_) {
    swap(other);
  }
  ConnectionStore& operator=(ConnectionStore other) noexcept {
    swap(other);
    return *this;
  }
  ~ConnectionStore();

  template <class... Arguments>
  std::uint32_t allocate(Arguments&&... arguments) {
    const std::uint32_t index = names_.allocate();
    Place& place = place_for(index);
    new (place.storage) ConnectionRecord(std::forward<Arguments>(arguments)...);
    constexpr std::uint32_t looks = 3;  // to pass one, to fold another, and one more
    owe_looks(looks);
    return index;
  }
  void release(std::uint32_t index);

  [[gnu::always_inline]] ConnectionRecord& operator[](std::uint32_t index) {
    const Name name = names_[index];
    if (name.is_folded()) [[unlikely]]
      return unfold(index);
    return name.place()->record();
  }
  [[gnu::always_inline]] const ConnectionRecord& operator[](std::uint32_t index) const {
    return const_cast<ConnectionStore*>(this)->operator[](index);
  }
  // Of an index that was given out at some time.
  std::uint32_t generation(std::uint32_t index) const { return names_.generation(index); }
  // The record of that name, or null if it was released since.
  ConnectionRecord* find(std::uint32_t index, std::uint32_t generation) {
    return names_.find(index, generation) == nullptr ? nullptr : &(*this)[index];
  }
  std::uint32_t size() const { return names_.size(); }
  std::uint32_t folded() const { return folded_.size(); }
  void prefetch(std::uint32_t index) const;

  // Calls f(index, record) for each, by rising index; folded ones stay so.
  template <class F>
  void for_each(F&& f) const {
    names_.for_each([&](std::uint32_t index, Name name) {
      if (name.is_folded()) {
        Place copy;
        unfold_into(copy, name);
        f(index, std::as_const(copy).record());
      } else {
        f(index, std::as_const(*name.place()).record());
      }
    });
  }

  // ---- Folding
  // Those that have fallen silent, and some of a few others for each that was made or unfolded
  // since. `timers`: the wheel that the records' timers are in.
  void fold_some(const TimingWheel& timers, Instant now) {
    if (looks_owed_ > 0 || !silent_.empty()) [[unlikely]]
      fold_silent_and_idle(timers, now);
  }
  // No timer of that connection runs any more.
  void on_silence(std::uint32_t index);

 private:
  static constexpr std::uint32_t most_models = 16;
  using FoldedWords = Folded<sizeof(ConnectionRecord), 43>;
  using Image = FoldedWords::Image;
  struct FoldedRecord {
    std::uint32_t model = 0;
    FoldedWords words{};
  };
  static_assert(sizeof(FoldedRecord) <= 192);

  // Where a record is as it is; it begins and ends to live there when the store says so.
  struct Place {
    Place() {}  // what it is made of comes later
    ConnectionRecord& record() {
      return *std::launder(reinterpret_cast<ConnectionRecord*>(storage));
    }
    const ConnectionRecord& record() const { return const_cast<Place*>(this)->record(); }
    alignas(ConnectionRecord) unsigned char storage[sizeof(ConnectionRecord)];
    std::uint32_t index;   // the record's
    std::uint32_t number;  // its own, among those that are unfolded
  };
  // Where a record is: a place, or the number of a folded record.
  class Name {
   public:
    Name() = default;
    explicit Name(Place& place) : bits_(reinterpret_cast<std::uintptr_t>(&place)) {}
    explicit Name(std::uint32_t folded) : bits_((std::uintptr_t{folded} << 1) | 1) {}
    bool is_folded() const { return (bits_ & 1) != 0; }
    Place* place() const { return reinterpret_cast<Place*>(bits_); }
    std::uint32_t folded() const { return static_cast<std::uint32_t>(bits_ >> 1); }

   private:
    std::uintptr_t bits_ = 0;
  };

  // On the heap one by one: those of connections that have fallen silent are for others then.
  Place& place_for(std::uint32_t index) {
    Place& place = *unfolded_.emplace_back(std::make_unique<Place>());
    place.index = index;
    place.number = static_cast<std::uint32_t>(unfolded_.size() - 1);
    names_[index] = Name(place);
    return place;
  }
  void give_back(std::uint32_t number) {
    std::swap(unfolded_[number], unfolded_.back());
    unfolded_[number]->number = number;
    unfolded_.pop_back();
  }
  void unfold_into(Place& place, Name name) const {
    const FoldedRecord& folded = folded_[name.folded()];
    folded.words.unfold(models_[folded.model], place.storage);
  }
  bool is_crowded() const { return unfolded_.size() > never_folded_; }
  void owe_looks(std::uint32_t count) {
    if (is_crowded()) looks_owed_ += count;
  }
  void swap(ConnectionStore& other) noexcept;
  ConnectionRecord& unfold(std::uint32_t index);
  void fold_silent_and_idle(const TimingWheel& timers, Instant now);
  void fold(Place& place);
  bool fold_by(std::uint32_t model, Place& place);

  Slab<Name> names_;  // by index
  std::vector<std::unique_ptr<Place>> unfolded_;
  Slab<FoldedRecord> folded_;
  std::vector<Image> models_;
  std::uint32_t model_ = 0;  // that was good last
  std::uint32_t never_folded_;
  std::vector<std::uint32_t> silent_;  // indices: since the last look
  std::uint32_t looks_owed_ = 0;
  std::uint32_t hand_ = 0;  // the place that was looked at last
};

}  // namespace acksu
