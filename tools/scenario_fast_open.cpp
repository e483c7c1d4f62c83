// The scenario of TCP Fast Open: a first connection that learns a cookie, a second one that uses
// it.
#include "api/services.h"
#include "tools/actor.h"
#include "tools/show.h"
#include "tools/two_hosts.h"

namespace acksu::tools {
namespace {

using namespace two_hosts;

constexpr std::uint16_t echo = 7;
constexpr Duration second_at = 200ms;

// Asks at once, if it may; closes when it has the answer, and notes when the answer came.
Actor fast_client(Instant begins, std::shared_ptr<Instant> answered_at) {
  Actor actor;
  actor.at(begins, [](Actor& self, Host& host, Instant now) {
    self.connect_fast(host, {Stage::address(server), echo}, now);
    self.write(host, std::string("What is a handshake?"), now);
  });
  actor.when(Readiness::readable, 0ms, [answered_at](Actor& self, Host& host, Instant now) {
    *answered_at = now;
    self.shut_down(host, now);
  });
  actor.when(Readiness::ended, 0ms,
             [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  return actor;
}

// How long after its beginning the client has its answer.
Duration ask(Stage& stage, Duration begins) {
  const auto answered_at = std::make_shared<Instant>(never);
  stage.world().run_until(stage.at(begins));
  stage.world().install(client, fast_client(stage.at(begins), answered_at).clone());
  stage.world().run_until(stage.at(begins + 150ms));
  return *answered_at - stage.at(begins);
}

}  // namespace

void play_fast_open(Show& show) {
  Stage& stage = show.begin();
  stage.add_host("client");
  stage.add_host("server");
  stage.connect(client, server, {.delay = 10ms});
  stage.warm_up(client, server);
  stage.world().install(server, std::make_unique<Service>(
                                    ServiceSettings{.local = {{}, echo}, .fast_open_limit = 8}));
  stage.world().step();
  const Duration first = ask(stage, 0ms);
  const Duration second = ask(stage, second_at);
  stage.world().run_until_quiet(1h);
  const tcp::Counters& of_client = stage.host(client).counters().tcp;
  const tcp::Counters& of_server = stage.host(server).counters().tcp;
  show.check(of_client.fast_open_asked == 1 && of_server.fast_open_given == 1,
             "the first SYN asked for a cookie, and the SYN+ACK brought it",
             "첫 SYN이 쿠키를 요청하고 SYN+ACK이 쿠키를 가져옴");
  show.check(of_client.fast_open_sent == 1 && of_server.fast_open_accepted == 1,
             "the second SYN carried the cookie and the question, and the server took both",
             "두 번째 SYN은 쿠키와 질문을 함께 실었고 서버가 받아들임");
  show.check(first == 40ms && second == 20ms,
             "the answer came after 20 ms instead of 40: one round trip less",
             "대답이 40 ms가 아니라 20 ms 만에 도착: 왕복 한 번이 줄어듦");
  show.check(holds_nothing(stage.world().host(client)) && holds_nothing(stage.world().host(server)),
             "at the end both are CLOSED and hold nothing: no record, no buffer, no timer",
             "끝에는 양쪽 모두 CLOSED이고 아무것도 갖고 있지 않음: 기록도 버퍼도 타이머도 없음");
}

}  // namespace acksu::tools
