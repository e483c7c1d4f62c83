// Exhaustion: peers that make a host remember much, work much, or wait for
// ever. What is bounded is counted: entries, bytes, and where it must be work,
// time of this processor against itself.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "host/pair_test.h"
#include "tcp/lone_test.h"
#include "tcp/wide_window_test.h"

namespace acksu {
namespace {

using tcp::State;

Segment segment_from(std::uint16_t port, std::uint16_t flags, std::uint32_t seq) {
  Segment segment;
  segment.source_port = port;
  segment.destination_port = 80;
  segment.flags.bits = flags;
  segment.seq = Seq{seq};
  segment.window = 0xffff;
  return segment;
}

// A host that a stranger opens connections with, frame by frame.
class Flooded {
 public:
  explicit Flooded(HostSettings settings) : pair(Pair::settings(1), std::move(settings)) {
    EXPECT_EQ(pair.a.ping(Pair::b_address, {1, 1}, {}, pair.now), Error::none);
    pair.settle();  // they know each other's MAC
    listener = *pair.b.listen({{}, 80}, {}, pair.now);
  }
  std::vector<Segment> said() {
    std::vector<Frame> frames;
    pair.b.emit(0, frames, 100'000, pair.now);
    std::vector<Segment> segments;
    for (const Frame& frame : frames) {
      if (auto segment = Pair::segment_in(frame)) segments.push_back(std::move(*segment));
    }
    return segments;
  }
  void say(const Segment& segment) { pair.give_to_b(pair.frame_to_b(Pair::a_address, segment)); }
  // Both halves of a handshake; false: no SYN+ACK came.
  bool shake_hands(std::uint16_t port, std::uint16_t window = 0xffff) {
    say(segment_from(port, Flags::syn, 1000));
    for (const Segment& answer : said()) {
      if (answer.destination_port != port || !answer.has(Flags::syn)) continue;
      Segment last = segment_from(port, Flags::ack, 1001);
      last.ack = answer.seq + 1;
      last.window = window;
      say(last);
      next_of_us = answer.seq + 1;
      return true;
    }
    return false;
  }
  void pass(Duration duration) {
    const Instant end = pair.now + duration;
    while (pair.b.deadline() <= end) {
      pair.now = std::max(pair.now, pair.b.deadline());
      pair.b.on_time(pair.now);
      said();
    }
    pair.now = end;
  }

  Pair pair;
  Handle listener;
  Seq next_of_us;
};

// SECURITY C1: thousands of SYNs from nobody; memory ends at the cap, and an
// honest client gets in.
TEST(Exhaustion, SynsFromNobodyCostNoMoreThanTheCap) {
  HostSettings settings = Pair::settings(2);
  settings.tcp.max_half_open = 64;
  Flooded flooded(settings);
  std::uint64_t bytes_in = 0, bytes_out = 0;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    Segment syn = segment_from(static_cast<std::uint16_t>(1024 + i % 60'000), Flags::syn, i);
    syn.options.mss = 1460;
    Frame frame = flooded.pair.frame_to_b(Pair::a_address, syn);
    if (i >= 64) bytes_in += frame.bytes.size();
    flooded.pair.give_to_b(std::move(frame));
    std::vector<Frame> frames;
    flooded.pair.b.emit(0, frames, 100, flooded.pair.now);
    for (const Frame& each : frames) bytes_out += i >= 64 ? each.bytes.size() : 0;
  }
  EXPECT_LE(flooded.pair.b.holdings().half_open, 64u);
  EXPECT_EQ(flooded.pair.b.holdings().text_bytes, 0u);
  EXPECT_LE(bytes_out, bytes_in) << "with cookies no more goes out than came in";
  EXPECT_TRUE(flooded.shake_hands(999));
  EXPECT_TRUE(flooded.pair.b.accept(flooded.listener, flooded.pair.now));
}

// SECURITY C7: connections that end one after another never stand in the way of
// the next.
TEST(Exhaustion, ConnectionsIntoTimeWaitGiveWay) {
  HostSettings settings = Pair::settings(2);
  settings.tcp.max_time_wait = 100;
  Flooded flooded(settings);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto port = static_cast<std::uint16_t>(1024 + i);
    ASSERT_TRUE(flooded.shake_hands(port)) << i;
    const Handle handle = *flooded.pair.b.accept(flooded.listener, flooded.pair.now);
    ASSERT_EQ(flooded.pair.b.close(handle, flooded.pair.now), Error::none);
    flooded.said();
    Segment fin = segment_from(port, Flags::ack | Flags::fin, 1001);
    fin.ack = flooded.next_of_us + 1;
    flooded.say(fin);
    flooded.said();
    ASSERT_LE(flooded.pair.b.holdings().time_wait, 100u);
    ASSERT_EQ(flooded.pair.b.holdings().connections, 0u);
  }
  EXPECT_EQ(flooded.pair.b.counters().tcp.time_wait_recycled, 900u);
}

// SECURITY C11: handshakes that nobody accepts are kept up to the backlog,
// others wait outside.
TEST(Exhaustion, FinishedHandshakesKeepToTheBacklog) {
  HostSettings settings = Pair::settings(2);
  settings.tcp.default_backlog = 16;
  settings.tcp.max_half_open = 64;
  Flooded flooded(settings);
  for (std::uint16_t port = 1024; port < 2524; ++port) flooded.shake_hands(port);
  EXPECT_EQ(flooded.pair.b.holdings().connections, 16u);
  EXPECT_LE(flooded.pair.b.holdings().half_open, 64u);
  EXPECT_GT(flooded.pair.b.counters().tcp.backlog_refused, 0u);
  flooded.pass(2min);
  EXPECT_EQ(flooded.pair.b.holdings().half_open, 0u);
}

// SECURITY C4: peers that never open their window hold no more than all may
// hold, and are let go when the application has gone.
TEST(Exhaustion, ClosedWindowsKeepToTheMemoryOfAll) {
  HostSettings settings = Pair::settings(2);
  settings.max_memory_bytes = 2 << 20;
  Flooded flooded(settings);
  const std::string text(64 * 1024, 'z');
  std::vector<Handle> handles;
  for (std::uint16_t port = 1024; port < 1124; ++port) {
    ASSERT_TRUE(flooded.shake_hands(port, 0));
    handles.push_back(*flooded.pair.b.accept(flooded.listener, flooded.pair.now));
    static_cast<void>(flooded.pair.b.write(handles.back(), bytes_of(text), flooded.pair.now));
    ASSERT_LE(flooded.pair.b.holdings().text_bytes, settings.max_memory_bytes);
  }
  // Who comes now is served as far as it needs no memory: its handshake and its
  // text.
  EXPECT_TRUE(flooded.shake_hands(999));
  EXPECT_TRUE(flooded.pair.b.accept(flooded.listener, flooded.pair.now));
  for (const Handle handle : handles) {
    EXPECT_EQ(flooded.pair.b.close(handle, flooded.pair.now), Error::none);
  }
  flooded.pass(3min);
  EXPECT_EQ(flooded.pair.b.holdings().connections, 1u) << "the honest one";
  EXPECT_EQ(flooded.pair.b.holdings().text_bytes, 0u);
}

// SECURITY C4: when memory is short those who have kept their windows closed
// for a minute give way, the oldest first and no more than needed.
TEST(Exhaustion, ClosedWindowsGiveWayToThoseWhoRead) {
  HostSettings settings = Pair::settings(2);
  settings.max_memory_bytes = 2 << 20;
  Flooded flooded(settings);
  Pair& pair = flooded.pair;
  const std::string text(64 * 1024, 'z');
  for (std::uint16_t port = 1024; port < 1124; ++port) {
    ASSERT_TRUE(flooded.shake_hands(port, 0));
    const Handle handle = *pair.b.accept(flooded.listener, pair.now);
    static_cast<void>(pair.b.write(handle, bytes_of(text), pair.now));
  }
  ASSERT_TRUE(flooded.shake_hands(999));
  const Handle honest = *pair.b.accept(flooded.listener, pair.now);
  EXPECT_EQ(pair.b.write(honest, bytes_of(text), pair.now).error(), Error::out_of_memory);
  EXPECT_EQ(pair.b.counters().tcp.closed_windows_given_up, 0u) << "not so soon";

  flooded.pass(61s);
  const Result<std::uint32_t> taken = pair.b.write(honest, bytes_of(text), pair.now);
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, text.size());
  // An eighth of the memory: five of them, with what their blocks take.
  const std::uint64_t given_up = pair.b.counters().tcp.closed_windows_given_up;
  EXPECT_GE(given_up, 2u);
  EXPECT_LE(given_up, 5u);
  EXPECT_LE(pair.b.holdings().text_bytes, settings.max_memory_bytes);
}

// SECURITY C3: one octet of two, again and again: bounded in pieces and bytes at all times. What a
// segment costs at that bound is measured by bench/ack_bench.cpp.
TEST(Exhaustion, TinySegmentsOutOfOrderPinNoMoreInTheEnd) {
  tcp::Settings settings;
  settings.receive_buffer = 1 << 20;
  tcp::Lone end({.sack = true}, settings);
  end.establish();
  std::int64_t place = 1;
  for (int i = 0; i < 100'000; ++i, place += 2) {
    if (place >= 60'000) place = 1;
    end.hear("ACK", place, 0, 1);
    end.hear_said();
    if (i % 1'000 != 0) continue;
    ASSERT_LE(end.info().rcv.out_of_order_bytes, settings.max_out_of_order_pieces);
    ASSERT_LE(end.desk.memory.held(), 2 * settings.receive_buffer.most);
  }
  EXPECT_EQ(end.info().rcv.out_of_order_bytes, settings.max_out_of_order_pieces);
}

// SECURITY C2, C6: every second octet of a window acknowledged, again and again: nothing grows.
// What such an ACK costs is measured by bench/ack_bench.cpp.
TEST(Exhaustion, EverySecondOctetAcknowledgedPinsNoMoreInTheEnd) {
  tcp::Settings settings;
  settings.send_buffer = 1 << 20;
  tcp::Lone end({.sack = true, .window = 60'000}, settings);
  end.establish();
  end.write(60'000);
  std::size_t said = 0;
  for (std::int64_t acked = 0; said < 40 && acked < 8; ++acked) said += end.hear_said().size();
  const auto outstanding = static_cast<std::uint32_t>(end.info().snd.nxt - Seq{tcp::Lone::ours});
  ASSERT_GT(outstanding, 5000u);
  std::uint32_t place = 1;
  const auto sack = [&](int count) {
    for (int i = 0; i < count; ++i, place += 2) {
      if (place + 1 >= outstanding) place = 1;
      Segment ack = end.segment("ACK", 0, 0);
      ack.options.sack.push_back({Seq{tcp::Lone::ours} + place, Seq{tcp::Lone::ours} + place + 1});
      end.hear(ack);
      end.hear_said();
    }
  };
  sack(30'000);  // each second octet once
  const std::uint64_t held = end.info().held_bytes;
  EXPECT_LE(held, 4u << 20);
  sack(60'000);
  EXPECT_LE(end.info().held_bytes, held);
}

// SECURITY C2: a window of 100,000 segments with 10,000 holes is repaired, each hole once. What an
// ACK costs there is measured by bench/ack_bench.cpp.
TEST(Exhaustion, ManyHolesInAWideWindowAreFilledOnce) {
  for (const std::uint32_t lost_each : {0u, 10u}) {
    tcp::WideWindow window(100'000, lost_each);
    for (auto acks = window.acks(1000); !acks.empty(); acks = window.acks(1000)) {
      for (Segment& ack : acks) window.hear(ack);
    }
    EXPECT_EQ(window.counters().retransmitted_segments, lost_each == 0 ? 0u : 9999u);
    EXPECT_EQ(window.info().snd.una, window.info().snd.nxt);
  }
}

// SECURITY C13: with any amount of memory connections go on or end, and nothing
// is kept.
TEST(Exhaustion, AnyShortageOfMemoryEndsWell) {
  const std::string text(20'000, 'm');
  for (std::uint64_t memory = 0; memory < 80'000; memory += 3989) {
    HostSettings short_of_it = Pair::settings(2);
    short_of_it.max_memory_bytes = memory;
    Pair pair(Pair::settings(1), short_of_it);
    const auto [at_a, at_b] = pair.establish();
    std::uint32_t lost = 0;
    pair.passes = [&](const Frame&, bool) { return ++lost % 7 != 0; };
    std::string heard;
    std::size_t written = 0;
    for (int round = 0; round < 40; ++round) {
      const auto at = std::string_view(text).substr(written);
      const auto more = pair.b.write(at_b, bytes_of(at.substr(0, 3000)), pair.now);
      if (more) written += *more;
      static_cast<void>(
          pair.a.write(at_a, bytes_of(std::string_view(text).substr(0, 3000)), pair.now));
      pair.pass(1s);
      heard += pair.read(pair.a, at_a);
      pair.read(pair.b, at_b);
    }
    EXPECT_EQ(heard, text.substr(0, heard.size()));
    EXPECT_TRUE(memory <= 40'000 || heard.size() == text.size()) << memory;
    EXPECT_LE(pair.b.holdings().text_bytes, memory);
    pair.passes = [](const Frame&, bool) { return true; };
    EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
    EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
    pair.pass(1h);
    pair.expect_nothing_held();
  }
}

// SECURITY C13: each charge to a host's memory is refused once, one by one, while text goes both
// ways and frames are lost. Nothing is missing in the end, and nothing is kept.
TEST(Exhaustion, EveryRefusedChargeIsMadeGood) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += static_cast<char>('a' + i % 23);
  int noticed = 0;
  for (std::uint64_t charge = 1; charge <= 120; ++charge) {
    HostSettings settings = Pair::settings(2);
    settings.refused_charge = charge;
    Pair pair(Pair::settings(1), settings);
    const auto [at_a, at_b] = pair.establish();
    std::uint32_t frames = 0;
    pair.passes = [&](const Frame&, bool) { return ++frames % 7 != 0; };
    std::string at_a_read, at_b_read;
    std::size_t from_a = 0, from_b = 0;
    const auto rest = [&](std::size_t from) {
      return bytes_of(std::string_view(text).substr(from, 1500));
    };
    for (int round = 0; round < 400 && at_a_read.size() + at_b_read.size() < 2 * text.size();
         ++round) {
      if (const auto more = pair.a.write(at_a, rest(from_a), pair.now)) from_a += *more;
      const auto more = pair.b.write(at_b, rest(from_b), pair.now);
      if (more) from_b += *more;
      noticed += more.error() == Error::out_of_memory ? 1 : 0;
      pair.pass(1s);
      at_a_read += pair.read(pair.a, at_a);
      at_b_read += pair.read(pair.b, at_b);
    }
    noticed += pair.b.counters().drops[Drop::tcp_memory_full] > 0 ? 1 : 0;
    ASSERT_EQ(at_a_read, text) << charge;
    ASSERT_EQ(at_b_read, text) << charge;
    pair.passes = [](const Frame&, bool) { return true; };
    EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
    EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
    pair.pass(1h);
    pair.expect_nothing_held();
  }
  EXPECT_GT(noticed, 30) << "by the application, or as a segment that was dropped";
}

// SECURITY C5: from every step of a connection's life: the peer falls silent,
// the application goes, and in a while nothing is left.
TEST(Exhaustion, SilentPeersAreLetGoFromEveryState) {
  std::vector<int> seen(12);
  for (int steps = 0; steps < 14; ++steps) {
    for (const bool a_closes_first : {false, true}) {
      Pair pair;
      const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
      const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
      int left = steps;
      pair.passes = [&](const Frame&, bool) { return left-- > 0; };
      pair.settle();
      const auto at_b = pair.b.accept(listener, pair.now);
      // Refused where there is nothing yet, or nothing any more, to close.
      if (a_closes_first) pair.a.shutdown_write(at_a, pair.now);
      if (at_b && steps % 3 == 0) pair.b.shutdown_write(*at_b, pair.now);
      pair.settle();
      for (const auto& info : pair.a.sockets()) ++seen[static_cast<std::size_t>(info.state)];
      for (const auto& info : pair.b.sockets()) ++seen[static_cast<std::size_t>(info.state)];
      pair.a.close(at_a, pair.now);
      if (at_b) pair.b.close(*at_b, pair.now);
      pair.b.close(listener, pair.now);
      pair.pass(10min);
      pair.expect_nothing_held();
    }
  }
  for (const State state : {State::syn_sent, State::syn_received, State::established,
                            State::fin_wait_1, State::fin_wait_2, State::close_wait}) {
    EXPECT_GT(seen[static_cast<std::size_t>(state)], 0) << name(state);
  }
}

// SECURITY I1: at every frame of a connection's life, either end closes or
// aborts.
TEST(Lives, EitherEndGoesAtEveryMoment) {
  for (int moment = 0; moment < 40; ++moment) {
    for (int what = 0; what < 6; ++what) {
      Pair pair;
      Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
      const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
      std::vector<Handle> at_b;
      int left = moment;
      bool has_gone = false;
      const auto act = [&] {
        has_gone = true;
        Host& host = what % 2 == 0 ? pair.a : pair.b;
        if (what < 2) host.close(what == 0 || at_b.empty() ? at_a : at_b[0], pair.now);
        if (what == 2) host.abort(at_a, pair.now);
        if (what == 3 && !at_b.empty()) host.abort(at_b[0], pair.now);
        if (what >= 4) pair.b.close(listener, pair.now);
      };
      pair.passes = [&](const Frame&, bool) {
        if (left-- == 0) act();
        return true;
      };
      for (int round = 0; round < 4; ++round) {
        pair.pass(50ms);
        while (const auto handle = pair.b.accept(listener, pair.now)) at_b.push_back(*handle);
        static_cast<void>(pair.a.write(at_a, bytes_of("hello"), pair.now));
        for (const Handle handle : at_b) {
          pair.read(pair.b, handle);
          static_cast<void>(pair.b.write(handle, bytes_of("world"), pair.now));
        }
      }
      pair.a.shutdown_write(at_a, pair.now);
      pair.pass(1s);
      if (!has_gone) act();
      pair.a.close(at_a, pair.now);
      for (const Handle handle : at_b) pair.b.close(handle, pair.now);
      pair.b.close(listener, pair.now);
      pair.pass(10min);
      pair.expect_nothing_held();
    }
  }
}

// SECURITY I2: names of sockets that are gone reach nobody, however often their
// places are used again.
TEST(Lives, OldHandlesReachNobody) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  std::vector<Handle> old;
  for (int i = 0; i < 1000; ++i) {
    const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
    pair.settle();
    const Handle at_b = *pair.b.accept(listener, pair.now);
    const std::string tag = std::to_string(i);
    for (std::size_t k = old.size() > 20 ? old.size() - 20 : 0; k < old.size(); ++k) {
      EXPECT_EQ(pair.a.write(old[k], bytes_of("stray"), pair.now).error(), Error::bad_handle);
      EXPECT_EQ(pair.a.close(old[k], pair.now), Error::bad_handle);
      EXPECT_FALSE(pair.a.info(old[k]));
    }
    ASSERT_TRUE(pair.a.write(at_a, bytes_of(tag), pair.now));
    pair.settle();
    ASSERT_EQ(pair.read(pair.b, at_b), tag);
    pair.a.abort(at_a, pair.now);
    pair.settle();
    pair.b.close(at_b, pair.now);
    pair.settle();
    pair.heard.clear();
    old.push_back(at_a);
  }
  EXPECT_EQ(pair.b.close(listener, pair.now), Error::none);
}

// SECURITY C9: 5,000 timers that are due at one instant. A call fires 1,024 of them, and says that
// the next ones are due already.
TEST(Exhaustion, NoCallFiresMoreThanSomeTimers) {
  constexpr std::uint32_t all = 5'000, at_once = 1'024;
  HostSettings settings = Pair::settings(1);
  settings.links[0].kind = LinkKind::ip;  // nobody has to be asked where the packets go
  Host host(settings, {{1, 2}, 3}, std::make_shared<BufferPool>());
  const Instant begin = Instant{} + 1h;
  std::vector<Frame> frames;
  for (std::uint32_t i = 0; i < all; ++i) {
    const auto port = static_cast<std::uint16_t>(1 + i);
    ASSERT_TRUE(host.connect({Pair::b_address, port}, {}, begin));
  }
  host.emit(0, frames, 2 * all, begin);
  ASSERT_EQ(frames.size(), all);
  const Instant due = begin + 1s;  // RFC 6298 2.1
  std::uint32_t calls = 0;
  for (std::uint64_t fired = 0; fired < all; ++calls) {
    ASSERT_LE(host.deadline(), due);
    ASSERT_LT(calls, all);
    host.on_time(due);
    const std::uint64_t now_fired = host.counters().tcp.retransmission_time_outs;
    ASSERT_LE(now_fired - fired, at_once);
    fired = now_fired;
  }
  EXPECT_EQ(host.counters().tcp.retransmission_time_outs, all);
  EXPECT_LE(calls, (all + at_once - 1) / at_once + 1);
  EXPECT_GT(host.deadline(), due);
}

}  // namespace
}  // namespace acksu
