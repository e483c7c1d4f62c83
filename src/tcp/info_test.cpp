// What Info says of a connection, number by number, and the fields of segments that no connection
// speaks: ACKs of TIME-WAIT and of half-open records.
#include <gtest/gtest.h>

#include <array>

#include "tcp/half_open.h"
#include "tcp/lone_test.h"
#include "tcp/sender_lab_test.h"
#include "tcp/time_wait.h"

namespace acksu::tcp {
namespace {

// ---- A sender with a hole (RFC 6675's variables) ------------------------------------------------

TEST(Info, OfAHoleThatIsRepaired) {
  Lab lab({.sack = true});
  const Info fresh = lab.info();
  EXPECT_EQ(fresh.snd.queued_bytes, 0u);
  EXPECT_EQ(fresh.snd.outstanding_segments, 0u);
  EXPECT_EQ(fresh.snd.delivered_segments, 1u);  // the SYN
  EXPECT_EQ(fresh.snd.cwnd, 10'000u);
  EXPECT_EQ(fresh.snd.ssthresh, no_ssthresh);
  EXPECT_EQ(fresh.snd.iss, Seq{Lab::first_seq - 1});
  EXPECT_EQ(fresh.snd.una, Seq{Lab::first_seq});
  EXPECT_EQ(fresh.snd.wnd, 60'000u);
  EXPECT_EQ(fresh.snd.mss, 1000u);
  EXPECT_TRUE(fresh.has_sack);
  EXPECT_TRUE(fresh.has_ecn);
  EXPECT_FALSE(fresh.has_timestamps);
  EXPECT_EQ(fresh.srtt, Duration{100ms});
  EXPECT_EQ(fresh.rto, Duration{300ms});

  lab.write(12'500);
  lab.send();
  const Instant sent_at = lab.desk.now;
  const Info sent = lab.info();
  EXPECT_EQ(sent.snd.queued_bytes, 12'500u);
  EXPECT_EQ(sent.snd.unsent_bytes, 2'500u);
  EXPECT_EQ(sent.snd.in_flight_bytes, 10'000u);
  EXPECT_EQ(sent.snd.outstanding_segments, 10u);
  EXPECT_EQ(sent.snd.transmissions, 1);
  EXPECT_EQ(sent.snd.last_sent, sent_at);
  EXPECT_EQ(sent.snd.nxt - sent.snd.una, 10'000);
  EXPECT_EQ(sent.limited_by, LimitedBy::congestion_window);

  lab.desk.now += 100ms;
  lab.acknowledge(1000, {.sacks = {{3000, 7000}}});
  const Info hole = lab.info();
  EXPECT_EQ(hole.snd.una, Seq{Lab::first_seq + 1000});
  EXPECT_EQ(hole.snd.sacked_bytes, 4'000u);
  EXPECT_EQ(hole.snd.sacked_segments, 4u);
  EXPECT_EQ(hole.snd.lost_bytes, 2'000u);
  EXPECT_EQ(hole.snd.lost_segments, 2u);
  EXPECT_EQ(hole.snd.in_flight_bytes, 3'000u);
  EXPECT_EQ(hole.snd.again_bytes, 0u);
  EXPECT_EQ(hole.snd.delivered_segments, 6u);
  EXPECT_STREQ(hole.snd.phase, "fast recovery");

  lab.send();
  const Info again = lab.info();
  EXPECT_EQ(again.snd.transmissions, 2);
  EXPECT_EQ(again.snd.lost_bytes + again.snd.again_bytes, 2'000u);
  EXPECT_EQ(again.snd.lost_segments + again.snd.again_segments, 2u);
  EXPECT_GE(again.snd.again_bytes, 1'000u);
  EXPECT_EQ(again.retransmitted_bytes, again.snd.again_bytes);
  EXPECT_EQ(again.retransmitted_segments, again.snd.again_segments);

  lab.desk.now += 100ms;
  lab.acknowledge(10'000);
  const Info whole = lab.info();
  EXPECT_EQ(whole.snd.sacked_bytes, 0u);
  EXPECT_EQ(whole.snd.sacked_segments, 0u);
  EXPECT_EQ(whole.snd.lost_bytes, 0u);
  EXPECT_EQ(whole.snd.again_bytes, 0u);
  EXPECT_EQ(whole.retransmitted_bytes, again.retransmitted_bytes) << "ever";
}

TEST(Info, OfAFin) {
  Lab lab;
  lab.close();
  EXPECT_TRUE(lab.info().snd.is_closed);
  EXPECT_EQ(lab.info().snd.outstanding_segments, 0u);
  lab.send();
  EXPECT_EQ(lab.info().snd.outstanding_segments, 1u);
  lab.acknowledge(1);
  EXPECT_EQ(lab.info().snd.outstanding_segments, 0u);
}

TEST(Info, OfAScaledWindow) {
  Lab lab({.window = 600'000, .shift = 4});
  EXPECT_EQ(lab.info().snd.wscale, 4);
  EXPECT_EQ(lab.info().snd.wnd, 600'000u);
  EXPECT_EQ(lab.sender.window_unit(), 16u);
  EXPECT_EQ(lab.sender.largest_window(), 600'000u);
}

TEST(Info, OfAConnectionCountsBothWays) {
  Lone end;
  end.connect();
  EXPECT_EQ(end.info().snd.outstanding_segments, 1u);  // the SYN, which is still to leave
  EXPECT_EQ(end.info().snd.delivered_segments, 0u);
  std::size_t said = end.hear_said().size();
  end.hear("SYN+ACK", -1, 0);
  said += end.hear_said().size();
  EXPECT_EQ(said, 2u);
  end.desk.now += 1s;
  end.hear("ACK", 0, 0, 100);
  end.hear("ACK", 200, 0, 50);
  end.write(10);
  said += end.hear_said().size();
  const Info info = end.info();
  EXPECT_EQ(info.segments_in, 3u);
  EXPECT_EQ(info.segments_out, said);
  EXPECT_EQ(info.bytes_received, 100u);
  EXPECT_EQ(info.bytes_acked, 0u);
  EXPECT_EQ(info.last_heard, end.desk.now);
  EXPECT_EQ(info.rcv.irs, Seq{Lone::theirs - 1});
  EXPECT_EQ(info.rcv.nxt, Seq{Lone::theirs + 100});
  EXPECT_EQ(info.rcv.unread_bytes, 100u);
  EXPECT_EQ(info.rcv.out_of_order_bytes, 50u);
  EXPECT_EQ(info.rcv.mss, 1000u);
  EXPECT_FALSE(info.rcv.is_ended);
  EXPECT_EQ(info.tuple, end.desk.tuple);
  EXPECT_EQ(info.held_bytes, sizeof(Connection));
  end.hear("ACK", 100, 10);
  EXPECT_EQ(end.info().bytes_acked, 10u);
  EXPECT_EQ(end.info().time_outs, 0u);
  end.write(10);
  end.hear_said();
  end.pass(end.connection->deadline() - end.desk.now);
  EXPECT_EQ(end.info().time_outs, 1u);
}

// ---- Segments of records ------------------------------------------------------------------------

TEST(Info, OfAnAckInTimeWait) {
  Remains remains;
  remains.snd_nxt = Seq{500};
  remains.rcv_nxt = Seq{1000};
  remains.rcv_wnd = 8000;
  remains.receive_shift = 3;
  remains.has_timestamps = true;
  remains.ts_recent = 77;
  remains.ace = 5;
  const Desk desk;
  const TimeWait record{remains};
  const Segment ack = record.ack(desk.tuple, 9, desk.now);
  EXPECT_EQ(ack.source_port, desk.tuple.local.port);
  EXPECT_EQ(ack.destination_port, desk.tuple.remote.port);
  EXPECT_EQ(ack.seq, Seq{500});
  EXPECT_EQ(ack.ack, Seq{1000});
  EXPECT_EQ(ack.window, 1000);
  EXPECT_TRUE(ack.has(Flags::ack));
  EXPECT_EQ(ack.flags.ace(), 5);
  EXPECT_EQ(ack.options.timestamps.value, timestamp_at(desk.now, 9));
  EXPECT_EQ(ack.options.timestamps.echo_reply, 77u);
  EXPECT_EQ(record.window_bytes(), 8000u);
  // RFC 9293 3.6.1: beyond all that was sent.
  EXPECT_EQ(record.iss_beyond(Seq{501}), Seq{501});
  EXPECT_EQ(record.iss_beyond(Seq{500}), Seq{500 + 0x1'0000});
}

TEST(Info, OfASynAckAndOfTheAckBehindIt) {
  const Desk desk;
  Segment syn;
  syn.flags.set(Flags::syn);
  syn.seq = Seq{999};
  syn.options.mss = 1200;
  syn.options.window_scale = 2;
  syn.options.sack_permitted = true;
  syn.options.has_timestamps = true;
  syn.options.timestamps.value = 55;
  const Opening opening{.tuple = desk.tuple, .iss = Seq{7000}, .timestamp_offset = 9, .mss = 1460};
  HalfOpen record{syn, opening, BufferSize{400'000}, Settings{}};
  const Segment syn_ack = record.syn_ack(desk.tuple, 1460, desk.now);
  EXPECT_EQ(syn_ack.source_port, desk.tuple.local.port);
  EXPECT_EQ(syn_ack.destination_port, desk.tuple.remote.port);
  EXPECT_EQ(syn_ack.seq, Seq{7000});
  EXPECT_EQ(syn_ack.ack, Seq{1000});
  EXPECT_TRUE(syn_ack.has(Flags::syn));
  EXPECT_TRUE(syn_ack.has(Flags::ack));
  EXPECT_EQ(syn_ack.window, 0xffff);
  EXPECT_EQ(syn_ack.options.mss, 1460);
  EXPECT_TRUE(syn_ack.options.sack_permitted);
  const std::uint8_t shift = window_shift_for(BufferSize{400'000});
  EXPECT_EQ(shift, 3);
  EXPECT_EQ(syn_ack.options.window_scale, shift);
  EXPECT_EQ(syn_ack.options.timestamps.echo_reply, 55u);
  EXPECT_EQ(syn_ack.options.timestamps.value, timestamp_at(desk.now, 9));
  const Segment ack = record.ack(desk.tuple, desk.now);
  EXPECT_EQ(ack.seq, Seq{7001});
  EXPECT_EQ(ack.ack, Seq{1000});
  EXPECT_EQ(ack.window, 0xffff >> 3);
  EXPECT_FALSE(ack.has(Flags::syn));
  const Accepted accepted = record.accepted(desk.now + 30ms);
  EXPECT_EQ(accepted.irs, Seq{999});
  EXPECT_EQ(accepted.ts_recent, 55u);
  EXPECT_EQ(accepted.offered_window, 0xffff);
  EXPECT_EQ(accepted.handshake_rtt, Duration{30ms});
  EXPECT_EQ(accepted.agreement.peer_mss, 1200u);
  EXPECT_EQ(accepted.agreement.send_shift, 2);
  EXPECT_EQ(accepted.agreement.receive_shift, 3);
  record.syn_ack(desk.tuple, 1460, desk.now);
  EXPECT_FALSE(record.accepted(desk.now).handshake_rtt.has_value()) << "Karn";
  EXPECT_EQ(record.accepted(desk.now).syn_acks_sent, 2);
}

}  // namespace
}  // namespace acksu::tcp
