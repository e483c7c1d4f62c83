// Scenarios of windows, old duplicates and attacks.
#include "tools/actor.h"
#include "tools/show.h"
#include "tools/two_hosts.h"
#include "tools/two_way.h"

namespace acksu::tools {
namespace {

using tcp::Event;
using tcp::State;

using namespace two_hosts;

void listen(Actor& self, Host& host, Instant now) { self.listen(host, web, now); }
void connect(Actor& self, Host& host, Instant now) { self.connect(host, web_server, now); }
void close(Actor& self, Host& host, Instant now) { self.close(host, now); }
void abort(Actor& self, Host& host, Instant now) { self.abort(host, now); }
void shut_down(Actor& self, Host& host, Instant now) { self.shut_down(host, now); }

}  // namespace

void play_zero_window(Show& show) {
  constexpr std::uint64_t text = 12'000;
  Stage& stage = show.begin();
  stage.add_host("client");
  HostSettings settings = stage.next_settings("server");
  settings.tcp.receive_buffer = 4096;
  stage.add_host(settings);
  stage.connect(client, server, {.delay = 10ms});
  stage.warm_up(client, server);
  Actor reads_late;
  reads_late.at({}, listen).reads_nothing();
  reads_late.at(stage.at(2s),
                [](Actor& self, Host& host, Instant now) { self.read_on(host, now); });
  reads_late.when(Readiness::ended, 10ms, close);
  Actor writes;
  writes.at({}, connect);
  writes.when(Readiness::connected, 20ms,
              [](Actor& self, Host& host, Instant now) { self.write(host, text, now); });
  writes.at(stage.at(3s), shut_down);
  writes.when(Readiness::ended, 0ms, close);
  stage.world().install(server, reads_late.clone());
  stage.world().step();
  stage.world().install(client, writes.clone());
  stage.world().run_until_quiet(1h);
  const bool has_closed =
      std::any_of(stage.trace().frames.begin(), stage.trace().frames.end(), [](const auto& frame) {
        return frame.sender == server && frame.summary.is_tcp(Flags::ack) &&
               frame.summary.tcp.window == 0;
      });
  show.check(has_closed, "the server's buffer was full: it offered a window of 0 bytes",
             "서버의 버퍼가 가득 차서 윈도우 0을 알림");
  show.check(fired_count(stage.trace(), client, tcp::Timer::persist) >= 2,
             "the client's persist timer fired and it probed, at growing distances",
             "클라이언트의 윈도우 확인 타이머가 점점 긴 간격으로 만료되어 확인 세그먼트를 보냄");
  show.check(actor(stage, server).bytes_read() == text,
             "once the server read, the window opened, and all " + trace::grouped(text) +
                 " bytes came through",
             "서버가 읽자 윈도우가 열려 " + trace::grouped(text) + "바이트가 모두 도착함");
}

// ---- An old duplicate SYN

namespace {

// A SYN that the network keeps for 3 s; its sender gave it up long before.
constexpr Duration late = 3s;

Actor gives_up_then_connects(const Stage& stage) {
  Actor actor;
  actor.at({}, connect);
  actor.at(stage.at(500ms), abort);
  actor.at(stage.at(4s), connect);
  actor.at(stage.at(4100ms), shut_down);
  actor.when(Readiness::ended, 0ms, close);
  return actor;
}

void play_three_way(Show& show) {
  Stage& stage = show.begin("1. The three-way handshake, as TCP does it",
                            "1. 세 번 악수 (3-way handshake): 실제 TCP");
  stage.add_host("client");
  stage.add_host("server");
  const sim::CableId cable = stage.connect(client, server, {.delay = 10ms});
  stage.warm_up(client, server);
  stage.world().cable(cable).add({.from = sim::Side::a,
                                  .mask = Flags::syn,
                                  .flags = Flags::syn,
                                  .action = sim::FilterRule::Action::delay,
                                  .delay = late});
  Actor serves;
  serves.at({}, listen).when(Readiness::ended, 10ms, close);
  stage.world().install(server, serves.clone());
  stage.world().step();
  stage.world().install(client, gives_up_then_connects(stage).clone());
  stage.world().run_until(stage.at(3500ms));
  const bool was_cheated = actor(stage, server).was_connected();
  stage.world().run_until_quiet(1h);
  show.check(has_moved(stage.trace(), server, State::syn_received, Event::reset_half_open),
             "the server asked back, the client answered RST, and the half-open record went away",
             "서버가 되묻자 클라이언트가 RST로 답해 반쯤 열린 기록이 사라짐");
  show.check(!was_cheated, "the server's application never heard of the old SYN",
             "서버 프로그램은 오래된 SYN에 대해 아무것도 듣지 못함");
  show.check(actor(stage, server).was_connected(),
             "the new SYN, with a new ISN, made a connection as usual",
             "새 ISN을 가진 새 SYN은 평소처럼 연결됨");
}

void play_two_way(Show& show) {
  Stage& stage = show.begin(
      "2. What a two-way handshake would do (a model, not TCP: open as soon as a SYN arrives)",
      "2. 두 번 악수라면 (TCP가 아닌 모형: SYN을 받자마자 연결된 것으로 여김)");
  stage.add_host("client");
  const std::uint32_t column = stage.add_stranger("server (model)", "10.0.0.2");
  TwoWayServer model{stage, column, {.delay = 10ms, .first_syn_delay = late}};
  stage.world().install(client, gives_up_then_connects(stage).clone());
  model.run_until(stage.at(3500ms));
  show.check(model.opened() == 1 && model.text_sent() > 0,
             "the model opened a connection for the old SYN, told its application, and sent " +
                 trace::grouped(model.text_sent()) + " bytes to nobody",
             "모형은 오래된 SYN에 연결을 열고 프로그램에 알린 뒤, 아무도 원하지 않는 " +
                 trace::grouped(model.text_sent()) + "바이트를 보냄");
  show.check(!actor(stage, client).was_connected(),
             "the client had no such connection: whatever reached it was answered by RST",
             "클라이언트에게는 그런 연결이 없어서 도착한 것마다 RST로 답함");
}

}  // namespace

void play_old_duplicate_syn(Show& show) {
  play_three_way(show);
  play_two_way(show);
}

// ---- A reset from someone who guesses

namespace {

constexpr Duration attack_way = 5ms;  // from the attacker to its victim

struct Attack {
  Stage& stage;
  std::uint32_t column;

  // A RST to the server that claims to come from the client.
  void reset(Duration at, Seq seq, std::uint16_t client_port) {
    sim::TcpPacket packet;
    packet.source_mac = Stage::mac(client);
    packet.destination_mac = Stage::mac(server);
    packet.source = Stage::address(client);
    packet.destination = Stage::address(server);
    packet.segment.source_port = client_port;
    packet.segment.destination_port = web;
    packet.segment.seq = seq;
    packet.segment.flags.set(Flags::rst);
    const Frame frame = sim::make_frame(packet, stage.world().pool());
    stage.recorder().sent(stage.at(at), column, frame.bytes.flatten());
    stage.world().inject({server, 0}, frame, stage.at(at + attack_way));
  }
};

}  // namespace

void play_rst_attack(Show& show) {
  Stage& stage = show.begin();
  stage.add_host("client");
  stage.add_host("server");
  stage.connect(client, server, {.delay = 10ms});
  Attack attack{stage, stage.add_stranger("attacker", "claims to be the client")};
  stage.warm_up(client, server);
  Actor serves, asks;
  serves.at({}, listen).when(Readiness::ended, 10ms, close);
  asks.at({}, connect);
  asks.at(stage.at(500ms), [](Actor& self, Host& host, Instant now) {
    self.write(host, "are you still there?", now);
  });
  asks.at(stage.at(600ms), shut_down);
  asks.when(Readiness::ended, 0ms, close);
  stage.world().install(server, serves.clone());
  stage.world().step();
  stage.world().install(client, asks.clone());
  stage.world().run_until(stage.at(100ms));
  const auto info = stage.host(server).info(actor(stage, server).socket());
  if (!info) return show.check(false, "the connection was made", "연결됨");
  const std::uint16_t port = info->tuple.remote.port;
  attack.reset(200ms, info->rcv.nxt + info->rcv.wnd + 1'000'000, port);
  attack.reset(300ms, info->rcv.nxt + 1000, port);
  stage.world().run_until_quiet(1h);
  show.check(drop_count(stage.trace(), server, Drop::tcp_reset_out_of_window) == 1,
             "outside the window: the RST was dropped without a word",
             "윈도우 밖의 RST: 조용히 버려짐");
  show.check(drop_count(stage.trace(), server, Drop::tcp_reset_challenged) == 1 &&
                 stage.host(server).counters().tcp.challenge_acks >= 1,
             "inside, but not exactly RCV.NXT: a challenge ACK, which the true peer takes for a "
             "duplicate (RFC 5961 section 3)",
             "윈도우 안이지만 RCV.NXT와 다른 RST: challenge ACK으로 되물음 (RFC 5961 3절)");
  show.check(actor(stage, server).bytes_read() == 20,
             "the connection lived on: 20 bytes came through, and both closed in order",
             "연결은 살아남아 20바이트가 전해지고 양쪽이 차례로 닫음");
}

}  // namespace acksu::tools
