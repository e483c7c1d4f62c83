// The two hosts that most scenarios play with: who they are, and the part that one of them plays.
#pragma once

#include "tools/actor.h"
#include "tools/stage.h"

namespace acksu::tools::two_hosts {

inline constexpr sim::HostId client = 0, server = 1;
inline constexpr std::uint16_t web = 80;
inline constexpr Endpoint web_server{IpAddress::v4(10, 0, 0, 2), web};

inline const Actor& actor(const Stage& stage, sim::HostId host) {
  return *static_cast<const Actor*>(stage.world().application(host));
}

// Takes a connection, reads to its end, closes.
inline Actor reader() {
  Actor reads;
  reads.at({}, [](Actor& self, Host& host, Instant now) { self.listen(host, web, now); });
  reads.when(Readiness::ended, 10ms,
             [](Actor& self, Host& host, Instant now) { self.close(host, now); });
  return reads;
}
// The reader is there when the other begins.
inline void play(Stage& stage, const Actor& writes) {
  stage.world().install(server, reader().clone());
  stage.world().step();
  stage.world().install(client, writes.clone());
  stage.world().run_until_quiet(1h);
}

}  // namespace acksu::tools::two_hosts
