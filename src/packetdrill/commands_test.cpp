// Shell lines and sysctls, as far as they set up a host.
#include "packetdrill/commands.h"

#include <gtest/gtest.h>

#include "packetdrill/sysctl.h"

namespace acksu::packetdrill {
namespace {

Commands after(const std::string& text) {
  HostSettings settings;
  settings.links.emplace_back();
  Commands commands{settings};
  commands.run(text);
  return commands;
}

TEST(Commands, SetSysctlsByEachOfTheirNames) {
  const auto tcp = after(
                       "sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0\n"
                       "../set_sysctls.py /proc/sys/net/ipv4/tcp_rmem=\"4096 1000 2000\" \\\n"
                       " /proc/sys/net/ipv4/tcp_ecn=1 # comment=1\n"
                       "sysctl -q net.ipv4.tcp_slow_start_after_idle=1")
                       .settings()
                       .tcp;
  EXPECT_FALSE(tcp.sack);
  EXPECT_FALSE(tcp.timestamps);
  EXPECT_EQ(tcp.receive_buffer, (tcp::BufferSize{1000, 2000}));
  EXPECT_EQ(tcp.ecn, tcp::EcnPolicy::ask_classic);
  EXPECT_EQ(tcp.non_validated_period, Duration::zero());
}

// As sh multiplies, in quotes or not; what it does not know stays as it is written.
TEST(Commands, ComputeProducts) {
  const auto most_of = [](const std::string& text) {
    return after(text).settings().tcp.receive_buffer.most;
  };
  EXPECT_EQ(most_of("sysctl -q net.ipv4.tcp_rmem=\"4096 1000 $((32*1024*1024))\""), 32u << 20);
  EXPECT_EQ(most_of("sysctl -q net.ipv4.tcp_rmem=\"4096 $(( 2 * 300 )) 500\""), 600u);
  EXPECT_EQ(after("sysctl -q net.ipv4.tcp_reordering=$((3))").notes().size(), 0u);
  for (const char* odd : {"$((1+1))", "$((", "$((x))", "$(())", "$((9999999999*9999999999))"}) {
    EXPECT_EQ(after("sysctl -q net.ipv4.tcp_sack=" + std::string{odd}).notes().size(), 1u) << odd;
  }
}

// RFC 6298 5.5, RFC 9768 3.2.3: what is Linux's own.
TEST(Commands, SetHowSynsGoAgainAndWhatIsCounted) {
  const auto tcp = after(
                       "sysctl -q net.ipv4.tcp_syn_linear_timeouts=2 net.ipv4.tcp_syn_retries=1\n"
                       "sysctl -q net.ipv4.tcp_rto_max_ms=1500 net.ipv4.tcp_rto_min_us=5000\n"
                       "sysctl -q net.ipv4.tcp_ecn_option=0 net.ipv4.tcp_ecn=2")
                       .settings()
                       .tcp;
  EXPECT_EQ(tcp.linear_syns, 2u);
  EXPECT_EQ(tcp.r2_syn, 5s);
  EXPECT_EQ(tcp.max_rto, 1500ms);
  EXPECT_EQ(tcp.min_rto, 5ms);
  EXPECT_EQ(tcp.acc_ecn_options, tcp::AccEcnOptions::none);
  EXPECT_EQ(tcp.ecn, tcp::EcnPolicy::answer_classic);
  EXPECT_EQ(after("sysctl -q tcp_ecn_option=1").settings().tcp.acc_ecn_options,
            tcp::AccEcnOptions::of_news);
  EXPECT_EQ(after("sysctl -q tcp_ecn_option=2").settings().tcp.acc_ecn_options,
            tcp::AccEcnOptions::in_all);
}

TEST(Commands, KnowTheUsualFile) {
  const auto tcp = after("../common/defaults.sh").settings().tcp;
  EXPECT_EQ(tcp.receive_buffer.most, 15u << 20);
  EXPECT_EQ(tcp.r2_syn, 63s);
  EXPECT_EQ(tcp.ecn, tcp::EcnPolicy::off);
}

TEST(Commands, ChangeTheRouteAndTheQueue) {
  const Commands route =
      after("ip route change 192.0.2.1 via 1.2.3.4 dev tun0 mtu lock 640 initcwnd 11");
  EXPECT_EQ(route.settings().links[0].mtu, 640u);
  EXPECT_EQ(route.settings().tcp.initial_window_segments, 11u);
  EXPECT_TRUE(after("tc qdisc replace dev tun0 root pfifo limit 0").is_mute());
  EXPECT_FALSE(after("tc qdisc replace dev tun0 root pfifo").is_mute());
}

TEST(Commands, ForgetWhatIsKnownOfPeersOnce) {
  Commands commands = after("ip tcp_metrics flush all > /dev/null 2>&1");
  EXPECT_TRUE(commands.take_forgetfulness());
  EXPECT_FALSE(commands.take_forgetfulness());
  EXPECT_FALSE(after("ip tcp_metrics show").take_forgetfulness());
}

TEST(Commands, DoWhatStandsBehindOrWhenTheFirstFails) {
  EXPECT_TRUE(after("true || sysctl -q net.ipv4.tcp_sack=0").settings().tcp.sack);
  EXPECT_FALSE(after("sysctl tcp_nothing=1 || sysctl tcp_sack=0").settings().tcp.sack);
}

TEST(Commands, SetFreebsdsSysctls) {
  const Commands commands = after(
      "sysctl -w net.inet.tcp.rfc1323=0; sysctl -w net.inet.tcp.ecn.enable=1\n"
      "sysctl -w kern.ipc.maxsockbuf=300000 net.inet.tcp.recvspace=2000\n"
      "sysctl -w net.inet.tcp.keepinit=9000 net.inet.tcp.keepcnt=3 net.inet.tcp.blackhole=0");
  const tcp::Settings& tcp = commands.settings().tcp;
  EXPECT_FALSE(tcp.timestamps);
  EXPECT_FALSE(tcp.window_scaling);
  EXPECT_EQ(tcp.ecn, tcp::EcnPolicy::ask);
  EXPECT_EQ(tcp.receive_buffer, (tcp::BufferSize{2000, 300'000}));
  EXPECT_EQ(tcp.r2_syn, 9s);
  EXPECT_EQ(tcp.keepalive_probes, 3u);
  EXPECT_TRUE(commands.notes().empty());
  EXPECT_EQ(after("sysctl net.inet.tcp.blackhole=2; sysctl net.inet.tcp.nothing=1").notes(),
            (std::vector<std::string>{"the sysctl net.inet.tcp.blackhole cannot be '2' here",
                                      "the sysctl net.inet.tcp.nothing is not known here"}));
}

TEST(Commands, AskHowManySocketsAreInAState) {
  Commands commands = after("sockstat -4 -P tcp -p 8080 -s | grep -c SYN_RCVD | grep 2");
  const std::vector<StateQuestion> questions = commands.take_questions();
  ASSERT_EQ(questions.size(), 1u);
  EXPECT_EQ(questions[0].state, tcp::State::syn_received);
  EXPECT_EQ(questions[0].count, 2u);
  EXPECT_TRUE(commands.take_questions().empty());
  EXPECT_TRUE(after("sockstat -s | grep -c CLOSED | grep 1").take_questions().empty());
}

TEST(Commands, NoteWhatTheyCannotDo) {
  EXPECT_EQ(after("foo; foo").notes(),
            std::vector<std::string>{"the command 'foo' is not known here, and was left out"});
  EXPECT_EQ(after("sysctl net.ipv4.tcp_sack=x").notes(),
            std::vector<std::string>{"the sysctl net.ipv4.tcp_sack cannot be 'x' here"});
  for (const char* name : {"exit", "rm"}) {
    EXPECT_EQ(after(std::string{name} + " -rf /").notes(),
              std::vector<std::string>{"the command '" + std::string{name} +
                                       "' is not known here, and was left out"});
  }
  EXPECT_EQ(after("ip link set dev tun0 down").notes(),
            std::vector<std::string>{"the command 'ip link' is not known here, and was left out"});
  const Commands route = after("ip route replace 192.0.2.1 dev tun0 mtu x initcwnd banana");
  EXPECT_EQ(route.notes(),
            (std::vector<std::string>{"the mtu of a route is no number, and was left out",
                                      "the initcwnd of a route is no number, and was left out"}));
  for (const char* root : {"root", "root handle 1:"}) {
    EXPECT_EQ(after(std::string{"tc qdisc add dev tun0 "} + root + " netem delay 10ms").notes(),
              std::vector<std::string>{"the queue 'netem' is not known here, and was left out"});
  }
  EXPECT_EQ(after("tc qdisc replace dev tun0 root fq").notes(),
            std::vector<std::string>{"the queue 'fq' is not known here: nothing is paced"});
  EXPECT_TRUE(
      after("tc qdisc del dev tun0 root; tc qdisc add dev tun0 root handle").notes().empty());
  EXPECT_TRUE(after("tc qdisc replace dev tun0 root pfifo limit 0").notes().empty());
  EXPECT_TRUE(after("ethtool -K tun0 tso off > /dev/null 2>&1").notes().empty());
}

TEST(Sysctl, SaysWhatBecameOfIt) {
  HostSettings settings;
  EXPECT_EQ(set_sysctl("net.ipv4.ip_default_ttl", "9", settings), SysctlVerdict::applied);
  EXPECT_EQ(settings.ttl, 9);
  EXPECT_EQ(set_sysctl("tcp_congestion_control", "reno", settings), SysctlVerdict::applied);
  EXPECT_EQ(set_sysctl("tcp_congestion_control", "vegas", settings), SysctlVerdict::bad_value);
  EXPECT_EQ(set_sysctl("tcp_rmem", "1 2", settings), SysctlVerdict::bad_value);
  EXPECT_EQ(set_sysctl("tcp_frto", "2", settings), SysctlVerdict::without_effect);
  EXPECT_EQ(set_sysctl("tcp_nothing", "2", settings), SysctlVerdict::unknown);
}

}  // namespace
}  // namespace acksu::packetdrill
