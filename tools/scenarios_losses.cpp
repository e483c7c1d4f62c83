// Scenarios of text that is lost.
#include "tools/actor.h"
#include "tools/show.h"
#include "tools/two_hosts.h"

namespace acksu::tools {

using namespace two_hosts;

// 30,000 bytes are 21 segments: nothing follows behind the last ones that could tell of their loss.
void play_tail_loss(Show& show) {
  constexpr std::uint64_t text = 30'000;
  Stage& stage = show.begin();
  stage.add_host("client");
  stage.add_host("server");
  const sim::CableId cable = stage.connect(client, server, {.delay = 10ms, .rate = 20'000'000});
  stage.warm_up(client, server);
  stage.world().cable(cable).add(
      {.from = sim::Side::a, .only_text = true, .first = 20, .count = 2});
  Actor writes;
  writes.at({}, [](Actor& self, Host& host, Instant now) { self.connect(host, web_server, now); });
  writes.when(Readiness::connected, 10ms,
              [](Actor& self, Host& host, Instant now) { self.write(host, text, now); });
  writes.at(stage.at(400ms),
            [](Actor& self, Host& host, Instant now) { self.shut_down(host, now); });
  writes.when(Readiness::ended, 0ms,
              [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  play(stage, writes);
  show.check(fired_count(stage.trace(), client, tcp::Timer::tail_probe) == 1,
             "no ACK came for two round trips: the client sent the last segment again as a probe",
             "왕복 두 번 동안 ACK이 없어, 클라이언트가 마지막 세그먼트를 탐침으로 다시 보냄");
  show.check(fired_count(stage.trace(), client, tcp::Timer::retransmission) == 0,
             "its ACK told of the hole before it; the retransmission timer did not fire",
             "그 ACK이 앞의 구멍을 알려 주어 재전송 타이머는 만료되지 않음");
  show.check(actor(stage, server).bytes_read() == text,
             "all " + trace::grouped(text) + " bytes came through",
             trace::grouped(text) + "바이트가 모두 도착함");
}

}  // namespace acksu::tools
