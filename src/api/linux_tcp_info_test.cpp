// Tests of TCP_INFO: the layout is that of Linux, and the numbers are those of the connection.
#include "api/linux_tcp_info.h"

#include <gtest/gtest.h>
#include <linux/tcp.h>

#include <array>
#include <cstring>

#include "host/pair_test.h"

namespace acksu {
namespace {

// Bits of Linux's that lie together have no offset of their own: they are tested by value.
#define SAME(ours, theirs)                                                   \
  static_assert(offsetof(LinuxTcpInfo, ours) == offsetof(tcp_info, theirs)); \
  static_assert(sizeof(LinuxTcpInfo::ours) == sizeof(tcp_info::theirs))
SAME(state, tcpi_state);
SAME(ca_state, tcpi_ca_state);
SAME(retransmits, tcpi_retransmits);
SAME(probes, tcpi_probes);
SAME(backoff, tcpi_backoff);
SAME(options, tcpi_options);
SAME(rto, tcpi_rto);
SAME(ato, tcpi_ato);
SAME(snd_mss, tcpi_snd_mss);
SAME(rcv_mss, tcpi_rcv_mss);
SAME(unacked, tcpi_unacked);
SAME(sacked, tcpi_sacked);
SAME(lost, tcpi_lost);
SAME(retrans, tcpi_retrans);
SAME(fackets, tcpi_fackets);
SAME(last_data_sent, tcpi_last_data_sent);
SAME(last_ack_sent, tcpi_last_ack_sent);
SAME(last_data_recv, tcpi_last_data_recv);
SAME(last_ack_recv, tcpi_last_ack_recv);
SAME(pmtu, tcpi_pmtu);
SAME(rcv_ssthresh, tcpi_rcv_ssthresh);
SAME(rtt, tcpi_rtt);
SAME(rttvar, tcpi_rttvar);
SAME(snd_ssthresh, tcpi_snd_ssthresh);
SAME(snd_cwnd, tcpi_snd_cwnd);
SAME(advmss, tcpi_advmss);
SAME(reordering, tcpi_reordering);
SAME(rcv_rtt, tcpi_rcv_rtt);
SAME(rcv_space, tcpi_rcv_space);
SAME(total_retrans, tcpi_total_retrans);
SAME(pacing_rate, tcpi_pacing_rate);
SAME(max_pacing_rate, tcpi_max_pacing_rate);
SAME(bytes_acked, tcpi_bytes_acked);
SAME(bytes_received, tcpi_bytes_received);
SAME(segs_out, tcpi_segs_out);
SAME(segs_in, tcpi_segs_in);
SAME(notsent_bytes, tcpi_notsent_bytes);
SAME(min_rtt, tcpi_min_rtt);
SAME(data_segs_in, tcpi_data_segs_in);
SAME(data_segs_out, tcpi_data_segs_out);
SAME(delivery_rate, tcpi_delivery_rate);
SAME(busy_time, tcpi_busy_time);
SAME(rwnd_limited, tcpi_rwnd_limited);
SAME(sndbuf_limited, tcpi_sndbuf_limited);
SAME(delivered, tcpi_delivered);
SAME(delivered_ce, tcpi_delivered_ce);
SAME(bytes_sent, tcpi_bytes_sent);
SAME(bytes_retrans, tcpi_bytes_retrans);
SAME(dsack_dups, tcpi_dsack_dups);
SAME(reord_seen, tcpi_reord_seen);
SAME(rcv_ooopack, tcpi_rcv_ooopack);
SAME(snd_wnd, tcpi_snd_wnd);
#undef SAME

tcp_info as_linux(const LinuxTcpInfo& ours) {
  tcp_info theirs{};
  std::memcpy(&theirs, &ours, std::min(sizeof theirs, sizeof ours));
  return theirs;
}

TEST(LinuxTcpInfo, TellsOfALiveConnection) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  ASSERT_TRUE(pair.a.write(ends.at_a, bytes_of(std::string(30'000, 'x')), pair.now));
  pair.pass(250ms);
  const tcp_info info = as_linux(linux_tcp_info(*pair.a.info(ends.at_a), pair.now));
  EXPECT_EQ(info.tcpi_state, 1);  // TCP_ESTABLISHED
  EXPECT_EQ(info.tcpi_ca_state, TCP_CA_Open);
  EXPECT_EQ(info.tcpi_options, TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
  const tcp::Info inside = *pair.a.info(ends.at_a);
  EXPECT_EQ(info.tcpi_snd_wscale, inside.snd.wscale);
  EXPECT_EQ(info.tcpi_rcv_wscale, inside.rcv.wscale);
  EXPECT_EQ(info.tcpi_snd_mss, 1448u);
  EXPECT_EQ(info.tcpi_pmtu, 1500u);
  EXPECT_EQ(info.tcpi_advmss, 1460u);
  EXPECT_EQ(info.tcpi_bytes_acked, 30'000u);
  EXPECT_EQ(info.tcpi_bytes_sent, 30'000u);
  EXPECT_EQ(info.tcpi_unacked, 0u);
  EXPECT_EQ(info.tcpi_total_retrans, 0u);
  EXPECT_GE(info.tcpi_snd_cwnd, 10u);
  EXPECT_EQ(info.tcpi_snd_ssthresh, 0x7fff'ffffu);
  EXPECT_EQ(info.tcpi_last_data_sent, 250u);
  EXPECT_EQ(info.tcpi_rto, static_cast<unsigned>(inside.rto / 1us));
  EXPECT_GT(info.tcpi_segs_out, 20u);
  EXPECT_EQ(info.tcpi_data_segs_out, 21u);
  EXPECT_EQ(info.tcpi_rwnd_limited, 0u);
  const tcp_info peer = as_linux(linux_tcp_info(*pair.b.info(ends.at_b), pair.now));
  EXPECT_EQ(peer.tcpi_bytes_received, 30'000u);
  EXPECT_EQ(peer.tcpi_data_segs_in, 21u);
  EXPECT_EQ(peer.tcpi_rcv_mss, 1448u);
}

// Every other segment is lost for a while: what is missing, what was sent again, and since when.
TEST(LinuxTcpInfo, TellsOfLosses) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  std::size_t sent = 0;
  pair.passes = [&](const Frame& frame, bool from_a) {
    return !from_a || frame.bytes.size() < 1000 || ++sent != 2;
  };
  ASSERT_TRUE(pair.a.write(ends.at_a, bytes_of(std::string(14'480, 'x')), pair.now));
  pair.pass(5s);
  const tcp_info info = as_linux(linux_tcp_info(*pair.a.info(ends.at_a), pair.now));
  EXPECT_EQ(info.tcpi_total_retrans, 1u);
  EXPECT_EQ(info.tcpi_bytes_retrans, 1448u);
  EXPECT_EQ(info.tcpi_bytes_sent, 14'480u + 1448);
  EXPECT_EQ(info.tcpi_bytes_acked, 14'480u);
}

TEST(LinuxTcpInfo, CountsWhatIsMissingNow) {
  tcp::Info inside;
  inside.state = tcp::State::close_wait;
  inside.snd.mss = 1000;
  inside.snd.una = Seq{0};
  inside.snd.nxt = Seq{10'000};
  inside.snd.sacked_bytes = 3000;
  inside.snd.outstanding_segments = 10;
  inside.snd.lost_segments = 2;
  inside.snd.sacked_segments = 3;
  inside.snd.delivered_segments = 4;
  inside.snd.reordering_bytes = 4500;
  inside.snd.reorderings = 2;
  inside.snd.transmissions = 3;
  inside.snd.phase = "loss recovery";
  inside.snd.pacing_rate = 1'500'000;
  inside.snd.delivery_rate = 1'250'000;
  inside.snd.is_application_limited = true;
  const tcp_info info = as_linux(linux_tcp_info(inside, Instant{}));
  EXPECT_EQ(info.tcpi_state, 8);  // TCP_CLOSE_WAIT
  EXPECT_EQ(info.tcpi_ca_state, TCP_CA_Loss);
  EXPECT_EQ(info.tcpi_unacked, 10u);
  EXPECT_EQ(info.tcpi_lost, 2u);
  EXPECT_EQ(info.tcpi_sacked, 3u);
  EXPECT_EQ(info.tcpi_delivered, 4u);
  EXPECT_EQ(info.tcpi_reordering, 6u);
  EXPECT_EQ(info.tcpi_reord_seen, 2u);
  EXPECT_EQ(info.tcpi_retransmits, 2);
  EXPECT_EQ(info.tcpi_pacing_rate, 1'500'000u);
  EXPECT_EQ(info.tcpi_delivery_rate, 1'250'000u);
  EXPECT_EQ(info.tcpi_delivery_rate_app_limited, 1);
  EXPECT_EQ(info.tcpi_min_rtt, 0xffff'ffffu);
}

TEST(LinuxTcpInfo, IsCutForThoseWhoAskForLess) {
  std::array<std::uint8_t, 24> few{};
  few.back() = 0xaa;
  tcp::Info inside;
  inside.state = tcp::State::listen;
  EXPECT_EQ(write_linux_tcp_info(inside, Instant{}, MutableBytes{few}.first(23)), 23u);
  EXPECT_EQ(few.front(), 10);
  EXPECT_EQ(few.back(), 0xaa);
  std::array<std::uint8_t, 1000> many{};
  EXPECT_EQ(write_linux_tcp_info(inside, Instant{}, many), sizeof(LinuxTcpInfo));
}

}  // namespace
}  // namespace acksu
