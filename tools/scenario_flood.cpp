// The SYN flood: many SYNs from addresses that never answer, an honest client among them, and a
// server with few half-open records, without and with SYN cookies (RFC 4987).
#include "tools/actor.h"
#include "tools/show.h"
#include "tools/two_hosts.h"

namespace acksu::tools {
namespace {

using namespace two_hosts;

constexpr std::uint32_t half_open_cap = 16;
constexpr std::uint32_t flood_syns = 500;
constexpr Duration flood_interval = 10ms;
constexpr std::uint32_t shown_attackers = 2;
constexpr LinkId outside = 1;  // the server's link to the rest of the world
constexpr MacAddress gateway_mac{{2, 0, 0, 0, 1, 1}}, server_outside_mac{{2, 0, 0, 0, 1, 2}};
constexpr IpAddress gateway = IpAddress::v4(198, 51, 100, 1);
constexpr IpAddress server_outside = IpAddress::v4(198, 51, 100, 2);

constexpr IpAddress spoofed(std::uint32_t number) {
  return IpAddress::v4((203u << 24) | (113u << 8) | (number & 0xff) | ((number >> 8) << 16));
}

// The world behind the server's second link: a router that answers ARP, and attackers that do not
// answer at all.
class Outside : public sim::FrameWatcher {
 public:
  Outside(Stage& stage, std::uint32_t column)
      : stage_(stage), column_(stage.recorder().observer(column, "attacker", "many addresses")) {
    stage.watch(this);
  }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;
  ~Outside() override { stage_.watch(nullptr); }

  void on_frame(Instant now, sim::Port port, Way way, const Frame& frame) override {
    if (way != Way::out || port != sim::Port{server, outside}) return;
    if (const auto question = sim::read_arp_request(frame)) {
      stage_.world().inject(port, make_arp_reply(*question, gateway_mac, stage_.world().pool()),
                            now);
      return;
    }
    column_->on_frame_in(now, 0, frame);
    column_->on_verdict(now, 0, Drop::none);
  }

  void syn(std::uint32_t attacker, std::uint32_t column, Instant at) {
    sim::TcpPacket packet;
    packet.source_mac = gateway_mac;
    packet.destination_mac = server_outside_mac;
    packet.source = spoofed(attacker);
    packet.destination = server_outside;
    packet.segment.source_port = static_cast<std::uint16_t>(1024 + attacker);
    packet.segment.destination_port = web;
    packet.segment.seq = Seq{attacker * 1'000'003};
    packet.segment.flags.set(Flags::syn);
    packet.segment.window = 65535;
    packet.segment.options.mss = 1460;
    const Frame frame = sim::make_frame(packet, stage_.world().pool());
    stage_.recorder().sent(at, column, frame.bytes.flatten());
    stage_.world().inject({server, outside}, frame, at);
  }

 private:
  Stage& stage_;
  HostObserver* column_;
};

HostSettings server_settings(const Stage& stage, bool has_cookies) {
  HostSettings settings = stage.next_settings("server");
  LinkSettings link;
  link.name = "eth1";
  link.mac = server_outside_mac;
  link.addresses = {{server_outside, 24}};
  settings.links.push_back(link);
  settings.gateway = gateway;
  settings.tcp.max_half_open = half_open_cap;
  settings.tcp.syn_cookies = has_cookies;
  return settings;
}

Actor honest_client(const Stage& stage) {
  Actor actor;
  actor.at(stage.at(1s),
           [](Actor& self, Host& host, Instant now) { self.connect(host, web_server, now); });
  actor.when(Readiness::connected, 10ms, [](Actor& self, Host& host, Instant now) {
    self.write(host, "an honest question", now);
    self.shut_down(host, now);
  });
  actor.when(Readiness::ended, 0ms,
             [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  actor.at(stage.at(6s), [](Actor& self, Host& host, Instant now) { self.abort(host, now); });
  return actor;
}

Actor busy_server() {
  Actor actor;
  actor.at({}, [](Actor& self, Host& host, Instant now) { self.listen(host, web, now); });
  actor.when(Readiness::ended, 10ms,
             [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  return actor;
}

// What the flood left behind when it was over.
struct FloodOutcome {
  bool was_connected = false;
  Duration took{};
  std::uint32_t most_half_open = 0;
  std::uint64_t refused = 0, cookies_sent = 0, cookies_accepted = 0;
};

FloodOutcome flood(Stage& stage, bool has_cookies) {
  stage.add_host("client");
  stage.add_host(server_settings(stage, has_cookies));
  stage.connect(client, server, {.delay = 10ms});
  const std::uint32_t column = stage.add_stranger("attacker", "many addresses");
  Outside attackers{stage, column};
  attackers.syn(flood_syns, column, {});  // lets the server find its router; refused
  stage.warm_up(client, server);
  stage.recorder().keep_only([](const FourTuple& tuple) {
    const auto is_shown = [](IpAddress address) {
      bool shown = address == Stage::address(client);
      for (std::uint32_t i = 0; i < shown_attackers; ++i) shown |= address == spoofed(i);
      return shown;
    };
    return is_shown(tuple.local.address) || is_shown(tuple.remote.address);
  });
  stage.world().install(server, busy_server().clone());
  stage.world().step();
  stage.world().install(client, honest_client(stage).clone());
  for (std::uint32_t i = 0; i < flood_syns; ++i) {
    attackers.syn(i, column, stage.at(10ms + i * flood_interval));
  }
  stage.world().run_until(stage.at(50ms));
  const std::string rest = trace::grouped(flood_syns - shown_attackers);
  stage.remark("... and " + rest + " more SYNs, each from another address, one every 10 ms",
               "... 그리고 10 ms마다 하나씩, 서로 다른 주소에서 SYN " + rest + "개 더");
  FloodOutcome outcome;
  for (Duration now = 100ms; now <= 7s; now += 100ms) {
    stage.world().run_until(stage.at(now));
    outcome.most_half_open =
        std::max(outcome.most_half_open, stage.host(server).holdings().half_open);
  }
  const auto& honest = *static_cast<const Actor*>(stage.world().application(client));
  outcome.was_connected = honest.was_connected();
  if (outcome.was_connected) outcome.took = honest.connected_at() - stage.at(1s);
  const tcp::Counters& counters = stage.host(server).counters().tcp;
  outcome.refused = counters.half_open_refused;
  outcome.cookies_sent = counters.cookies_sent;
  outcome.cookies_accepted = counters.cookies_accepted;
  return outcome;
}

void tell_memory(Show& show, const FloodOutcome& outcome) {
  const std::string most = trace::grouped(outcome.most_half_open);
  show.check(outcome.most_half_open <= half_open_cap,
             "memory: never more than " + most + " half-open records, however many SYNs came",
             "메모리: SYN이 아무리 많이 와도 반쯤 열린 기록은 " + most + "개를 넘지 않음");
}

}  // namespace

void play_syn_flood(Show& show) {
  Stage& without = show.begin("1. Without SYN cookies", "1. SYN 쿠키 없이");
  const FloodOutcome refused = flood(without, false);
  show.check(
      !refused.was_connected && refused.refused > 0,
      "the honest client was kept out for 5 s and gave up: all half-open records were taken (" +
          trace::grouped(refused.refused) + " SYNs refused)",
      "정직한 클라이언트는 5초 동안 막혀 포기함: 반쯤 열린 기록이 모두 찼음 (거절된 SYN " +
          trace::grouped(refused.refused) + "개)");
  tell_memory(show, refused);

  Stage& with = show.begin("2. With SYN cookies, the same flood", "2. SYN 쿠키를 쓰면: 같은 공격");
  const FloodOutcome served = flood(with, true);
  show.check(served.was_connected && served.took == 20ms,
             "the honest client connected in one round trip, as if there were no flood",
             "정직한 클라이언트는 공격이 없는 것처럼 왕복 한 번 만에 연결됨");
  show.check(served.cookies_accepted == 1 && served.cookies_sent > 100,
             trace::grouped(served.cookies_sent) +
                 " cookies were sent and 1 came back: only then was "
                 "anything allocated",
             "쿠키 " + trace::grouped(served.cookies_sent) +
                 "개를 보냈고 1개가 돌아옴: 그때에야 메모리를 할당함");
  tell_memory(show, served);
}

}  // namespace acksu::tools
