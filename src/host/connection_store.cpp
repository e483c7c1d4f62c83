// Folding what rests, and unfolding what is asked for.
#include "host/connection_store.h"

#include <cstring>

namespace acksu {
namespace {

// Whoever has a timer that is over before that is not at rest. Those of keep-alive take hours.
constexpr Duration soon = 10s;

// In no list, and known to its owner: whoever wants something of it asks by its name.
bool is_at_rest(const ConnectionRecord& record, const TimingWheel& timers, Instant now) {
  return !record.ready.is_linked() && !record.waiting.is_linked() && !record.is_detached &&
         record.listener == ConnectionRecord::no_listener &&
         (record.timer == TimingWheel::none || timers.deadline(record.timer) > later_by(now, soon));
}

template <class T>
void fetch(const T& object) {
  constexpr std::size_t line = 64;
  const auto* bytes = reinterpret_cast<const char*>(&object);
  for (std::size_t at = 0; at < sizeof(T); at += line) __builtin_prefetch(bytes + at);
}

}  // namespace

// ---- Copies -------------------------------------------------------------------------------------

// The slabs have copied bits; what records own is theirs only when they are copied as records.
ConnectionStore::ConnectionStore(const ConnectionStore& other)
    : names_(other.names_),
      folded_(other.folded_),
      models_(other.models_),
      model_(other.model_),
      never_folded_(other.never_folded_),
      silent_(other.silent_),
      looks_owed_(other.looks_owed_),
      hand_(other.hand_) {
  for (const std::unique_ptr<Place>& theirs : other.unfolded_) {
    Place& place = place_for(theirs->index);
    new (place.storage) ConnectionRecord(std::as_const(*theirs).record());
  }
  names_.for_each([&](std::uint32_t index, Name name) {
    if (!name.is_folded()) return;
    Place bits;
    unfold_into(bits, name);
    folded_.release(name.folded());
    Place& place = place_for(index);
    new (place.storage) ConnectionRecord(std::as_const(bits).record());
    fold(place);
  });
}

void ConnectionStore::swap(ConnectionStore& other) noexcept {
  std::swap(names_, other.names_);
  std::swap(unfolded_, other.unfolded_);
  std::swap(folded_, other.folded_);
  std::swap(models_, other.models_);
  std::swap(model_, other.model_);
  std::swap(never_folded_, other.never_folded_);
  std::swap(silent_, other.silent_);
  std::swap(looks_owed_, other.looks_owed_);
  std::swap(hand_, other.hand_);
}

ConnectionStore::~ConnectionStore() {
  names_.for_each([&](std::uint32_t, Name name) {
    if (!name.is_folded()) return;
    Place bits;
    unfold_into(bits, name);
    bits.record().~ConnectionRecord();
  });
  for (const std::unique_ptr<Place>& place : unfolded_) place->record().~ConnectionRecord();
}

// ---- Records ------------------------------------------------------------------------------------

void ConnectionStore::release(std::uint32_t index) {
  (*this)[index].~ConnectionRecord();
  give_back(names_[index].place()->number);
  names_.release(index);
}

void ConnectionStore::prefetch(std::uint32_t index) const {
  const Name name = names_[index];
  if (name.is_folded()) {
    fetch(folded_[name.folded()]);
  } else {
    fetch(*name.place());
  }
}

// ---- Folding ------------------------------------------------------------------------------------

ConnectionRecord& ConnectionStore::unfold(std::uint32_t index) {
  const Name name = names_[index];
  fetch(folded_[name.folded()]);
  Place& place = place_for(index);
  unfold_into(place, name);
  folded_.release(name.folded());
  place.record().is_recent = true;
  constexpr std::uint32_t looks = 2;  // it will fall silent, unless it was only looked at
  owe_looks(looks);
  return place.record();
}

void ConnectionStore::on_silence(std::uint32_t index) {
  if (is_crowded()) silent_.push_back(index);
}

void ConnectionStore::fold_silent_and_idle(const TimingWheel& timers, Instant now) {
  for (const std::uint32_t index : silent_) {
    if (!is_crowded()) break;
    if (!names_.holds(index) || names_[index].is_folded()) continue;
    Place& place = *names_[index].place();
    if (is_at_rest(place.record(), timers, now)) fold(place);
  }
  silent_.clear();
  // A clock: who is met twice without anything having happened meanwhile is folded.
  for (; looks_owed_ > 0 && is_crowded(); --looks_owed_) {
    hand_ = hand_ + 1 < unfolded_.size() ? hand_ + 1 : 0;
    ConnectionRecord& record = unfolded_[hand_]->record();
    const bool is_recent = record.is_recent;
    record.is_recent = false;
    if (!is_recent && is_at_rest(record, timers, now)) fold(*unfolded_[hand_]);
  }
  looks_owed_ = 0;
}

// One that is like none of the models becomes one, for those to come, while there are few.
void ConnectionStore::fold(Place& place) {
  const auto count = static_cast<std::uint32_t>(models_.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    if (fold_by((model_ + i) % count, place)) return;
  }
  if (count == most_models) return;
  std::memcpy(models_.emplace_back().data(), place.storage, sizeof(place.storage));
  fold_by(count, place);
}

bool ConnectionStore::fold_by(std::uint32_t model, Place& place) {
  FoldedRecord folded;
  if (!folded.words.fold(place.storage, models_[model])) return false;
  folded.model = model;
  names_[place.index] = Name(folded_.allocate(folded));
  give_back(place.number);
  model_ = model;
  return true;
}

}  // namespace acksu
