// The scenario of accurate ECN: a router marks instead of dropping, and each mark is counted.
#include "tools/actor.h"
#include "tools/show.h"
#include "tools/two_hosts.h"

namespace acksu::tools {
namespace {

using namespace two_hosts;

constexpr std::uint64_t marked_text = 80'000;

}  // namespace

void play_marks(Show& show) {
  Stage& stage = show.begin();
  HostSettings asks = stage.next_settings("client");
  asks.tcp.ecn = tcp::EcnPolicy::ask_accurate;
  stage.add_host(asks);
  stage.add_host("server");
  stage.connect(client, server,
                {.delay = 10ms, .rate = 1'000'000, .has_codel = true, .has_ecn = true});
  stage.warm_up(client, server);
  Actor writes;
  writes.at({}, [](Actor& self, Host& host, Instant now) { self.connect(host, web_server, now); });
  writes.when(Readiness::connected, 10ms, [](Actor& self, Host& host, Instant now) {
    self.write(host, marked_text, now);
    self.shut_down(host, now);
  });
  writes.when(Readiness::ended, 0ms,
              [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  play(stage, writes);
  const tcp::Counters& of_client = stage.host(client).counters().tcp;
  const tcp::Counters& of_server = stage.host(server).counters().tcp;
  const std::string marks = std::to_string(of_server.marked_segments);
  show.check(of_client.accurate_ecn == 1 && of_server.accurate_ecn == 1,
             "the SYN asked for accurate ECN, and the SYN+ACK agreed",
             "SYN이 정밀 ECN을 요청하고 SYN+ACK이 동의함");
  show.check(of_server.marked_segments > 0 && of_client.marks_reported == of_server.marked_segments,
             marks + " segments arrived with a mark, and the client knows of each",
             "혼잡 표시가 붙은 세그먼트 " + marks + "개가 도착했고 클라이언트는 그 수를 정확히 앎");
  show.check(of_client.mark_reductions > 0 && of_client.retransmitted_segments == 0,
             "it made its window smaller for them; nothing was lost, nothing was sent again",
             "그래서 혼잡 윈도우를 줄임. 잃은 것도, 다시 보낸 것도 없음");
  show.check(actor(stage, server).bytes_read() == marked_text,
             "all " + trace::grouped(marked_text) + " bytes came through",
             trace::grouped(marked_text) + "바이트가 모두 도착함");
}

}  // namespace acksu::tools
