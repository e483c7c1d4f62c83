// Ladders of hand-made traces, compared as a whole: what people read is what is tested.
#include "trace/ladder.h"

#include <gtest/gtest.h>

#include <sstream>

#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

using tcp::Event;
using tcp::State;

const std::string segment_text(1460, 'x');

// Two SYNs that cross.
void play_crossing(Scene& scene) {
  scene.move(0ms, 0, State::closed, Event::active_open);
  scene.move(0ms, 1, State::closed, Event::active_open);
  const auto mine = Scene::segment(0, {.flags = Flags::syn});
  const auto theirs = Scene::segment(1, {.flags = Flags::syn});
  scene.out(0ms, 0, mine);
  scene.out(0ms, 1, theirs);
  scene.in(10ms, 1, mine);
  scene.move(10ms, 1, State::syn_sent, Event::syn_received);
  scene.in(10ms, 0, theirs);
  scene.move(10ms, 0, State::syn_sent, Event::syn_received);
  scene.recorder.remark(Instant{11ms}, "Each has sent a SYN and seen one.", "둘 다 SYN을 보냈다.");
}

// `count` segments from the server at one instant, each acknowledged where it arrives.
void play_transfer(Scene& scene, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    scene.out(20ms, 1, Scene::segment(1, {.seq = 1 + 1460 * i, .ack = 1, .text = segment_text}));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const Duration at = 30ms + i * 100us;
    scene.in(at, 0, Scene::segment(1, {.seq = 1 + 1460 * i, .ack = 1, .text = segment_text}));
    scene.out(at, 0, Scene::segment(0, {.seq = 1, .ack = 1 + 1460 * (i + 1)}));
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const Duration at = 40ms + i * 100us;
    scene.in(at, 1, Scene::segment(0, {.seq = 1, .ack = 1 + 1460 * (i + 1)}));
  }
}

void expect_ladder(const Trace& trace, const LadderOptions& options, const std::string& expected) {
  EXPECT_EQ("\n" + ladder(trace, options), expected);
}

TEST(Ladder, ShowsAConnectionFromArpToClosed) {
  Scene scene;
  play_connection(scene);
  expect_ladder(scene.trace(), {}, R"(
        ms client                                                                  server ms
           10.0.0.1                                                              10.0.0.2
           ┊                                                                            ┊
           ┊                                   CLOSED --passive_open--> LISTEN [3.10.1] ● 0.000
     0.000 ● CLOSED --active_open--> SYN-SENT [3.10.1]                                  ┊
     0.000 │────────────────── ARP  who has 10.0.0.2?  tell 10.0.0.1 ──────────────────►┊ 10.000
    20.000 │◄───────────────── ARP  10.0.0.2 is at 02:00:00:00:00:02 ───────────────────┊ 10.000
    20.000 │───── SYN  49152→80  seq=0  (ISN 1000)  win=65535  mss=1460 ws=7 sack ─────►┊ 30.000
           │  LISTEN --syn_received--> SYN-RECEIVED [3.10.7.2]   +96 B half-open record ● 30.000
    40.000 │◄── SYN+ACK 80→49152 seq=0 (ISN 5000) ack=1 win=65535 mss=1460 ws=7 sack ───│ 30.000
    40.000 ● SYN-SENT --syn_ack_received--> ESTABLISHED [3.10.7.3]                      │
    40.000 ┃──────────────────────────── ACK  seq=1  ack=1 ────────────────────────────►│ 50.000
           ┃                         SYN-RECEIVED --syn_acked--> ESTABLISHED [3.10.7.4] ● 50.000
    60.000 ┃────────────── PSH+ACK  seq=1  ack=1  len=27  GET / HTTP/1.1 ──────────────►┃ 70.000
    80.000 ┃◄──────────── PSH+ACK  seq=1  ack=28  len=24  HTTP/1.1 200 OK ──────────────┃ 70.000
    80.000 ┃─────────────────────────── ACK  seq=28  ack=25 ───────────────────────────►┃ 90.000
    90.000 ● ESTABLISHED --close--> FIN-WAIT-1 [3.10.4]                                 ┃
    90.000 ┃───────────────────────── FIN+ACK  seq=28  ack=25 ─────────────────────────►┃ 100.000
           ┃                        ESTABLISHED --fin_received--> CLOSE-WAIT [3.10.7.4] ● 100.000
   110.000 ┃◄────────────────────────── ACK  seq=25  ack=29 ────────────────────────────┃ 100.000
   110.000 ● FIN-WAIT-1 --fin_acked--> FIN-WAIT-2 [3.10.7.4]                            ┃
           ┃                                    CLOSE-WAIT --close--> LAST-ACK [3.10.4] ● 120.000
   130.000 ┃◄──────────────────────── FIN+ACK  seq=25  ack=29 ──────────────────────────│ 120.000
   130.000 ● FIN-WAIT-2 --fin_received--> TIME-WAIT [3.10.7.4]   2 MSL timer: 60 s      │
   130.000 │─────────────────────────── ACK  seq=29  ack=26 ───────────────────────────►│ 140.000
           │            LAST-ACK --fin_acked--> CLOSED [3.10.7.4]   -1,288 B connection ┴ 140.000
           │                          · · ·  60 s later  · · ·                          ┊
60,130.000 ┴ TIME-WAIT --time_wait_over--> CLOSED [3.10.8]                              ┊
)");
}

TEST(Ladder, SpeaksKorean) {
  Scene scene;
  play_connection(scene);
  expect_ladder(scene.trace(), {.language = Language::korean}, R"(
        ms client                                                                  server ms
           10.0.0.1                                                              10.0.0.2
           ┊                                                                            ┊
           ┊                                      CLOSED --수동 열기--> LISTEN [3.10.1] ● 0.000
     0.000 ● CLOSED --능동 열기--> SYN-SENT [3.10.1]                                    ┊
     0.000 │────────────── ARP  10.0.0.2의 MAC 주소는?  답은 10.0.0.1에게 ─────────────►┊ 10.000
    20.000 │◄────────────── ARP  10.0.0.2의 MAC 주소는 02:00:00:00:00:02 ───────────────┊ 10.000
    20.000 │───── SYN  49152→80  seq=0  (ISN 1000)  win=65535  mss=1460 ws=7 sack ─────►┊ 30.000
           │        LISTEN --SYN 받음--> SYN-RECEIVED [3.10.7.2]   +96 B 반쯤 열린 기록 ● 30.000
    40.000 │◄── SYN+ACK 80→49152 seq=0 (ISN 5000) ack=1 win=65535 mss=1460 ws=7 sack ───│ 30.000
    40.000 ● SYN-SENT --SYN+ACK 받음--> ESTABLISHED [3.10.7.3]                          │
    40.000 ┃──────────────────────────── ACK  seq=1  ack=1 ────────────────────────────►│ 50.000
           ┃                   SYN-RECEIVED --내 SYN이 확인됨--> ESTABLISHED [3.10.7.4] ● 50.000
    60.000 ┃────────────── PSH+ACK  seq=1  ack=1  len=27  GET / HTTP/1.1 ──────────────►┃ 70.000
    80.000 ┃◄──────────── PSH+ACK  seq=1  ack=28  len=24  HTTP/1.1 200 OK ──────────────┃ 70.000
    80.000 ┃─────────────────────────── ACK  seq=28  ack=25 ───────────────────────────►┃ 90.000
    90.000 ● ESTABLISHED --닫기--> FIN-WAIT-1 [3.10.4]                                  ┃
    90.000 ┃───────────────────────── FIN+ACK  seq=28  ack=25 ─────────────────────────►┃ 100.000
           ┃                            ESTABLISHED --FIN 받음--> CLOSE-WAIT [3.10.7.4] ● 100.000
   110.000 ┃◄────────────────────────── ACK  seq=25  ack=29 ────────────────────────────┃ 100.000
   110.000 ● FIN-WAIT-1 --내 FIN이 확인됨--> FIN-WAIT-2 [3.10.7.4]                      ┃
           ┃                                     CLOSE-WAIT --닫기--> LAST-ACK [3.10.4] ● 120.000
   130.000 ┃◄──────────────────────── FIN+ACK  seq=25  ack=29 ──────────────────────────│ 120.000
   130.000 ● FIN-WAIT-2 --FIN 받음--> TIME-WAIT [3.10.7.4]   2 MSL 타이머: 60 s         │
   130.000 │─────────────────────────── ACK  seq=29  ack=26 ───────────────────────────►│ 140.000
           │       LAST-ACK --내 FIN이 확인됨--> CLOSED [3.10.7.4]   -1,288 B 연결 기록 ┴ 140.000
           │                           · · ·  60 s 뒤  · · ·                            ┊
60,130.000 ┴ TIME-WAIT --2 MSL 지남--> CLOSED [3.10.8]                                  ┊
)");
}

TEST(Ladder, DrawsCrossingFramesInTwoPieces) {
  Scene scene;
  play_crossing(scene);
  expect_ladder(scene.trace(), {}, R"(
      ms client                                                                      server ms
         10.0.0.1                                                                  10.0.0.2
         ┊                                                                                ┊
   0.000 ● CLOSED --active_open--> SYN-SENT [3.10.1]                                      ┊
         │                                      CLOSED --active_open--> SYN-SENT [3.10.1] ● 0.000
   0.000 │───────────────── SYN  49152→80  seq=0  (ISN 1000)  win=65535 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄│
         │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ SYN  80→49152  seq=0  (ISN 5000)  win=65535 ──────────────────│ 0.000
         │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ SYN  49152→80  seq=0  (ISN 1000)  win=65535 ─────────────────►│ 10.000
         │                             SYN-SENT --syn_received--> SYN-RECEIVED [3.10.7.3] ● 10.000
  10.000 │◄──────────────── SYN  80→49152  seq=0  (ISN 5000)  win=65535 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄│
  10.000 ● SYN-SENT --syn_received--> SYN-RECEIVED [3.10.7.3]                             │
         │                       Each has sent a SYN and seen one.                        │
)");
}

TEST(Ladder, JoinsWhatLeavesTogether) {
  Scene scene;
  play_transfer(scene, 4);
  expect_ladder(scene.trace(), {}, R"(
      ms client                                                                      server ms
         10.0.0.1                                                                  10.0.0.2
         ┊                                                                                ┊
  30.000 ┊◄──────────────────────── ACK  seq=0  ack=1  len=1460 ──────────────────────────┊ 20.000
         ┊┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ 3 segments leave  seq=1460..5839  4,380 bytes ─────────────────┊ 20.000
  30.000 ┊───────────────────────────── ACK  seq=1  ack=1460 ────────────────────────────►┊ 40.000
  30.100 ┊◄─────────────────────── ACK  seq=1460  ack=1  len=1460 ────┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┊
  30.100 ┊───────────────────────────── ACK  seq=1  ack=2920 ────────────────────────────►┊ 40.100
  30.200 ┊◄─────────────────────── ACK  seq=2920  ack=1  len=1460 ────┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┊
  30.200 ┊───────────────────────────── ACK  seq=1  ack=4380 ────────────────────────────►┊ 40.200
  30.300 ┊◄─────────────────────── ACK  seq=4380  ack=1  len=1460 ────┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┊
  30.300 ┊───────────────────────────── ACK  seq=1  ack=5840 ────────────────────────────►┊ 40.300
)");
}

TEST(Ladder, FoldsLongTransfers) {
  Scene scene;
  play_transfer(scene, 20);
  expect_ladder(scene.trace(), {}, R"(
      ms client                                                                      server ms
         10.0.0.1                                                                  10.0.0.2
         ┊                                                                                ┊
  30.000 ┊◄──────────────────────── ACK  seq=0  ack=1  len=1460 ──────────────────────────┊ 20.000
         ┊┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ 19 segments leave  seq=1460..29199  27,740 bytes ───────────────┊ 20.000
  30.000 ┊───────────────────────────── ACK  seq=1  ack=1460 ────────────────────────────►┊ 40.000
  30.100 ┊◄─────────────────────── ACK  seq=1460  ack=1  len=1460 ────┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┊
  30.100 ┊───────────────────────────── ACK  seq=1  ack=2920 ────────────────────────────►┊ 40.100
         ┊                 …  16 ACKs ►   ◄ 17 segments, 24,820 bytes  …                  ┊
  31.800 ┊──────────────────────────── ACK  seq=1  ack=27740 ────────────────────────────►┊ 41.800
  31.900 ┊◄────────────────────── ACK  seq=27740  ack=1  len=1460 ────┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┊
  31.900 ┊──────────────────────────── ACK  seq=1  ack=29200 ────────────────────────────►┊ 41.900
)");
}

TEST(Ladder, HasTitlesAndItsOwnTime) {
  Scene scene;
  scene.pass(5s, 0, {.seq = 1, .ack = 1, .text = "hello"});
  LadderOptions options;
  options.origin = Instant{5s};
  options.headings = {{0, "a word"}};
  expect_ladder(scene.trace(), options, R"(
      ms client                                                                      server ms
         10.0.0.1                                                                  10.0.0.2
         ┊                                                                                ┊
         ┊                                                                                ┊
         ┊                                 ═══ a word ═══                                 ┊
   0.000 ┊─────────────────────────── ACK  seq=0  ack=1  len=5 ──────────────────────────►┊ 10.000
)");
}

TEST(Ladder, SplitsFramesThatAreLate) {
  Scene scene;
  scene.pass(0ms, 1, {.seq = 1, .ack = 1});
  const auto late = Scene::segment(0, {.flags = Flags::syn});
  scene.out(20ms, 0, late);
  scene.move(30ms, 0, State::syn_sent, Event::abort);
  scene.in(3s, 1, late);
  expect_ladder(scene.trace(), {}, R"(
       ms client                                                                    server ms
          10.0.0.1                                                                10.0.0.2
          ┊                                                                              ┊
   10.000 ┊◄──────────────────────────── ACK  seq=0  ack=1 ──────────────────────────────┊ 0.000
   20.000 ┊──────────────── SYN  49152→80  seq=0  (ISN 1000)  win=65535 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┊
   30.000 ┴ SYN-SENT --abort--> CLOSED [3.10.5]                                          ┊
          ┊                           · · ·  3 s later  · · ·                            ┊
          ┊┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ SYN  49152→80  seq=0  (ISN 1000)  win=65535 ────────────────►┊ 3,000.000
)");
}

TEST(Ladder, ShowsWhatWentWrong) {
  Scene scene;
  const auto syn = Scene::segment(0, {.flags = Flags::syn, .options = syn_options()});
  scene.out(0ms, 0, syn);
  scene.recorder.lost(Instant{}, 0, syn, "lost");
  scene.ears[0]->on_timer(Instant{1s}, Scene::tuple(0),
                          {tcp::Timer::retransmission, tcp::TimerChange::fired, Instant{1s}});
  scene.pass(1s, 0, {.flags = Flags::syn, .options = syn_options()});
  scene.in(1020ms, 1, Scene::segment(0, {.flags = Flags::rst, .seq = 999}),
           Drop::tcp_reset_out_of_window);
  auto damaged = Scene::segment(1, {.seq = 1, .ack = 1, .text = "hello"});
  scene.out(1030ms, 1, damaged);
  damaged.back() ^= 1;
  scene.in(1040ms, 0, damaged, Drop::tcp_bad_checksum);
  const auto text = Scene::segment(1, {.seq = 1, .ack = 1, .text = "hello"});
  scene.out(1050ms, 1, text);
  scene.in(1060ms, 0, text);
  scene.in(1061ms, 0, text);
  scene.ears[1]->on_silence(Instant{1070ms}, Scene::tuple(1), tcp::LimitedBy::peer_window);
  expect_ladder(scene.trace(), {}, R"(
       ms client                                                                    server ms
          10.0.0.1                                                                10.0.0.2
          ┊                                                                              ┊
    0.000 ┊── SYN  49152→80  seq=0  (ISN 1000)  win=65535  mss=1460 ws=7 sack ───× lost  ┊
          ┊                           · · ·  1 s later  · · ·                            ┊
1,000.000 ┊ retransmission timer fires                                                   ┊
1,000.000 ┊── SYN  49152→80  seq=0  (ISN 1000)  win=65535  mss=1460 ws=7 sack  (again) ─►┊ 1,010.000
          ┊┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄───────────── RST  seq=999 ───────────────────────────────►┊ 1,020.000
          ┊                                             dropped: tcp reset out of window ┊
1,040.000 ┊◄────────────────── ACK  seq=0  ack=1  len=5  (corrupted) ────────────────────┊ 1,030.000
          ┊ dropped: tcp bad checksum                                                    ┊
1,060.000 ┊◄──────────────────── ACK  seq=0  ack=1  len=5  (again) ──────────────────────┊ 1,050.000
1,061.000 ┊◄──────────── ACK  seq=0  ack=1  len=5  (again)  (a second time) ┄┄┄┄┄┄┄┄┄┄┄┄┄┊
          ┊                 sends nothing: the peer's window has no room worth a segment ┊ 1,070.000
)");
}

// Once accurate ECN is agreed on, its flags are a number, and its option tells bytes.
TEST(Ladder, ShowsAccurateEcn) {
  Scene scene;
  scene.pass(0ms, 0, {.flags = Flags::syn | Flags::ece | Flags::cwr | Flags::ae});
  scene.pass(20ms, 1, {.flags = Flags::syn | Flags::ack | Flags::cwr, .ack = 1});
  SegmentOptions options;
  options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 2};
  options.acc_ecn.set(0, 2921);
  options.acc_ecn.set(1, 1460);
  scene.pass(
      40ms, 0,
      {.flags = Flags::ack | Flags::ae | Flags::cwr, .seq = 1, .ack = 1, .options = options});
  expect_ladder(scene.trace(), {}, R"(
      ms client                                                                      server ms
         10.0.0.1                                                                  10.0.0.2
         ┊                                                                                ┊
   0.000 ┊──────────── SYN+ECE+CWR+AE  49152→80  seq=0  (ISN 1000)  win=65535 ───────────►┊ 10.000
  30.000 ┊◄───────── SYN+ACK+CWR  80→49152  seq=0  (ISN 5000)  ack=1  win=65535 ──────────┊ 20.000
  40.000 ┊───────────────── ACK  seq=1  ack=1  ACE=6  e0b=2921 ceb=1460 ─────────────────►┊ 50.000
)");
}

TEST(Ladder, HasColumnsForMoreHosts) {
  Scene scene;
  scene.recorder.observer(2, "attacker", "10.0.0.3");
  scene.pass(0ms, 0, {.seq = 1, .ack = 1, .text = "hello"});
  scene.move(10ms, 1, State::established, Event::close);
  const auto forged = Scene::segment(0, {.flags = Flags::rst, .seq = 99});
  scene.recorder.sent(Instant{20ms}, 2, forged);
  scene.in(21ms, 1, forged, Drop::tcp_reset_challenged);
  expect_ladder(scene.trace(), {}, R"(
      ms client                               server                               attacker ms
         10.0.0.1                            10.0.0.2                              10.0.0.3
         ┊                                       ┊                                        ┊
   0.000 ┊────── ACK  seq=0  ack=1  len=5 ──────►┊                                        ┊ 10.000
  10.000 ┊                                       ● ESTABLISHED --close-->                 ┊
         ┊                                       ┃ FIN-WAIT-1 [3.10.4]                    ┊
  21.000 ┊                                       ┃◄──────────── RST  seq=98 ──────────────┊ 20.000
         ┊                                       ┃ dropped: tcp reset challenged          ┊
)");
}

TEST(Ladder, FitsItsColumnsAndHasColourOnlyWhenAsked) {
  Scene scene;
  play_connection(scene);
  play_crossing(scene);
  play_transfer(scene, 30);
  for (const bool shows_all : {false, true}) {
    for (const Language language : {Language::english, Language::korean}) {
      const LadderOptions options{.language = language, .shows_all = shows_all};
      std::istringstream lines{ladder(scene.trace(), options)};
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(width_of(line), 100u) << line;
        EXPECT_EQ(line.find('\x1b'), std::string::npos);
      }
    }
  }
  EXPECT_NE(ladder(scene.trace(), {.has_colour = true}).find("\x1b["), std::string::npos);
}

TEST(Ladder, OfNothingIsShort) {
  EXPECT_EQ(ladder(Trace{}, {}), "");
  Scene scene;
  EXPECT_FALSE(ladder(scene.trace(), {}).empty());
}

}  // namespace
}  // namespace acksu::trace
