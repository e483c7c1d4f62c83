// Scenarios of opening and closing: both at once, half-close, refused, and frames that are lost.
#include "tools/actor.h"
#include "tools/show.h"
#include "tools/two_hosts.h"

namespace acksu::tools {
namespace {

using tcp::Event;
using tcp::State;

using namespace two_hosts;

// Two hosts on a cable of 10 ms each way that know each other's MAC address.
sim::CableId set_up(Stage& stage) {
  stage.add_host("client");
  stage.add_host("server");
  const sim::CableId cable = stage.connect(client, server, {.delay = 10ms});
  stage.warm_up(client, server);
  return cable;
}

// Each begins at once; who listens is installed first.
void install(Stage& stage, sim::HostId host, const Actor& actor) {
  stage.world().install(host, actor.clone());
  stage.world().step();
}

// Listens; closes 10 ms after it has read the client's end.
Actor usual_server() {
  Actor actor;
  actor.at({}, [](Actor& self, Host& host, Instant now) { self.listen(host, web, now); });
  actor.when(Readiness::ended, 10ms,
             [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  return actor;
}

// Connects at once, and shuts its side down so long after the handshake.
Actor usual_client(Duration closes_after) {
  Actor actor;
  actor.at({}, [](Actor& self, Host& host, Instant now) { self.connect(host, web_server, now); });
  actor.when(Readiness::connected, closes_after,
             [](Actor& self, Host& host, Instant now) { self.shut_down(host, now); });
  actor.when(Readiness::ended, 0ms,
             [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  return actor;
}

void run_to_the_end(Stage& stage) { stage.world().run_until_quiet(1h); }

void check_both_closed(Show& show, const Stage& stage) {
  show.check(holds_nothing(stage.world().host(client)) && holds_nothing(stage.world().host(server)),
             "at the end both are CLOSED and hold nothing: no record, no buffer, no timer",
             "끝에는 양쪽 모두 CLOSED이고 아무것도 갖고 있지 않음: 기록도 버퍼도 타이머도 없음");
}

}  // namespace

void play_simultaneous_open(Show& show) {
  Stage& stage = show.begin();
  set_up(stage);
  const auto opens = [&stage](sim::HostId mine, sim::HostId theirs) {
    Actor actor;
    const Endpoint remote{Stage::address(theirs), 5000};
    actor.at({}, [remote](Actor& self, Host& host, Instant now) {
      self.connect(host, remote, now, 5000);
    });
    actor.when(Readiness::ended, 10ms,
               [](Actor& self, Host& host, Instant now) { self.close(host, now); });
    if (mine == client) {
      actor.at(stage.at(100ms),
               [](Actor& self, Host& host, Instant now) { self.shut_down(host, now); });
    }
    install(stage, mine, actor);
  };
  opens(client, server);
  opens(server, client);
  run_to_the_end(stage);
  const trace::Trace& trace = stage.trace();
  show.check(has_moved(trace, client, State::syn_sent, Event::syn_received) &&
                 has_moved(trace, server, State::syn_sent, Event::syn_received),
             "both went from SYN-SENT to SYN-RECEIVED by the other's SYN",
             "양쪽 모두 상대의 SYN으로 SYN-SENT에서 SYN-RECEIVED로 이동함");
  show.check(actor(stage, client).was_connected() && actor(stage, server).was_connected(),
             "both ended up in ESTABLISHED, in one connection, and nobody ever listened",
             "양쪽 모두 하나의 연결로 ESTABLISHED가 되었고, LISTEN한 쪽은 없음");
  check_both_closed(show, stage);
}

void play_simultaneous_close(Show& show) {
  Stage& stage = show.begin();
  set_up(stage);
  Actor listens;
  listens.at({}, [](Actor& self, Host& host, Instant now) { self.listen(host, web, now); });
  Actor connects;
  connects.at({},
              [](Actor& self, Host& host, Instant now) { self.connect(host, web_server, now); });
  for (Actor* const one : {&listens, &connects}) {
    one->at(stage.at(100ms),
            [](Actor& self, Host& host, Instant now) { self.shut_down(host, now); });
    one->when(Readiness::ended, 0ms,
              [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  }
  install(stage, server, listens);
  install(stage, client, connects);
  run_to_the_end(stage);
  const trace::Trace& trace = stage.trace();
  for (const sim::HostId host : {client, server}) {
    const std::string name = host == client ? "client" : "server";
    show.check(has_moved(trace, host, State::fin_wait_1, Event::fin_received) &&
                   has_moved(trace, host, State::closing, Event::fin_acked),
               name + ": FIN-WAIT-1, CLOSING, TIME-WAIT",
               name + ": FIN-WAIT-1, CLOSING, TIME-WAIT 순서로 이동");
  }
  check_both_closed(show, stage);
}

void play_half_close(Show& show) {
  constexpr std::uint64_t answer = 20'000;
  Stage& stage = show.begin();
  set_up(stage);
  Actor answers;
  answers.at({}, [](Actor& self, Host& host, Instant now) { self.listen(host, web, now); });
  answers.when(Readiness::ended, 30ms,
               [](Actor& self, Host& host, Instant now) { self.write(host, answer, now); });
  answers.when(Readiness::all_acked, 30ms,
               [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  Actor asks = usual_client(30ms);
  asks.when(Readiness::connected, 20ms, [](Actor& self, Host& host, Instant now) {
    self.write(host, "tell me everything", now);
  });
  install(stage, server, answers);
  install(stage, client, asks);
  run_to_the_end(stage);
  const Actor& asked = actor(stage, client);
  show.check(
      has_moved(stage.trace(), client, State::fin_wait_1, Event::fin_acked) &&
          asked.bytes_read() == answer,
      "the client had sent its FIN, and read " + trace::grouped(asked.bytes_read()) +
          " bytes after it",
      "클라이언트는 FIN을 보낸 뒤에도 " + trace::grouped(asked.bytes_read()) + "바이트를 받음");
  show.check(has_moved(stage.trace(), server, State::close_wait, Event::close),
             "the server wrote all of it in CLOSE-WAIT, and only then closed",
             "서버는 CLOSE-WAIT에서 모두 보낸 다음에야 닫음");
  check_both_closed(show, stage);
}

void play_refused_port(Show& show) {
  Stage& stage = show.begin();
  set_up(stage);
  Actor actor_of_client;
  actor_of_client.at({}, [](Actor& self, Host& host, Instant now) {
    self.connect(host, {web_server.address, 81}, now);
  });
  install(stage, server, usual_server());
  install(stage, client, actor_of_client);
  stage.world().run_until(stage.at(1s));
  const Actor& asked = actor(stage, client);
  show.check(asked.error() == Error::connection_refused,
             "the client was told: " + std::string{sentence(asked.error())},
             "클라이언트가 받은 오류: 연결 거부 (connection refused)");
  show.check(asked.failed_at() - stage.origin() == 20ms,
             "it knew after one round trip (20 ms), without any timer",
             "타이머 없이 왕복 한 번(20 ms) 만에 알게 됨");
  show.check(has_moved(stage.trace(), client, State::syn_sent, Event::reset_received),
             "SYN-SENT went to CLOSED by the RST", "SYN-SENT가 RST로 CLOSED가 됨");
}

void play_lost_syn(Show& show) {
  Stage& stage = show.begin();
  const sim::CableId cable = set_up(stage);
  stage.world().cable(cable).add(
      {.from = sim::Side::a, .mask = Flags::syn, .flags = Flags::syn, .count = 2});
  install(stage, server, usual_server());
  install(stage, client, usual_client(10ms));
  run_to_the_end(stage);
  show.check(
      fired_count(stage.trace(), client, tcp::Timer::retransmission) == 2 &&
          sent_count(stage.trace(), client, Flags::syn) == 3,
      "the retransmission timer fired twice, after 1 s and after 2 s more: three SYNs in all",
      "재전송 타이머가 1초 뒤, 다시 2초 뒤에 두 번 만료됨: SYN은 모두 세 개");
  show.check(actor(stage, client).was_connected(), "the third SYN made the connection",
             "세 번째 SYN으로 연결됨");
  check_both_closed(show, stage);
}

void play_lost_syn_ack(Show& show) {
  Stage& stage = show.begin();
  const sim::CableId cable = set_up(stage);
  stage.world().cable(cable).add(
      {.from = sim::Side::b, .mask = Flags::syn | Flags::ack, .flags = Flags::syn | Flags::ack});
  install(stage, server, usual_server());
  install(stage, client, usual_client(10ms));
  run_to_the_end(stage);
  show.check(sent_count(stage.trace(), server, Flags::syn | Flags::ack) >= 2,
             "the server sent its SYN+ACK again", "서버가 SYN+ACK을 다시 보냄");
  show.check(actor(stage, client).was_connected() && actor(stage, server).was_connected(),
             "both are ESTABLISHED, in one connection", "양쪽 모두 하나의 연결로 ESTABLISHED");
  check_both_closed(show, stage);
}

// The client's second segment without text and flags but ACK is its last: no text is exchanged.
constexpr sim::FilterRule last_ack{
    .from = sim::Side::a, .mask = 0xff, .flags = Flags::ack, .first = 2};

void play_lost_last_ack(Show& show) {
  Stage& stage = show.begin();
  const sim::CableId cable = set_up(stage);
  stage.world().cable(cable).add(last_ack);
  install(stage, server, usual_server());
  install(stage, client, usual_client(10ms));
  run_to_the_end(stage);
  show.check(fired_count(stage.trace(), server, tcp::Timer::retransmission) >= 1 &&
                 sent_count(stage.trace(), server, Flags::fin) == 2,
             "in LAST-ACK the server's timer fired, and it sent its FIN again",
             "LAST-ACK에서 서버의 타이머가 만료되어 FIN을 다시 보냄");
  show.check(has_moved(stage.trace(), server, State::last_ack, Event::fin_acked),
             "the client, in TIME-WAIT, acknowledged it again: the server went to CLOSED",
             "TIME-WAIT에 있던 클라이언트가 다시 확인해 주어 서버가 CLOSED가 됨");
  check_both_closed(show, stage);
}

void play_repeated_fin(Show& show) {
  Stage& stage = show.begin();
  const sim::CableId cable = set_up(stage);
  stage.world().cable(cable).add({.from = sim::Side::b,
                                  .mask = Flags::fin,
                                  .flags = Flags::fin,
                                  .action = sim::FilterRule::Action::duplicate,
                                  .delay = 20s});
  install(stage, server, usual_server());
  install(stage, client, usual_client(10ms));
  run_to_the_end(stage);
  Instant last_arming{}, over{};
  std::size_t armings = 0;
  for (const trace::Event& event : stage.trace().events) {
    const auto* timer = std::get_if<trace::TimerChanged>(&event.what);
    const auto* moved = std::get_if<trace::Moved>(&event.what);
    if (timer != nullptr && timer->sample.timer == tcp::Timer::time_wait &&
        timer->sample.change == tcp::TimerChange::armed) {
      ++armings;
      last_arming = event.at;
    }
    if (moved != nullptr && moved->row.event == Event::time_wait_over) over = event.at;
  }
  show.check(armings == 2 && last_arming > stage.at(20s) && over - last_arming == 60s,
             "the copy of the FIN was acknowledged, and 2 MSL (60 s) began anew",
             "FIN의 복사본을 확인해 주고 2 MSL(60초)을 처음부터 다시 셈");
  show.check(sent_count(stage.trace(), server, Flags::rst) == 1 &&
                 has_moved(stage.trace(), client, State::time_wait, Event::time_wait_over),
             "the server had forgotten the connection and answered RST, which TIME-WAIT ignored "
             "(RFC 1337)",
             "서버는 연결을 이미 잊어 RST로 답했지만 TIME-WAIT은 무시함 (RFC 1337)");
  check_both_closed(show, stage);
}

}  // namespace acksu::tools
