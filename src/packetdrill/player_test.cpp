// Scripts played: what passes, and what is said of what does not.
#include "packetdrill/player.h"

#include <gtest/gtest.h>

#include "packetdrill/mistake.h"
#include "packetdrill/parser.h"

namespace acksu::packetdrill {
namespace {

constexpr const char* opening =
    "`sysctl -q net.ipv4.tcp_timestamps=0`\n"
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
    "+0 bind(3, ..., ...) = 0\n"
    "+0 listen(3, 1) = 0\n"
    "+0 < S 0:0(0) win 32000 <mss 1000,nop,wscale 7>\n"
    "+0 > S. 0:0(0) ack 1 <mss 1460,nop,wscale 7>\n"
    "+.1 < . 1:1(0) ack 1 win 500\n"
    "+0 accept(3, ..., ...) = 4\n";

Report play(const std::string& text, const std::vector<ScriptOption>& more = {}) {
  const Script script = parse_script(text, more);
  return Player{script, more}.play();
}

std::string said(const std::string& text, const std::vector<ScriptOption>& more = {}) {
  return to_string(play(text, more), "x");
}

TEST(Player, PlaysTheSameScriptOverEachVersionOfIp) {
  for (const char* const version : {"ipv4", "ipv4-mapped-ipv6", "ipv6"}) {
    const std::vector<ScriptOption> options{{"ip_version", version}};
    EXPECT_EQ(said(opening + std::string{"+0 write(4, ..., 100) = 100\n"
                                         "+0 > P. 1:101(100) ack 1"},
                   options),
              "")
        << version;
  }
}

TEST(Player, ShowsWhatDiffers) {
  EXPECT_EQ(said(opening + std::string{"+0 write(4, ..., 100) = 100\n"
                                       "+0 > P. 1:102(101) ack 1"}),
            "x:10: the host has sent another packet\n"
            "    - > P. 1:102(101) ack 1\n"
            "    + > P. 1:101(100) ack 1\n"
            "    bytes of text: expected 101, actual 100\n");
}

TEST(Player, SaysWhenNothingCame) {
  EXPECT_EQ(said(opening + std::string{"+0 > P. 1:101(100) ack 1"}),
            "x:9: the host has not sent this packet\n    - > P. 1:101(100) ack 1\n");
}

TEST(Player, ChecksTimes) {
  EXPECT_EQ(said(opening + std::string{"+0 write(4, ..., 100) = 100\n"
                                       "+.5 > P. 1:101(100) ack 1"}),
            "x:10: the host has sent this packet at 0.100000 s, expected at 0.600000 s\n"
            "    - > P. 1:101(100) ack 1\n");
  const std::string early = opening + std::string{
                                          "+0 write(4, ..., 100) = 100\n"
                                          "+.003 > P. 1:101(100) ack 1"};
  EXPECT_EQ(said(early), "");
  EXPECT_NE(said(early, {{"tolerance_usecs", "1000"}}), "");
}

TEST(Player, ChecksWhatCallsReturn) {
  EXPECT_EQ(said(opening + std::string{"+0 shutdown(4, SHUT_WR) = -1 ENOTCONN (x)"}),
            "x:9: shutdown() has returned 0\n"
            "    - shutdown(4, SHUT_WR) = -1 ENOTCONN\n"
            "    + shutdown(4, SHUT_WR) = 0\n");
  EXPECT_EQ(said(opening + std::string{"+0 read(4, ..., 9) = 9"}),
            "x:9: read() has blocked\n    - read(4, ..., 9) = 9\n");
}

TEST(Player, LetsCallsBlock) {
  const std::string waits = opening + std::string{"+0...0.2 read(4, ..., 9) = 9\n"};
  EXPECT_EQ(said(waits + "+.2 < . 1:10(9) ack 1 win 500\n"), "");
  EXPECT_EQ(said(waits + "+.1 < . 1:10(9) ack 1 win 500\n"),
            "x:9: read() has returned at 0.200000 s, expected at 0.300000 s\n");
  EXPECT_EQ(said(waits), "x:9: read() has not returned\n");
}

TEST(Player, ToldApartAreScriptsThatCannotBePlayed) {
  const Report report = play(opening + std::string{"+0 fork() = 0"});
  EXPECT_FALSE(report.is_readable);
  EXPECT_EQ(report.failure, "there is no call fork() here");
  EXPECT_EQ(report.line, 9u);
}

TEST(Player, NamesWhatACommandCannotDoHere) {
  EXPECT_EQ(said("`frobnicate; sysctl -q net.ipv4.tcp_foo=1`\n0 socket(..., SOCK_STREAM, 0) = 3"),
            "x: note: the command 'frobnicate' is not known here, and was left out\n"
            "x: note: the sysctl net.ipv4.tcp_foo is not known here\n");
}

TEST(Player, RefusesOptionsThatMeanNothing) {
  EXPECT_THROW(play("--foo=1\n0 close(3) = -1"), Mistake);
  EXPECT_THROW(play("--ip_version=ipv9\n0 close(3) = -1"), Mistake);
  EXPECT_THROW(play("--ip_version=ipv6 --local_ip=10.0.0.1\n0 close(3) = -1"), Mistake);
  EXPECT_THROW(play("--mtu=x\n0 close(3) = -1"), Mistake);
}

TEST(Player, DoesTheSameEachTime) {
  const std::string text = opening + std::string{
                                         "+0 write(4, ..., 9000) = 9000\n"
                                         "* > . 1:1001(1000) ack 1"};
  EXPECT_EQ(said(text), said(text));
}

// A script of FreeBSD's is known by its sysctls, and says what is FreeBSD's about it.
const std::string of_freebsd =
    "0 `sysctl -w net.inet.tcp.recvspace=65536`\n"
    "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
    "+0 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [65536], [4]) = 0\n"
    "+0 bind(3, ..., ...) = 0\n"
    "+0 listen(3, 1) = 0\n"
    "+0 `sockstat -s | grep -c SYN_RCVD | grep 0`\n"
    "+0 < S 0:0(0) win 32000 <mss 1460,nop,nop,sackOK,nop,wscale 7>\n"
    "+0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 6,sackOK,eol,eol>\n"
    "+0 `sockstat -s | grep -c SYN_RCVD | grep 1`\n"
    "+.1 < . 1:1(0) ack 1 win 500\n"
    "+0 accept(3, ..., ...) = 4\n"
    "+0 getsockopt(4, SOL_SOCKET, SO_RCVBUF, [65700], [4]) = 0\n"
    "+0 %{ assert tcpi_state == TCPI_ESTABLISHED }%\n";

TEST(Player, KnowsScriptsOfFreebsdByTheirSysctls) {
  EXPECT_EQ(said(of_freebsd), "");
  EXPECT_NE(said(of_freebsd, {{"profile", "linux"}}), "");
  EXPECT_EQ(said(of_freebsd.substr(of_freebsd.find('\n') + 1), {{"profile", "freebsd"}}), "");
  EXPECT_THROW(said(of_freebsd, {{"profile", "plan9"}}), Mistake);
}

TEST(Player, CountsSocketsForSockstat) {
  const std::string text = said(of_freebsd + "+0 `sockstat | grep -c TIME_WAIT | grep 1`\n");
  EXPECT_NE(text.find("sockets in TIME-WAIT: expected 1, actual 0"), std::string::npos) << text;
}

// Our FIN crosses the peer's: FreeBSD's ACK of that carries the FIN once more.
TEST(Player, TakesTheAckForTheFinThatFreebsdSendsAgain) {
  const std::string crossing =
      "+0 close(4) = 0\n"
      "+0 > F. 1:1(0) ack 1\n"
      "+0 < F. 1:1(0) ack 1 win 500\n"
      "+0 > F. 1:1(0) ack 2\n";
  EXPECT_EQ(said(of_freebsd + crossing), "");
  const std::string changed = crossing.substr(0, crossing.size() - 2) + "3\n";
  EXPECT_NE(said(of_freebsd + changed), "");
}

TEST(Player, TakesTheTimeOfAnOpeningFromFreebsdsOption) {
  const std::string attempt =
      "0 `sysctl -w net.inet.tcp.keepinit=9000`\n"
      "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
      "+0 %{ assert tcpi_state == TCPI_CLOSED }%\n"
      "+0 getsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [9], [4]) = 0\n"
      "+0 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [2], 4) = 0\n"
      "+0...2 connect(3, ..., ...) = -1 ETIMEDOUT\n"
      "+0 > S 0:0(0) <...>\n"
      "+1 > S 0:0(0) <...>\n";
  EXPECT_EQ(said(attempt), "");
}

TEST(Player, KnowsThatTwoErrorsAreOne) {
  EXPECT_EQ(said(of_freebsd + "+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
                              "+0 read(4, ..., 10) = -1 EWOULDBLOCK\n"
                              "+0 read(4, ..., 10) = -1 EAGAIN\n"),
            "");
}

}  // namespace
}  // namespace acksu::packetdrill
