// For tests of the sending half: one sender, and a peer that says whatever the test says. Numbers
// are relative to the first byte of text.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tcp/desk_test.h"
#include "tcp/sender.h"

namespace acksu::tcp {

inline constexpr std::uint32_t mss = 1000;

struct Sent {
  std::int64_t at = 0;
  std::uint32_t text_bytes = 0;
  bool fin = false;
  bool psh = false;
  bool operator==(const Sent&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Sent& sent) {
  return out << sent.at << ':' << sent.text_bytes << (sent.fin ? "F" : "") << (sent.psh ? "P" : "");
}

using All = std::vector<Sent>;

struct Offer {
  bool sack = false;
  bool timestamps = false;
  std::uint32_t window = 60'000;
  std::uint8_t shift = 0;
  std::uint32_t max_split_bytes = 0;
  EcnMode ecn = EcnMode::classic;
};

// What an ACK brings.
struct AckNews {
  std::vector<std::pair<std::int64_t, std::int64_t>> sacks{};
  std::uint32_t echo = 0;
  std::uint32_t text_bytes = 0;
  std::uint32_t peer_seq = 0;  // beyond the peer's first number
  bool is_marked = false;      // a mark is echoed (RFC 3168)
};

class Lab {
 public:
  explicit Lab(const Offer& offer = {}) : offer_(offer), window_(offer.window) {
    desk.settings.nagle = true;
    desk.settings.burst_segments = 0;  // what the windows allow is sent at once
    Context context = desk.context();
    sender.on_syn_sent(context, timers);
    Agreement agreement;
    agreement.peer_mss = 9000;
    agreement.sack = offer.sack;
    agreement.timestamps = offer.timestamps;
    agreement.send_shift = offer.shift;
    agreement.ecn.mode = offer.ecn;
    desk.now += 100ms;
    sender.agree_on(agreement, desk.settings);
    Segment syn_ack = segment(0, {});
    syn_ack.flags.set(Flags::syn);
    syn_ack.window = static_cast<std::uint16_t>(std::min(offer.window, 0xffffu));
    sender.take_syn_window(syn_ack);
    Context later = desk.context();
    sender.on_syn_acked(syn_ack, later, timers);
    acknowledge(0);
  }

  void write(std::uint64_t bytes) {
    Context context = desk.context();
    const std::string text = text_from(written, bytes);
    EXPECT_EQ(sender.append(bytes_of(text), context), bytes);
    written += bytes;
  }
  void close() {
    Context context = desk.context();
    sender.append_fin(context);
  }
  // What may go now, `most` segments of it.
  All send(std::size_t most = 1'000'000) {
    All all;
    while (true) {
      if (all.size() == most) return all;
      Segment segment;
      Context context = desk.context();
      if (!sender.next_text(segment, context, timers)) return all;
      const std::int64_t at = position(segment.seq);
      EXPECT_EQ(string_of(segment.text),
                text_from(static_cast<std::uint64_t>(at), segment.text.size()));
      EXPECT_GT(segment.length(), 0u);
      all.push_back({at, segment.text.size(), segment.has(Flags::fin), segment.has(Flags::psh)});
    }
  }
  bool probes() {
    Segment segment;
    if (!sender.take_probe(segment, desk.context())) return false;
    EXPECT_EQ(segment.seq, sender.una() - 1);
    EXPECT_EQ(segment.length(), 0u);
    return true;
  }
  void set_window(std::uint32_t bytes) { window_ = bytes; }
  AckReport acknowledge(std::int64_t upto, const AckNews& news = {}) {
    Segment ack = segment(upto, news);
    Context context = desk.context();
    return sender.on_ack(ack, context, timers);
  }
  // The next time-out, when it is due.
  void pass_to(Timer timer) {
    ASSERT_TRUE(timers.is_armed(timer));
    desk.now = std::max(desk.now, timers[timer]);
    Context context = desk.context();
    ASSERT_TRUE(timers.take_due(timer, context));
    if (timer == Timer::retransmission) sender.on_retransmission_time(context, timers);
    if (timer == Timer::tail_probe) sender.on_tail_probe_time(context, timers);
    if (timer == Timer::reordering) sender.on_reordering_time(context, timers);
    if (timer == Timer::persist) sender.on_persist_time(context, timers);
    if (timer == Timer::cork) sender.on_cork_time();
  }
  // The next retransmission time-out, and what is sent on the way to it; returns how long it took.
  Duration pass_to_time_out(All* sent = nullptr) {
    const Instant before = desk.now;
    for (const Timer timer : {Timer::reordering, Timer::tail_probe}) {
      if (!timers.is_armed(timer)) continue;
      pass_to(timer);
      const All probes = send();
      if (sent != nullptr) sent->insert(sent->end(), probes.begin(), probes.end());
    }
    pass_to(Timer::retransmission);
    return desk.now - before;
  }
  Duration until(Timer timer) const { return timers[timer] - desk.now; }
  Info info() const {
    Info info;
    sender.describe(info, desk.settings);
    return info;
  }
  std::int64_t position(Seq seq) const {
    return static_cast<std::int64_t>(first_) +
           (seq - Seq{first_seq + static_cast<std::uint32_t>(first_)});
  }
  // From here on numbers are counted near `bytes`: they may be more than half the circle away.
  void count_from(std::uint64_t bytes) { first_ = bytes; }

  static constexpr std::uint32_t first_seq = 0xffff'f000;
  Desk desk;
  Timers timers;
  std::uint64_t written = 0;

 private:
  Segment segment(std::int64_t ack, const AckNews& news) const {
    Segment segment;
    segment.flags.set(Flags::ack);
    if (news.is_marked) segment.flags.set(Flags::ece);
    segment.seq = Seq{7000 + news.peer_seq};
    segment.ack = Seq{first_seq + static_cast<std::uint32_t>(ack)};
    segment.window = static_cast<std::uint16_t>(window_ >> offer_.shift);
    if (offer_.timestamps) {
      segment.options.has_timestamps = true;
      segment.options.timestamps.echo_reply = news.echo;
    }
    for (const auto& [start, end] : news.sacks) {
      segment.options.sack.push_back({Seq{first_seq + static_cast<std::uint32_t>(start)},
                                      Seq{first_seq + static_cast<std::uint32_t>(end)}});
    }
    if (news.text_bytes > 0) {
      BufferPool& pool = const_cast<BufferPool&>(desk.pool);
      segment.text.append(pool.allocate(news.text_bytes));
    }
    return segment;
  }

  Offer offer_;
  std::uint32_t window_;
  std::uint64_t first_ = 0;

 public:
  Sender sender{Opening{.tuple = {},
                        .iss = Seq{first_seq - 1},
                        .timestamp_offset = 0,
                        .mss = mss + (offer_.timestamps ? 12 : 0),
                        .max_split_bytes = offer_.max_split_bytes},
                SendPolicy{.patience_ms = 900'000, .buffer_bytes = 1 << 20}};
};

inline std::vector<Sent> full(std::int64_t from, int count) {
  std::vector<Sent> all;
  for (int i = 0; i < count; ++i) all.push_back({from + i * std::int64_t{mss}, mss});
  return all;
}
inline std::vector<Sent> operator+(std::vector<Sent> a, const std::vector<Sent>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace acksu::tcp
