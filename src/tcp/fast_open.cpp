// Cookies of ours, and what is known of others'.
#include "tcp/fast_open.h"

#include <algorithm>
#include <array>

namespace acksu::tcp {
namespace {

std::uint64_t fast_open_epoch(Instant now, const Settings& settings) {
  const Duration life = std::max(settings.fast_open_key_life, Duration{1s});
  return static_cast<std::uint64_t>(now.time_since_epoch() / life);
}

FastOpenOption option_of(std::uint64_t code) {
  std::array<std::uint8_t, sizeof code> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(code >> (8 * i));
  }
  return *FastOpenOption::of(bytes);
}

// One that somebody has chosen, perhaps for several hosts.
std::optional<SipKey> shared_key(const FastOpenEnds& ends, const Settings& settings) {
  return ends.key ? ends.key : settings.fast_open_key;
}

// Of the peer's address and ours as they stand in the IP header of its SYN.
FastOpenOption shared_cookie(SipKey key, const FastOpenEnds& ends) {
  std::array<std::uint8_t, 32> addresses{};
  if (ends.peer.is_v4()) {
    store_be32(&addresses[0], ends.peer.as_v4());
    store_be32(&addresses[4], ends.local.as_v4());
    return option_of(siphash_2_4(key, Bytes{addresses}.first(8)));
  }
  store_be64(&addresses[0], ends.peer.high());
  store_be64(&addresses[8], ends.peer.low());
  store_be64(&addresses[16], ends.local.high());
  store_be64(&addresses[24], ends.local.low());
  return option_of(siphash_2_4(key, Bytes{addresses}));
}

}  // namespace

// ---- Of a server --------------------------------------------------------------------------------

FastOpenOption FastOpenKeys::cookie_of(IpAddress peer, std::uint64_t epoch) const {
  const std::array<std::uint64_t, 3> words{peer.high(), peer.low(), epoch};
  return option_of(siphash_2_4(key_, words));
}

FastOpenOption FastOpenKeys::cookie_for(const FastOpenEnds& ends, Instant now,
                                        const Settings& settings) const {
  if (const auto key = shared_key(ends, settings)) return shared_cookie(*key, ends);
  return cookie_of(ends.peer, fast_open_epoch(now, settings));
}

FastOpenKeys::Verdict FastOpenKeys::judge(const FastOpenOption& option, const FastOpenEnds& ends,
                                          Instant now, const Settings& settings) const {
  if (const auto key = shared_key(ends, settings)) {
    const bool is_good = option == shared_cookie(*key, ends);
    return is_good ? Verdict::good : Verdict::bad;
  }
  const std::uint64_t epoch = fast_open_epoch(now, settings);
  if (option == cookie_of(ends.peer, epoch)) return Verdict::good;
  if (epoch > 0 && option == cookie_of(ends.peer, epoch - 1)) return Verdict::old;
  return Verdict::bad;
}

// ---- Of a client --------------------------------------------------------------------------------

std::uint64_t FastOpenCache::hash_of(const FourTuple& tuple) const {
  const std::array<std::uint64_t, 4> words{tuple.local.address.high(), tuple.local.address.low(),
                                           tuple.remote.address.high(), tuple.remote.address.low()};
  return siphash_1_3(key_, words);
}

std::uint32_t FastOpenCache::find(const FourTuple& tuple) const {
  return by_addresses_.find(hash_of(tuple), [&](std::uint32_t index) {
    const Entry& entry = entries_[index];
    return entry.local == tuple.local.address && entry.remote == tuple.remote.address;
  });
}

std::optional<FastOpenCache::Attempt> FastOpenCache::attempt(const FourTuple& tuple, Instant now,
                                                             const Settings& settings) const {
  const std::uint32_t index = find(tuple);
  Attempt attempt{*FastOpenOption::of({}), 0};
  if (index != HashIndex::none) {
    const Entry& entry = entries_[index];
    if (now < entry.paused_until) return std::nullopt;
    attempt = {entry.option, entry.mss};
    if (entry.experiment == Experiment::next) attempt.option = entry.option.as_experimental();
  }
  if (settings.fast_open_asks_no_cookie) attempt.option.clear();
  return attempt;
}

void FastOpenCache::on_answer(const Answer& answer, Context& context) {
  Counters& counters = context.counters;
  if (answer.was_text_taken) ++counters.fast_open_taken;
  if (answer.was_text_sent && !answer.was_text_taken) ++counters.fast_open_refused;
  const bool is_cookie_told = answer.said.is_given() && answer.option.has_cookie();
  const bool is_ignored = !is_cookie_told && !answer.was_text_sent;  // by who does not know it
  const bool is_experiment_due =
      context.settings.fast_open_tries_experiment && answer.said.is_request();
  if (is_ignored && !is_experiment_due) return;
  if (Entry* const entry = enter(context)) learn(*entry, answer, context);
}

void FastOpenCache::learn(Entry& entry, const Answer& answer, Context& context) {
  entry.mss = answer.mss;
  const bool is_cookie_told = answer.said.is_given() && answer.option.has_cookie();
  if (is_cookie_told) {
    ++context.counters.fast_open_cookies;
    entry.option = answer.option;
    entry.experiment = Experiment::none;
  }
  if (is_cookie_told || answer.was_text_taken) {
    entry.losses = 0;
    entry.paused_until = Instant::min();
  } else if (!answer.was_text_sent) {
    const bool is_over = answer.said.is_experimental() || entry.experiment == Experiment::over;
    entry.experiment = is_over ? Experiment::over : Experiment::next;
  } else if (context.now >= entry.paused_until && !context.settings.fast_open_doubts_late) {
    // RFC 7413 4.1.3.1: the text was not taken, and there is no better cookie.
    pause(entry, context.now, context.settings);
  }
}

void FastOpenCache::forget_all() {
  while (!oldest_first_.is_empty()) {
    const std::uint32_t index = oldest_first_.pop_front(links_of());
    const Entry& entry = entries_[index];
    by_addresses_.erase(hash_of({{entry.local, 0}, {entry.remote, 0}}), index);
    entries_.release(index);
  }
}

void FastOpenCache::on_lost(Context& context) {
  ++context.counters.fast_open_lost;
  if (Entry* const entry = enter(context)) pause(*entry, context.now, context.settings);
}

void FastOpenCache::pause(Entry& entry, Instant now, const Settings& settings) {
  Duration pause = settings.fast_open_pause;
  for (std::uint8_t i = 0; i < entry.losses && pause < settings.max_fast_open_pause; ++i) {
    pause *= 2;
  }
  if (entry.losses < 0xff) ++entry.losses;
  entry.paused_until = later_by(now, std::min(pause, settings.max_fast_open_pause));
}

// The entry of that name, the youngest from now on; null: there may be none at all.
FastOpenCache::Entry* FastOpenCache::enter(Context& context) {
  const Settings& settings = context.settings;
  const FourTuple& tuple = *context.tuple;
  std::uint32_t index = find(tuple);
  if (index != HashIndex::none) {
    oldest_first_.remove(index, links_of());
  } else {
    if (settings.max_fast_open_cookies == 0) return nullptr;
    if (entries_.size() >= settings.max_fast_open_cookies) {
      const std::uint32_t oldest = oldest_first_.pop_front(links_of());
      const Entry& entry = entries_[oldest];
      by_addresses_.erase(hash_of({{entry.local, 0}, {entry.remote, 0}}), oldest);
      entries_.release(oldest);
      ++context.counters.fast_open_evicted;
    }
    index = entries_.allocate();
    entries_[index].local = tuple.local.address;
    entries_[index].remote = tuple.remote.address;
    entries_[index].option = *FastOpenOption::of({});
    by_addresses_.insert(hash_of(tuple), index);
  }
  oldest_first_.push_back(index, links_of());
  return &entries_[index];
}

void FastOpenCache::digest(Digest& digest) const {
  const auto links = [this](std::uint32_t index) -> const IndexLinks& {
    return entries_[index].links;
  };
  digest.add(std::uint64_t{entries_.size()});
  oldest_first_.for_each(links, [&](std::uint32_t index) {
    const Entry& entry = entries_[index];
    digest.add(entry.local.low());
    digest.add(entry.remote.low());
    digest.add(entry.option.cookie());
    digest.add(entry.paused_until);
    digest.add_together(entry.mss, entry.losses, entry.experiment);
  });
}

}  // namespace acksu::tcp
