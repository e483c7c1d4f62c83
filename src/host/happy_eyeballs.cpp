// Which attempt starts when.
#include "host/happy_eyeballs.h"

#include <algorithm>

namespace acksu {
namespace {

template <class List>
std::optional<IpAddress> take_front(List& list) {
  if (list.empty()) return std::nullopt;
  const IpAddress address = list.front();
  list.pop_front();
  return address;
}

}  // namespace

void HappyEyeballs::on_addresses(const std::vector<IpAddress>& addresses, bool is_last,
                                 Instant now) {
  if (state_ == State::connected || state_ == State::failed) return;
  are_names_over_ |= is_last;
  for (const IpAddress address : addresses) {
    const bool is_again = std::find(known_.begin(), known_.end(), address) != known_.end();
    if (is_again || known_.size() >= settings_.max_addresses) continue;
    known_.push_back(address);
    // The first of all says which family is better (RFC 8305 section 4), unless IPv6 is still out.
    if (known_.size() == 1 && is_last) is_next_v6_ = !address.is_v4();
    (address.is_v4() ? untried_v4_ : untried_v6_).push_back(address);
  }
  const State before = state_;
  if (!untried_v6_.empty()) step(Event::found_v6);
  if (!untried_v4_.empty() && before == state_) step(Event::found_v4);
  if (state_ == State::delaying && are_names_over_) step(Event::names_over);
  if (state_ == State::delaying && before != State::delaying)
    due_ = later_by(now, settings_.resolution_delay);
  if (state_ == State::trying && before != State::trying) {
    // Attempts may still be under way: the next one keeps its distance (RFC 8305 section 5).
    const bool may_start = before != State::waiting || under_way_.empty() || due_ <= now;
    if (may_start) try_next(now);
  }
  const bool is_hopeless =
      are_names_over_ && under_way_.empty() && untried_v4_.empty() && untried_v6_.empty();
  if (is_hopeless) step(Event::no_hope);
}

// RFC 8305 section 4: one of each family in turn.
void HappyEyeballs::try_next(Instant now) {
  std::deque<IpAddress>& wanted = is_next_v6_ ? untried_v6_ : untried_v4_;
  std::deque<IpAddress>& other = is_next_v6_ ? untried_v4_ : untried_v6_;
  const std::optional<IpAddress> next = take_front(wanted.empty() ? other : wanted);
  if (!next) return;
  is_next_v6_ = next->is_v4();
  under_way_.push_back(*next);
  to_start_.push_back(*next);
  due_ = later_by(now, settings_.attempt_delay);
}

void HappyEyeballs::on_time(Instant now) {
  if (now < due_) return;
  due_ = never;
  if (state_ == State::delaying) step(Event::delay_over);
  if (state_ != State::trying) return;
  if (untried_v4_.empty() && untried_v6_.empty()) {
    step(Event::tried_all);
  } else {
    try_next(now);
  }
}

void HappyEyeballs::on_connected(IpAddress address) {
  if (std::erase(under_way_, address) == 0 || winner_) return;
  step(Event::connected);
  winner_ = address;
  // RFC 8305 section 5: all the others end.
  for (const IpAddress other : under_way_) {
    const auto unstarted = std::find(to_start_.begin(), to_start_.end(), other);
    if (unstarted == to_start_.end()) to_cancel_.push_back(other);
  }
  under_way_.clear();
  to_start_.clear();
  untried_v4_.clear();
  untried_v6_.clear();
  due_ = never;
}

void HappyEyeballs::on_failed(IpAddress address, Instant now) {
  if (std::erase(under_way_, address) == 0) return;
  // RFC 8305 section 5: no reason to wait for the next one.
  const bool has_more = !untried_v4_.empty() || !untried_v6_.empty();
  if (state_ == State::trying && has_more) return try_next(now);
  if (!under_way_.empty()) return;
  due_ = never;
  if (are_names_over_) {
    step(Event::no_hope);
  } else {
    step(Event::tried_all);
  }
}

std::optional<IpAddress> HappyEyeballs::next_attempt() { return take_front(to_start_); }
std::optional<IpAddress> HappyEyeballs::next_cancelled() { return take_front(to_cancel_); }

void HappyEyeballs::digest(Digest& digest) const {
  digest.add(static_cast<std::uint64_t>(state_) << 2 | (are_names_over_ ? 2u : 0u) |
             (is_next_v6_ ? 1u : 0u));
  digest.add(due_);
  for (const IpAddress address : known_) digest.add(address.high() ^ address.low());
  digest.add(std::uint64_t{untried_v6_.size()} << 32 | untried_v4_.size());
  for (const IpAddress address : under_way_) digest.add(address.low());
  digest.add(std::uint64_t{to_start_.size()} << 32 | to_cancel_.size());
}

}  // namespace acksu
