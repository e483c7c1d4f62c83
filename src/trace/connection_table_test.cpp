// Tests of the table of connections: values as ss shows them, and nothing where nothing is known.
#include "trace/connection_table.h"

#include <gtest/gtest.h>

#include "host/pair_test.h"

namespace acksu::trace {
namespace {

tcp::Info established() {
  tcp::Info info;
  info.tuple = {{IpAddress::v4(10, 9, 0, 2), 80}, {IpAddress::v4(10, 9, 0, 1), 41236}};
  info.state = tcp::State::established;
  info.snd.una = Seq{1000};
  info.snd.nxt = Seq{1000 + 2 * 1448 + 1};
  info.snd.queued_bytes = 5000;
  info.snd.cwnd = 20 * 1448;
  info.snd.ssthresh = 0xffff'ffff;
  info.snd.mss = 1448;
  info.snd.wscale = 7;
  info.snd.congestion = tcp::CongestionAlgorithm::cubic;
  info.snd.last_sent = Instant{1s};
  info.last_heard = Instant{1500ms};
  info.rcv.wscale = 4;
  info.rcv.buffer_bytes = 65536;
  info.has_timestamps = info.has_sack = true;
  info.srtt = 20ms;
  info.rttvar = 1250us;
  info.rto = 220ms;
  info.bytes_acked = 1'000'000;
  return info;
}

TEST(ConnectionTable, SaysWhatSsSays) {
  const std::string text = connection_lines(established(), Instant{2s});
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "ESTAB      0        5000     10.9.0.2:80               10.9.0.1:41236");
  for (const char* word :
       {" ts ", " sack ", " cubic ", " wscale:7,4 ", " rto:220 ", " rtt:20/1.25 ", " mss:1448 ",
        " pmtu:1500 ", " cwnd:20 ", " bytes_sent:1002897 ", " bytes_acked:1000000 ",
        " send 11.5Mbps ", " lastsnd:1000 ", " lastrcv:500 ", " unacked:3 ", " rcv_space:65536 "}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  }
  for (const char* word :
       {"ssthresh", "retrans", "lost", "sacked", "minrtt", "ecn", "notsent", "_rate"}) {
    EXPECT_EQ(text.find(word), std::string::npos) << word << "\n" << text;
  }
}

TEST(ConnectionTable, TellsWhatHeldTheSenderUp) {
  tcp::Info info = established();
  info.text_segments_out = 7;
  info.text_segments_in = 3;
  info.times.become(tcp::SendWait::acks, Instant{1s});
  std::string text = connection_lines(info, Instant{1200ms});
  EXPECT_NE(text.find(" data_segs_out:7 data_segs_in:3 "), std::string::npos) << text;
  EXPECT_NE(text.find(" busy:200ms lastsnd"), std::string::npos) << text;
  info.times.become(tcp::SendWait::window, Instant{1300ms});
  info.times.become(tcp::SendWait::room, Instant{1325ms});
  text = connection_lines(info, Instant{1400ms});
  const char* all = " busy:400ms rwnd_limited:25ms(6.2%) sndbuf_limited:75ms(18.7%) ";
  EXPECT_NE(text.find(all), std::string::npos) << text;
  const auto years = std::chrono::hours{24 * 365 * 4};
  text = connection_lines(info, Instant{1325ms} + years);
  EXPECT_NE(text.find("ms(99.9%) "), std::string::npos) << text;
}

TEST(ConnectionTable, TellsLossesWhileThereAreAny) {
  tcp::Info info = established();
  info.snd.ssthresh = 10 * 1448;
  info.snd.lost_bytes = 1448;
  info.snd.sacked_bytes = 1449;
  info.snd.transmissions = 3;
  info.retransmitted_segments = 5;
  info.retransmitted_bytes = 5 * 1448;
  info.min_rtt = 19ms;
  info.snd.pacing_rate = 1'500'000;
  info.snd.delivery_rate = 1'250'000;
  info.snd.is_application_limited = true;
  const std::string text = connection_lines(info, Instant{2s});
  for (const char* word : {" ssthresh:10 ", " bytes_retrans:7240 ", " bytes_sent:1010137 ",
                           " retrans:2/5 ", " lost:1 ", " sacked:2 ", " minrtt:19 ",
                           " pacing_rate 12Mbps delivery_rate 10Mbps app_limited "}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  }
}

TEST(ConnectionTable, KeepsLongAddressesApart) {
  tcp::Info info;
  info.state = tcp::State::time_wait;
  info.tuple = {{IpAddress{0x2001'0db8'1111'2222, 0x3333'4444'5555'6666}, 65535},
                {IpAddress{0x2001'0db8'1111'2222, 0x3333'4444'5555'7777}, 443}};
  EXPECT_EQ(connection_lines(info, Instant{}),
            "TIME-WAIT  0        0        [2001:db8:1111:2222:3333:4444:5555:6666]:65535 "
            "[2001:db8:1111:2222:3333:4444:5555:7777]:443\n");
}

TEST(ConnectionTable, ShowsAHostAsItIs) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  ASSERT_TRUE(pair.b.listen({{}, 81}, {}, pair.now));
  const std::string text(30'000, 'x');
  ASSERT_TRUE(pair.a.write(ends.at_a, bytes_of(text), pair.now));
  pair.pass(1s);
  const std::string table = connection_table(pair.b.sockets(), pair.now);
  EXPECT_EQ(table.find("State"), 0u);
  EXPECT_NE(table.find("LISTEN"), std::string::npos);
  EXPECT_NE(table.find("ESTAB      30000"), std::string::npos) << table;
  EXPECT_NE(table.find(" bytes_received:30000 "), std::string::npos) << table;
  const std::string other = connection_table(pair.a.sockets(), pair.now);
  EXPECT_NE(other.find(" bytes_sent:30000 bytes_acked:30000 "), std::string::npos) << other;
}

}  // namespace
}  // namespace acksu::trace
