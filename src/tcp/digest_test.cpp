// That the digests of records tell all their states apart, to the first and the last bit of each
// field: what explores states (sim/explorer) would take two for one, and leave out what follows.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/digest.h"
#include "tcp/accurate_ecn.h"
#include "tcp/congestion.h"
#include "tcp/connection.h"
#include "tcp/cookie.h"
#include "tcp/desk_test.h"
#include "tcp/ecn.h"
#include "tcp/fast_open.h"
#include "tcp/flight.h"
#include "tcp/half_open.h"
#include "tcp/held_back.h"
#include "tcp/lone_test.h"
#include "tcp/path_probe.h"
#include "tcp/reading_pace.h"
#include "tcp/time_wait.h"

namespace acksu::tcp {
namespace {

// Where a field that is packed beside another one would meet it.
constexpr std::array<std::uint32_t, 4> edge_words{0, 1, 0x8000'0000, 0x8000'0001};
constexpr std::array<std::uint16_t, 4> edge_halves{0, 1, 0x8000, 0x8001};

class Apart {
 public:
  template <class Record>
  void add(const Record& record) {
    Digest digest;
    record.digest(digest);
    ++count_;
    told_.insert(digest.value());
  }
  // How many looked like another one.
  std::size_t alike() const { return count_ - told_.size(); }

 private:
  std::size_t count_ = 0;
  std::set<std::uint64_t> told_;
};

TEST(Digests, OfCountsOfMarks) {
  Apart apart;
  for (const std::uint32_t a : edge_words) {
    for (const std::uint32_t b : edge_words) {
      apart.add(MarkCounts{.cep = a, .ceb = b, .e0b = 7, .e1b = 7});
      if (a != 7) apart.add(MarkCounts{.cep = 7, .ceb = 7, .e0b = a, .e1b = b});
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// RFC 9768: what is trusted of path and peer, each of seven.
TEST(Digests, OfTrust) {
  Apart apart;
  for (unsigned bits = 0; bits < 128; ++bits) {
    MarkTrust trust;
    trust.is_accurate = (bits & 1) != 0;
    trust.may_mark = (bits & 2) != 0;
    trust.is_mute = (bits & 4) != 0;
    trust.has_bad_option = (bits & 8) != 0;
    trust.was_syn_ack_marked = (bits & 16) != 0;
    trust.is_begun = (bits & 32) != 0;
    trust.is_read = (bits & 64) != 0;
    apart.add(trust);
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// RFC 9768 3.2.3.2.2: who was told nothing yet, has text that came twice, or hears options.
TEST(Digests, OfACounterOfMarks) {
  Apart apart;
  const auto add = [&](auto... steps) {
    MarkCounter counter{accurate_agreement()};
    (steps(counter), ...);
    apart.add(counter);
  };
  const auto again = [](std::uint32_t seq) {
    return [seq](MarkCounter& counter) {
      Segment text;
      text.seq = Seq{seq};
      counter.on_again(text, 1);
    };
  };
  const auto hears_option = [](MarkCounter& counter) { counter.on_option(); };
  add();
  add(again(0));  // the number alone is that of nothing
  add(again(7));
  add(again(7), again(7));
  add(hears_option);
  add(again(7), hears_option);
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfAWindow) {
  Apart apart;
  for (const std::uint32_t a : edge_words) {
    for (const std::uint32_t b : edge_words) {
      Congestion window;
      window.cwnd = a;
      window.ssthresh = b;
      apart.add(window);
    }
    for (std::size_t i = 0; i < congestion_algorithm_count; ++i) {
      Congestion acked;
      acked.cwnd = 5;
      acked.acked = a;
      acked.algorithm = static_cast<CongestionAlgorithm>(i);
      apart.add(acked);
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfWhatIsHeldBack) {
  Apart apart;
  for (const std::uint32_t start : edge_words) {
    for (const std::uint32_t bytes : edge_words) {
      for (const std::uint32_t left : {0u, 3u}) {
        HeldBack held;
        held.hold(Seq{start}, bytes);
        held.count_from(left);
        apart.add(held);
      }
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfAFlight) {
  Apart apart;
  for (const std::uint32_t until : edge_words) {
    for (const Frto frto : {Frto::off, Frto::repeated, Frto::probing}) {
      for (unsigned bits = 0; bits < 4; ++bits) {
        Flight flight;
        flight.reduced_until = Seq{until};
        flight.frto = frto;
        flight.is_tail_probe_owed = (bits & 1) != 0;
        flight.is_reduced_for_marks = (bits & 2) != 0;
        apart.add(flight);
      }
    }
  }
  const Instant at = Instant{} + 1h;
  Flight due, looking, marked, undoable;
  due.rto_at = at;
  apart.add(due);
  looking.look_at = at;
  apart.add(looking);
  marked.marks.make(MarkTrust{});
  apart.add(marked);
  undoable.undo.begin(Seq{5});
  apart.add(undoable);
  Flight held, repairing, fast, probed, used;
  held.held_back.hold(Seq{5}, 5);
  apart.add(held);
  repairing.prr.begin(5);
  apart.add(repairing);
  fast.rack.on_reordering_seen();
  apart.add(fast);
  probed.tail_probe.on_sent(Seq{5}, false);
  apart.add(probed);
  used.validation.note_flight(5);
  apart.add(used);
  Flight modelled;
  modelled.log.make().set_min_rtt(5ms);
  apart.add(modelled);
  Flight paced;
  paced.pacer.set_rate(1000, 1000);
  apart.add(paced);
  EXPECT_EQ(apart.alike(), 0u);
}

// ... and what of it tells nothing that the handshake has not is forgotten; no more.
TEST(Digests, AFlightIsForgottenOnlyWhenItTellsNothing) {
  EXPECT_TRUE(Flight{}.is_forgettable());
  using Change = void (*)(Flight&);
  const Change changes[] = {
      [](Flight& flight) { flight.frto = Frto::repeated; },
      [](Flight& flight) { flight.is_tail_probe_owed = true; },
      [](Flight& flight) { flight.tail_probe.on_sent(Seq{5}, false); },
      [](Flight& flight) { flight.undo.begin(Seq{5}); },
      [](Flight& flight) { flight.is_reduced_for_marks = true; },
      [](Flight& flight) { flight.again_bytes = 1; },
      [](Flight& flight) { flight.marks.make(MarkTrust{}); },
      [](Flight& flight) { flight.log.make(); },
      [](Flight& flight) { flight.pacer.set_rate(1, 1000); },
  };
  for (const Change& change : changes) {
    Flight flight;
    change(flight);
    EXPECT_FALSE(flight.is_forgettable()) << (&change - changes);
  }
}

// RFC 3168, RFC 8257 3.2: whether marks are echoed, how, and whether one is owed.
TEST(Digests, OfAnEchoOfMarks) {
  Apart apart;
  for (const EcnMode mode : {EcnMode::none, EcnMode::classic, EcnMode::accurate}) {
    for (const bool is_precise : {false, true}) {
      MarkEcho echo;
      echo.agree_on(mode);
      echo.be_precise(is_precise);
      EXPECT_EQ(echo.has_ecn(), mode != EcnMode::none);
      EXPECT_EQ(echo.is_precise(), is_precise);
      if (mode == EcnMode::accurate) continue;  // all ACKs echo: as if one was owed for ever
      apart.add(echo);
      Segment marked;
      marked.ecn = Ecn::congestion_experienced;
      echo.on_text(marked);
      EXPECT_TRUE(echo.is_owed());
      apart.add(echo);
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// ---- One field each -----------------------------------------------------------------------------

// Records that differ from a new one by one change, and from each other.
template <class Record>
void expect_to_tell_apart(std::initializer_list<void (*)(Record&)> changes) {
  Apart apart;
  apart.add(Record{});
  for (const auto change : changes) {
    Record record;
    change(record);
    apart.add(record);
  }
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfCubic) {
  expect_to_tell_apart<Cubic>({
      [](Cubic& cubic) { cubic.epoch += 1ns; },
      [](Cubic& cubic) { cubic.last_ack += 1ns; },
      [](Cubic& cubic) { cubic.k = 1; },
      [](Cubic& cubic) { cubic.w_max = 1; },
      [](Cubic& cubic) { cubic.origin = 1; },
      [](Cubic& cubic) { cubic.w_est = 1; },
      [](Cubic& cubic) { cubic.cwnd_prior = 1; },
      [](Cubic& cubic) { cubic.cwnd_rest = 1; },
      [](Cubic& cubic) { cubic.w_est_rest = 1; },
  });
}

TEST(Digests, OfDctcp) {
  expect_to_tell_apart<Dctcp>({
      [](Dctcp& dctcp) { dctcp.alpha = 1; },
      [](Dctcp& dctcp) { dctcp.acked = 1; },
      [](Dctcp& dctcp) { dctcp.marked = 1; },
      [](Dctcp& dctcp) { dctcp.window_end = Seq{1}; },
      [](Dctcp& dctcp) { dctcp.has_begun = true; },
  });
}

TEST(Digests, OfWhatAnAlgorithmRemembers) {
  expect_to_tell_apart<Congestion>({
      [](Congestion& window) { window.record.make(); },
      [](Congestion& window) { window.record.make().cubic.k = 1; },
      [](Congestion& window) { window.record.make().dctcp.acked = 1; },
      [](Congestion& window) {
        window.record.make().hystart.on_ack({.now = Instant{}, .nxt = Seq{5}});
      },
      [](Congestion& window) { window.record.make().prior.cwnd = 1; },
      [](Congestion& window) { window.record.make().prior.ssthresh = 1; },
      [](Congestion& window) { window.record.make().prior.cubic.k = 1; },
      [](Congestion& window) {
        window.record.make().bbr.make(Congestion{}, BbrStart{.now = Instant{}, .mss = 1000});
      },
  });
}

// RFC 9406: two trains of ACKs, or two rounds, that end differently.
TEST(Digests, OfHyStart) {
  const Instant at = Instant{} + 1h;
  Apart apart;
  const auto add = [&](std::initializer_list<AckSample> samples) {
    HyStart hystart;
    for (const AckSample& each : samples) hystart.on_ack(each);
    apart.add(hystart);
  };
  const Duration rtt = 100ms, longer = 101ms;
  const Seq end{5000}, never_reached{9000};
  const AckSample first{.now = at, .una = Seq{1}, .nxt = end, .rtt = rtt};
  const AckSample second{.now = at, .una = end, .nxt = never_reached};
  add({});
  add({first});
  add({{.now = at, .una = Seq{1}, .nxt = end + 1, .rtt = rtt}});
  add({{.now = at, .una = Seq{1}, .nxt = end, .rtt = longer}});
  add({first, first});
  add({first, second});
  add({{.now = at, .una = Seq{1}, .nxt = end, .rtt = longer}, second});
  add({first, second, {.now = at + 1ms, .una = end + 1, .nxt = never_reached}});
  add({first, second, {.now = at + 10ms, .una = end + 1, .nxt = never_reached}});
  EXPECT_EQ(apart.alike(), 0u);
}

// RFC 8985 6.2: what has arrived latest, when that was sent, and how patient that makes.
TEST(Digests, OfRack) {
  const Instant at = Instant{} + 1h;
  Apart apart;
  const auto add = [&](Instant sent, Seq end, Instant now, auto... more) {
    Rack rack;
    Delivery delivery;
    delivery.add({sent, end}, 1000, false, false);
    rack.on_delivery(delivery, now, false);
    (more(rack), ...);
    apart.add(rack);
  };
  apart.add(Rack{});
  add(at, Seq{}, at + 100ms);
  add(at, Seq{5000}, at + 100ms);
  add(at, Seq{5001}, at + 100ms);
  add(at + 1ms, Seq{5000}, at + 101ms);
  add(at, Seq{5000}, at + 101ms);
  add(at, Seq{5000}, at + 100ms, [](Rack& rack) { rack.on_reordering_seen(); });
  add(at, Seq{5000}, at + 100ms, [](Rack& rack) { rack.on_duplicate_report(Seq{}); });
  add(at, Seq{5000}, at + 100ms, [](Rack& rack) { rack.on_duplicate_report(Seq{1}); });
  const auto twice = [](Rack& rack) {
    rack.on_duplicate_report(Seq{1});
    rack.on_progress(Seq{1});
  };
  add(at, Seq{5000}, at + 100ms, twice);
  add(at, Seq{5000}, at + 100ms, twice, [](Rack& rack) { rack.on_recovery_over(); });
  add(at, Seq{5000}, at + 100ms, twice, twice);
  Rack known;
  known.take_handshake(90ms, at);
  apart.add(known);
  EXPECT_EQ(apart.alike(), 0u);
}

// ... of two on one path it is the one that was sent later that counts.
TEST(Digests, OfRackTellWhenTheLatestWasSent) {
  const Instant at = Instant{} + 1h;
  const auto told = [&](Duration later) {
    Rack rack;
    Delivery first, second;
    first.add({at + later, Seq{5000}}, 1000, false, false);
    rack.on_delivery(first, at + 100ms, false);
    second.add({at, Seq{4000}}, 1000, false, false);
    rack.on_delivery(second, at + 100ms, false);
    Digest digest;
    rack.digest(digest);
    return digest.value();
  };
  EXPECT_NE(told(10ms), told(11ms));
}

TEST(Digests, OfReadingPace) {
  const ReadingPace::Place start{Instant{} + 1h, Seq{1000}, Seq{9000}, 50, 0, true};
  Apart apart;
  const auto add = [&](const ReadingPace::Place& place, auto... more) {
    ReadingPace pace;
    pace.begin(place, 1000);
    (more(pace), ...);
    apart.add(pace);
  };
  const auto with = [&](auto change) {
    ReadingPace::Place place = start;
    change(place);
    return place;
  };
  apart.add(ReadingPace{});
  add(start);
  add(with([](auto& place) { place.now += 1ns; }));
  add(with([](auto& place) { place.nxt += 1; }));
  add(with([](auto& place) { place.edge += 1; }));
  add(with([](auto& place) { place.clock += 1; }));
  add(with([](auto& place) { place.early += 1; }));
  add(start, [](ReadingPace& pace) { pace.on_hole_filled(); });
  add(start, [&](ReadingPace& pace) { pace.on_echo(51, start.now + 1ms); });
  add(start, [&](ReadingPace& pace) { pace.on_echo(51, start.now + 2ms); });
  // Rounds in which so many bytes came, and back to where they began.
  for (const std::uint32_t bytes : {10u, 20u}) {
    add(start, [&](ReadingPace& pace) {
      pace.on_echo(51, start.now + 1ms);
      pace.on_all_read(with([&](auto& place) { place.nxt += bytes; }), 1000);
      pace.on_echo(51, start.now + 1ms);
      pace.on_all_read(start, 1000);
    });
  }
  ReadingPace::Place unstamped = start;
  unstamped.has_timestamps = false;
  for (const Duration round : {Duration{10ms}, Duration{20ms}}) {
    add(unstamped, [&](ReadingPace& pace) {
      ReadingPace::Place beyond = unstamped;
      beyond.now += round;
      beyond.nxt = beyond.edge + 1;
      pace.on_all_read(beyond, 1000);
      pace.begin(unstamped, 1000);
    });
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// RFC 6298: estimate, deviation, back-off, and a SYN that was lost.
TEST(Digests, OfARoundTrip) {
  const Settings settings;
  const auto sampled = [&](std::initializer_list<Duration> samples) {
    RttEstimator rtt;
    for (const Duration each : samples) rtt.take_sample(each, settings);
    return rtt;
  };
  Apart apart;
  apart.add(sampled({}));
  apart.add(sampled({100ms}));
  apart.add(sampled({100ms, 100ms}));
  apart.add(sampled({101ms}));
  RttEstimator backed = sampled({100ms});
  backed.back_off();
  apart.add(backed);
  backed.end_handshake();
  apart.add(backed);
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfUrgentMarks) {
  expect_to_tell_apart<UrgentMarks>({
      [](UrgentMarks& marks) { marks.snd_up = Seq{1}; },
      [](UrgentMarks& marks) { marks.rcv_up = Seq{1}; },
      [](UrgentMarks& marks) { marks.is_receiving = true; },
  });
}

TEST(Digests, OfAPathProbe) {
  const Instant at = Instant{} + 1h;
  Apart apart;
  const auto add = [&](auto... steps) {
    PathProbe probe;
    (steps(probe), ...);
    apart.add(probe);
  };
  const auto begun = [](PathProbe& probe) { probe.begin(1400); };
  const auto sent = [](PathProbe& probe) { probe.on_sent(Seq{7}, 1200); };
  const auto lost = [](PathProbe& probe) { probe.on_lost(); };
  add();
  add(begun);
  add([](PathProbe& probe) { probe.begin(1401); });
  add(begun, sent);
  add(begun, [](PathProbe& probe) { probe.on_sent(Seq{8}, 1200); });
  add(begun, [](PathProbe& probe) { probe.on_sent(Seq{7}, 1201); });
  add(begun, sent, lost);
  add(begun, sent, lost, sent, lost);
  add(begun, [&](PathProbe& probe) { probe.on_told(at); });
  add(begun, [&](PathProbe& probe) { probe.on_told(at + 1ns); });
  EXPECT_EQ(apart.alike(), 0u);
}

// RFC 7661
TEST(Digests, OfTheUseOfAWindow) {
  const Instant at = Instant{} + 1h;
  Apart apart;
  const auto add = [&](auto... steps) {
    WindowValidation validation;
    (steps(validation), ...);
    apart.add(validation);
  };
  const auto begun = [&](WindowValidation& use) { use.begin(Seq{100}, at, 100ms); };
  const auto round = [&](std::uint32_t from, std::uint32_t upto, Duration after) {
    return [=](WindowValidation& use) {
      use.end_round({Seq{from}, Seq{upto}, 100'000, at + after, 100ms});
    };
  };
  add();
  add(begun);
  add([&](WindowValidation& use) { use.begin(Seq{101}, at, 100ms); });
  add([&](WindowValidation& use) { use.begin(Seq{100}, at + 1ns, 100ms); });
  add(begun, [](WindowValidation& use) { use.note_flight(5); });
  add(begun, round(100, 200, 0ms));
  add(begun, round(100, 200, 0ms), round(200, 300, 1ms));
  add(begun, round(100, 200, 0ms), round(200, 300, 2ms));
  add(begun, round(100, 200, 0ms), round(199, 300, 1ms));
  add(begun, round(100, 200, 0ms), round(200, 300, 600ms));
  add(begun, round(100, 200, 0ms), round(200, 300, 1ms), round(300, 400, 600ms));
  add(begun, [&](WindowValidation& use) { use.begin_repair(50, at, 100ms); });
  add(begun, [&](WindowValidation& use) { use.begin_repair(51, at, 100ms); });
  add(begun, [&](WindowValidation& use) {
    use.begin_repair(50, at, 100ms);
    use.on_repaired(1);
  });
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfAPacer) {
  const Instant at = Instant{} + 1h;
  Apart apart;
  const auto add = [&](auto... steps) {
    Pacer pacer;
    (steps(pacer), ...);
    apart.add(pacer);
  };
  const auto slow = [](Pacer& pacer) { pacer.set_rate(1000, 100); };
  const auto burst = [&](Pacer& pacer) { pacer.may_send(at); };
  add();
  add(slow);
  add([](Pacer& pacer) { pacer.set_rate(1001, 100); });
  add([](Pacer& pacer) { pacer.set_rate(1000, 101); });
  add([](Pacer& pacer) { pacer.limit_bursts(1000, 200); });
  add(slow, burst);
  add(slow, [&](Pacer& pacer) { pacer.may_send(at + 1ns); });
  add(slow, burst, [](Pacer& pacer) { pacer.on_sent(1); });
  add(slow, [](Pacer& pacer) { pacer.on_sent(1); });
  EXPECT_EQ(apart.alike(), 0u);
}

// RFC 7413: what a client knows of one server.
TEST(Digests, OfCookiesOfOthers) {
  const std::array<std::uint8_t, 8> bytes{1, 2, 3, 4, 5, 6, 7, 8};
  const FastOpenOption cookie = *FastOpenOption::of(bytes);
  Apart apart;
  const auto add = [&](auto... steps) {
    Desk desk;
    FastOpenCache cache{SipKey{1, 2}};
    (steps(cache, desk), ...);
    apart.add(cache);
  };
  const auto hear = [](FastOpenCache& cache, Desk& desk, const FastOpenCache::Answer& answer) {
    Context context = desk.context();
    cache.on_answer(answer, context);
  };
  const auto told = [&](FastOpenCache& cache, Desk& desk) {
    hear(cache, desk, {.option = cookie, .mss = 1000});
  };
  const auto lost = [](FastOpenCache& cache, Desk& desk) {
    Context context = desk.context();
    cache.on_lost(context);
  };
  const auto elsewhere = [](FastOpenCache&, Desk& desk) {
    desk.tuple.remote.address = IpAddress::v4(10, 0, 0, 3);
  };
  const auto from_elsewhere = [](FastOpenCache&, Desk& desk) {
    desk.tuple.local.address = IpAddress::v4(10, 0, 0, 4);
  };
  add();
  add(told);
  add(elsewhere, told);
  add(from_elsewhere, told);
  add(told, elsewhere, told);
  add([&](FastOpenCache& cache, Desk& desk) {
    hear(cache, desk, {.option = cookie, .mss = 1001});
  });
  add([&](FastOpenCache& cache, Desk& desk) {
    hear(cache, desk, {.option = *FastOpenOption::of(Bytes{bytes}.first(6)), .mss = 1000});
  });
  add(told, lost);
  add(told, lost, lost);
  add(told, [](FastOpenCache&, Desk& desk) { desk.now += 1ns; }, lost);
  EXPECT_EQ(apart.alike(), 0u);
}

// ---- A connection -------------------------------------------------------------------------------

// What a peer said of its patience and what its owner is to be told lie apart.
TEST(Digests, OfAConnectionTellNewsFromTheTimeOutOfThePeer) {
  Settings settings;
  settings.tells_user_timeout = true;
  settings.least_user_timeout = settings.most_user_timeout = 1h;
  Apart apart;
  for (std::uint16_t timeout = 0; timeout < 4; ++timeout) {
    for (const bool is_readable : {false, true}) {
      Lone end({}, settings);
      end.establish();
      Segment text = end.segment("ACK", 0, 0, 10);
      text.options.user_timeout = timeout;
      end.hear(text);
      if (!is_readable) end.connection->take_news();
      apart.add(*end.connection);
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfAConnectionTellWhereUrgentTextEnds) {
  Apart apart;
  for (const std::uint16_t pointer : {std::uint16_t{0}, std::uint16_t{15}, std::uint16_t{16}}) {
    Lone end;
    end.establish();
    Segment text = end.segment("ACK", 0, 0, 10);
    if (pointer > 0) text.flags.set(Flags::urg);
    text.urgent_pointer = pointer;
    end.hear(text);
    end.connection->take_news();
    apart.add(*end.connection);
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// ---- Records of a host --------------------------------------------------------------------------

TEST(Digests, OfTimeWait) {
  Apart apart;
  const auto add = [&](auto change) {
    Remains remains;
    change(remains);
    apart.add(TimeWait{remains});
  };
  for (const std::uint32_t a : edge_words) {
    for (const std::uint32_t b : edge_words) {
      add([&](Remains& remains) { remains.snd_nxt = Seq{a}, remains.rcv_nxt = Seq{b}; });
    }
    for (const std::uint16_t window : edge_halves) {
      for (const std::uint8_t shift : std::array<std::uint8_t, 2>{0, 1}) {
        for (const std::uint8_t ace : std::array<std::uint8_t, 3>{0, 1, 7}) {
          for (const bool has_timestamps : {false, true}) {
            add([&](Remains& remains) {
              remains.snd_nxt = Seq{77};
              remains.ts_recent = a;
              remains.receive_shift = shift;
              remains.rcv_wnd = std::uint32_t{window} << shift;
              remains.ace = ace;
              remains.has_timestamps = has_timestamps;
            });
          }
        }
      }
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

struct Asked {
  std::uint32_t iss = 1, irs = 2, offset = 3, stamp = 4;
  std::uint16_t mss = 1000;
  std::uint32_t buffer = 10'000;
  std::uint8_t scale = SegmentOptions::no_window_scale;
  bool sack = false, has_timestamps = false, is_cookie_wanted = false, tells_counts = true;
  std::uint8_t ace = 0;
  Ecn ecn = Ecn::not_capable;
};

HalfOpen half_open_of(const Asked& asked) {
  Settings settings;
  settings.ecn = EcnPolicy::ask_accurate;
  settings.acc_ecn_options = asked.tells_counts ? AccEcnOptions::of_news : AccEcnOptions::none;
  Segment syn;
  syn.flags.set(Flags::syn);
  syn.flags.set_ace(asked.ace);
  syn.ecn = asked.ecn;
  syn.seq = Seq{asked.irs};
  syn.options.mss = asked.mss;
  syn.options.window_scale = asked.scale;
  syn.options.sack_permitted = asked.sack;
  syn.options.has_timestamps = asked.has_timestamps;
  syn.options.timestamps.value = asked.stamp;
  if (asked.is_cookie_wanted) syn.options.fast_open = *FastOpenOption::of({});
  const Opening opening{
      .tuple = Desk{}.tuple, .iss = Seq{asked.iss}, .timestamp_offset = asked.offset, .mss = 1000};
  return HalfOpen{syn, opening, BufferSize{asked.buffer}, settings};
}

TEST(Digests, OfAHalfOpenConnection) {
  Apart apart;
  for (const std::uint32_t a : edge_words) {
    for (const std::uint32_t b : edge_words) {
      apart.add(half_open_of({.iss = a, .irs = b, .offset = 9}));
      apart.add(half_open_of({.iss = 99, .offset = a, .stamp = b}));
    }
  }
  for (const std::uint16_t mss : {std::uint16_t{300}, std::uint16_t{301}, std::uint16_t{0x812c}}) {
    for (const std::uint32_t buffer : {0x1u, 0x2u, 0x8001u}) {
      apart.add(half_open_of({.iss = 100, .mss = mss, .buffer = buffer}));
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// RFC 5961 section 7: when the next answer may leave is part of what will happen.
TEST(Digests, OfAnswersThatAreLimited) {
  Segment stray;
  stray.flags.set(Flags::ack);
  stray.seq = Seq{0x8000'0000};
  const Desk desk;
  Apart apart;
  TimeWait silent{Remains{}}, answered = silent;
  answered.on_segment(stray, desk.now, desk.settings);
  apart.add(silent);
  apart.add(answered);
  HalfOpen half = half_open_of({});
  apart.add(half);
  half.on_segment(stray, desk.now, desk.settings);
  apart.add(half);
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfCookiesOfOurs) {
  Desk desk;
  Cookies cookies{SipKey{1, 2}};
  Apart apart;
  apart.add(cookies);
  Segment syn, guess;
  syn.flags.set(Flags::syn);
  guess.flags.set(Flags::ack);
  Opening opening{.tuple = desk.tuple, .iss = Seq{}, .mss = 1000};
  cookies.syn_ack(syn, opening, BufferSize{5000}, desk.context());
  apart.add(cookies);
  cookies.accept(guess, opening, BufferSize{5000}, desk.context());
  apart.add(cookies);
  cookies.accept(guess, opening, BufferSize{5000}, desk.context());
  apart.add(cookies);
  Cookies later = cookies;
  for (Cookies* each : {&cookies, &later}) {
    desk.now += 1s;
    each->accept(guess, opening, BufferSize{5000}, desk.context());
    apart.add(*each);
  }
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfWhatASynAskedFor) {
  Apart apart;
  for (unsigned bits = 0; bits < 8; ++bits) {
    for (const std::uint8_t scale :
         std::array<std::uint8_t, 4>{SegmentOptions::no_window_scale, 0, 1, 14}) {
      for (const bool tells_counts : {false, true}) {
        // RFC 9768 3.1.1: none, classic, accurate.
        for (const std::uint8_t ace : std::array<std::uint8_t, 3>{0, 3, 7}) {
          Asked asked;
          asked.scale = scale;
          asked.sack = (bits & 1) != 0;
          asked.has_timestamps = (bits & 2) != 0;
          asked.is_cookie_wanted = (bits & 4) != 0;
          asked.tells_counts = tells_counts;
          asked.ace = ace;
          HalfOpen record = half_open_of(asked);
          apart.add(record);
          record.on_time(9);
          apart.add(record);
          Segment ack;
          record.defer(ack, 9);
          apart.add(record);
        }
      }
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// ---- Counters that must not wrap around ---------------------------------------------------------

TEST(HalfOpenEdges, CountsNoFurtherThanItCan) {
  HalfOpen record = half_open_of({});
  const Desk desk;
  for (int i = 0; i < 31; ++i) record.syn_ack(desk.tuple, 1000, desk.now);
  EXPECT_EQ(record.accepted(desk.now).syn_acks_sent, 31);
  record.syn_ack(desk.tuple, 1000, desk.now);
  EXPECT_EQ(record.accepted(desk.now).syn_acks_sent, 31);
  for (int i = 0; i < 63; ++i) EXPECT_TRUE(record.on_time(100)) << i;
  EXPECT_FALSE(record.on_time(100));
}

// RFC 6298 5.5: each twice as long, up to the longest.
TEST(HalfOpenEdges, WaitsTwiceAsLongEachTime) {
  Settings settings;
  settings.initial_rto = 1s;
  settings.max_rto = 6s;
  HalfOpen record = half_open_of({});
  for (const Duration wait :
       {Duration{1s}, Duration{2s}, Duration{4s}, Duration{6s}, Duration{6s}}) {
    EXPECT_EQ(record.time_out(settings), wait);
    EXPECT_TRUE(record.on_time(5));
  }
  EXPECT_FALSE(record.on_time(5));
}

// The SYN+ACK of a host that takes beyond its window offers whole segments.
TEST(HalfOpenEdges, OffersWholeSegmentsWhereThatIsSet) {
  const auto offered = [](std::uint32_t buffer, std::uint32_t mss) {
    Settings settings;
    settings.takes_beyond_window = true;
    Segment syn;
    syn.flags.set(Flags::syn);
    const Opening opening{.tuple = Desk{}.tuple, .iss = Seq{1}, .mss = mss};
    return HalfOpen{syn, opening, BufferSize{buffer}, settings}.offered_window_bytes();
  };
  EXPECT_EQ(offered(10'500, 1000), 10'000u);
  EXPECT_EQ(offered(10'000, 1000), 10'000u);
  EXPECT_EQ(offered(1'999, 1000), 1'000u);
  EXPECT_EQ(offered(1'000, 1000), 1'000u);
  EXPECT_EQ(offered(999, 1000), 999u);
  EXPECT_EQ(offered(10'500, 0), 10'500u);
  EXPECT_EQ(offered(100'500, 1000), 0xffffu);
}

// RFC 9768 3.2.3.2.2: the option goes with the first; after two time-outs nothing of ECN does.
TEST(HalfOpenEdges, GivesUpAccurateEcnStepByStep) {
  HalfOpen record = half_open_of({.ace = 7});
  const Desk desk;
  EXPECT_TRUE(record.syn_ack(desk.tuple, 1000, desk.now).options.acc_ecn.is_given());
  record.on_time(9);
  const Segment second = record.syn_ack(desk.tuple, 1000, desk.now);
  EXPECT_FALSE(second.options.acc_ecn.is_given());
  EXPECT_NE(second.flags.ace(), 0);
  EXPECT_TRUE(record.accepted(desk.now).agreement.ecn.may_mark);
  record.on_time(9);
  EXPECT_EQ(record.syn_ack(desk.tuple, 1000, desk.now).flags.ace(), 0);
  EXPECT_FALSE(record.accepted(desk.now).agreement.ecn.may_mark);
}

}  // namespace
}  // namespace acksu::tcp
