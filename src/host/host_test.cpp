// Two hosts back to back: each way through a connection's life, and nothing held after it.
#include "host/host.h"

#include <gtest/gtest.h>

#include "host/pair_test.h"
#include "wire/icmp.h"

namespace acksu {
namespace {

using tcp::Event;
using tcp::State;

constexpr Duration two_msl = 60s;

// ---- ARP, ICMP, UDP -----------------------------------------------------------------------------

TEST(Host, AsksForItsNeighbourAndPings) {  // RFC 1122 3.2.2.6 (a), (b), (d), (e), (f).
  Pair pair;
  ASSERT_EQ(pair.a.ping(Pair::b_address, {7, 1}, bytes_of("hello"), pair.now), Error::none);
  EXPECT_EQ(pair.a.holdings().replies, 1u) << "the request is parked, ARP is queued";
  pair.settle();
  const auto reply = pair.a.next_echo_reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->from, Pair::b_address);
  EXPECT_EQ(reply->identifier, 7);
  EXPECT_EQ(reply->payload_bytes, 5u);
  EXPECT_FALSE(pair.a.next_echo_reply());
  EXPECT_EQ(pair.a.counters().frames_out, 2u);
  EXPECT_EQ(pair.b.counters().frames_out, 2u);
  pair.pass(10s);
  pair.expect_nothing_held();
}

// RFC 1122 3.2.2.6 (e): all the data comes back, whatever a link takes at once; the first question
// waits for ARP.
TEST(Host, AnswersLargeEchoesWhole) {
  std::uint16_t number = 0;
  for (const std::size_t bytes : {1472u, 1473u, 8000u, 30'000u, 65'507u}) {
    Pair pair;
    const std::string text(bytes, 'x');
    ASSERT_EQ(pair.a.ping(Pair::b_address, {7, ++number}, bytes_of(text), pair.now), Error::none);
    pair.settle();
    const auto reply = pair.a.next_echo_reply();
    ASSERT_TRUE(reply) << bytes;
    EXPECT_EQ(reply->payload_bytes, bytes);
    pair.pass(10s);
    pair.expect_nothing_held();
  }
  Pair pair;
  const std::string text(65'508, 'x');
  EXPECT_EQ(pair.a.ping(Pair::b_address, {7, 1}, bytes_of(text), pair.now),
            Error::message_too_long);
}

// RFC 1122 3.3.2 (b), 3.2.2 (c): an echo is no error, so whoever sent it is told; and counted, as
// what gives way is.
TEST(Host, TellsWhenAnEchoStaysInPieces) {
  Pair pair;
  bool is_told = false;
  int pieces = 0;
  pair.passes = [&](const Frame& frame, bool from_a) {
    const std::vector<std::uint8_t> bytes = frame.bytes.flatten();
    const bool is_icmp = bytes.size() > 34 && bytes[12] == 8 && bytes[13] == 0 && bytes[23] == 1;
    if (is_icmp && !from_a) is_told |= bytes[34] == wire::IcmpType::time_exceeded && bytes[35] == 1;
    return !is_icmp || !from_a || ++pieces == 1;
  };
  const std::string text(3000, 'x');
  ASSERT_EQ(pair.a.ping(Pair::b_address, {7, 1}, bytes_of(text), pair.now), Error::none);
  pair.pass(29s);
  EXPECT_FALSE(is_told);
  pair.pass(2s);
  EXPECT_EQ(pieces, 3);
  EXPECT_TRUE(is_told);
  EXPECT_EQ(pair.b.counters().drops[Drop::fragment_timeout], 1u);
}

TEST(Host, DropsEchoRepliesThatNobodyAskedFor) {
  Pair pair;
  ASSERT_EQ(pair.a.ping(Pair::b_address, {7, 1}, {}, pair.now), Error::none);
  pair.passes = [&](const Frame& frame, bool from_a) {
    if (from_a || frame.bytes.size() != 14 + 20 + 8) return true;
    Frame twice = frame;  // the wire repeats it
    pair.a.absorb(0, std::span(&twice, 1), pair.now);
    return true;
  };
  pair.settle();
  EXPECT_TRUE(pair.a.next_echo_reply());
  EXPECT_EQ(pair.a.counters().drops[Drop::icmp_unmatched], 1u);
}

TEST(Host, TellsWhenNoNeighbourAnswers) {
  Pair pair;
  const Handle handle = *pair.a.connect({IpAddress::v4(10, 0, 0, 9), 80}, {}, pair.now);
  pair.pass(2900ms);
  EXPECT_EQ(pair.a.error_of(handle), Error::none);
  pair.pass(200ms);
  EXPECT_EQ(pair.a.error_of(handle), Error::host_unreachable);
  EXPECT_TRUE(pair.news(pair.a, handle) & Readiness::failed);
  EXPECT_GE(pair.a.counters().drops[Drop::neighbour_unresolved], 1u);
  EXPECT_EQ(pair.a.close(handle, pair.now), Error::none);
  pair.pass(10s);
  pair.expect_nothing_held();
}

TEST(Host, CarriesDatagrams) {  // RFC 1122 4.1.3.5.
  Pair pair;
  const Handle at_a = *pair.a.open_udp({}, pair.now);
  const Handle at_b = *pair.b.open_udp({Pair::b_address, 53}, pair.now);
  EXPECT_EQ(pair.b.open_udp({{}, 53}, pair.now).error(), Error::address_in_use);
  ASSERT_EQ(pair.a.send_to(at_a, {Pair::b_address, 53}, bytes_of("question"), pair.now),
            Error::none);
  pair.settle();
  EXPECT_EQ(pair.news(pair.b, at_b), Readiness::readable);
  std::array<std::uint8_t, 4> room{};
  auto datagram = pair.b.receive_from(at_b, room);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->length, 8u) << "the true size, though the room was smaller";
  EXPECT_EQ(datagram->from.address, Pair::a_address);
  EXPECT_EQ(datagram->from, (Endpoint{Pair::a_address, pair.a.local_endpoint(at_a)->port}));
  EXPECT_EQ(room[3], 's');
  EXPECT_EQ(pair.b.receive_from(at_b, room).error(), Error::would_block);

  const std::vector<std::uint8_t> large(65'508);
  EXPECT_EQ(pair.a.send_to(at_a, {Pair::b_address, 53}, large, pair.now), Error::message_too_long);
  EXPECT_EQ(pair.a.send_to(at_a, {IpAddress::v4(192, 0, 2, 1), 53}, {}, pair.now),
            Error::network_unreachable);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::bad_handle);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.expect_nothing_held();
}

// SECURITY E7: errors are limited.
// RFC 1122 3.2.2.1 (a), 4.1.3.1.
TEST(Host, AnswersClosedUdpPortsAndLimitsThat) {
  HostSettings limited = Pair::settings(2);
  limited.icmp_errors_per_second = 3;
  Pair pair(Pair::settings(1), limited);
  const Handle at_a = *pair.a.open_udp({}, pair.now);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(pair.a.send_to(at_a, {Pair::b_address, 53}, bytes_of("x"), pair.now), Error::none);
    pair.settle();
  }
  std::array<std::uint8_t, 4> room{};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pair.a.receive_from(at_a, room).error(), Error::port_unreachable);
  }
  EXPECT_EQ(pair.a.receive_from(at_a, room).error(), Error::would_block) << "told once each";
  EXPECT_EQ(pair.b.counters().drops[Drop::udp_no_socket], 5u);
  EXPECT_EQ(pair.b.counters().drops[Drop::icmp_rate_limited], 2u);
}

TEST(Host, BoundsTheUdpQueue) {
  HostSettings small = Pair::settings(2);
  small.max_udp_queue_bytes = 2000;
  Pair pair(Pair::settings(1), small);
  const Handle at_a = *pair.a.open_udp({}, pair.now);
  const Handle at_b = *pair.b.open_udp({{}, 53}, pair.now);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(pair.a.send_to(at_a, {Pair::b_address, 53}, bytes_of("x"), pair.now), Error::none);
    pair.settle();
  }
  EXPECT_GT(pair.b.counters().drops[Drop::udp_queue_full], 30u);
  EXPECT_LE(pair.b.holdings().text_bytes, 2000u);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  pair.expect_nothing_held();
}

// ---- Opening ------------------------------------------------------------------------------------

// RFC 9293 3.10.1, 3.10.6, MUST-12: closed, not aborted.
TEST(Host, ConnectsAcceptsEchoesAndCloses) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  EXPECT_EQ(pair.state(pair.a, at_a), State::syn_sent);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  EXPECT_TRUE(pair.news(pair.a, at_a) & Readiness::connected);
  EXPECT_EQ(pair.news(pair.b, listener), Readiness::acceptable);
  const Handle at_b = *pair.b.accept(listener, pair.now);
  EXPECT_EQ(pair.b.accept(listener, pair.now).error(), Error::would_block);

  EXPECT_EQ(*pair.a.write(at_a, bytes_of("over there"), pair.now), 10u);
  pair.settle();
  EXPECT_TRUE(pair.news(pair.b, at_b) & Readiness::readable);
  EXPECT_EQ(pair.read(pair.b, at_b), "over there");
  EXPECT_EQ(*pair.b.write(at_b, bytes_of("and back"), pair.now), 8u);
  pair.settle();
  EXPECT_EQ(pair.read(pair.a, at_a), "and back");

  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  EXPECT_FALSE(pair.a.info(at_a)) << "the handle is dead at once";
  pair.settle();
  EXPECT_EQ(pair.state(pair.b, at_b), State::close_wait);
  EXPECT_TRUE(pair.news(pair.b, at_b) & Readiness::ended);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.a.holdings().time_wait, 1u);
  EXPECT_EQ(pair.a.holdings().connections, 0u) << "TIME-WAIT is a record";
  EXPECT_EQ(pair.b.holdings().connections, 0u);
  EXPECT_EQ(pair.b.close(listener, pair.now), Error::none);
  pair.pass(two_msl - 1ms);
  EXPECT_EQ(pair.a.holdings().time_wait, 1u);
  pair.pass(1ms);
  pair.expect_nothing_held();
  EXPECT_EQ(Pair::moves(pair.a, State::time_wait, Event::time_wait_over), 1u);
  EXPECT_EQ(Pair::moves(pair.b, State::listen, Event::syn_received), 1u);
  EXPECT_EQ(Pair::moves(pair.b, State::syn_received, Event::syn_acked), 1u);
  EXPECT_EQ(Pair::moves(pair.b, State::last_ack, Event::fin_acked), 1u);
}

TEST(Host, RefusesWhereNobodyListens) {
  Pair pair;
  const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.a.error_of(at_a), Error::connection_refused);
  EXPECT_TRUE(pair.news(pair.a, at_a) & Readiness::failed);
  EXPECT_EQ(pair.b.counters().drops[Drop::tcp_no_connection], 1u);
  EXPECT_EQ(pair.b.counters().tcp.resets_out, 1u);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  pair.pass(1s);
  pair.expect_nothing_held();
}

TEST(Host, ChecksTheArgumentsOfCalls) {
  Pair pair;
  EXPECT_EQ(pair.a.connect({Pair::b_address, 0}, {}, pair.now).error(), Error::invalid_argument);
  // RFC 9293 MUST-46: no connection to many.
  for (const auto address : {IpAddress::v4(10, 0, 0, 255), IpAddress::v4(255, 255, 255, 255),
                             IpAddress::v4(224, 0, 0, 1), IpAddress::v4(0, 0, 0, 0)}) {
    EXPECT_EQ(pair.a.connect({address, 80}, {}, pair.now).error(), Error::invalid_argument);
  }
  EXPECT_EQ(pair.a.connect({IpAddress::v4(192, 0, 2, 1), 80}, {}, pair.now).error(),
            Error::network_unreachable);
  const ConnectOptions foreign{.local = Endpoint{IpAddress::v4(10, 0, 0, 7), 0}};
  EXPECT_EQ(pair.a.connect({Pair::b_address, 80}, foreign, pair.now).error(),
            Error::address_not_available);
  EXPECT_EQ(pair.a.listen({IpAddress::v4(10, 0, 0, 7), 80}, {}, pair.now).error(),
            Error::address_not_available);
  ASSERT_TRUE(pair.a.listen({Pair::a_address, 80}, {}, pair.now));
  EXPECT_EQ(pair.a.listen({{}, 80}, {}, pair.now).error(), Error::address_in_use);
  const auto ephemeral = pair.a.listen({}, {}, pair.now);
  ASSERT_TRUE(ephemeral);
  EXPECT_GE(pair.a.local_endpoint(*ephemeral)->port, 32768);

  const ConnectOptions named{.local = Endpoint{{}, 1234}};
  ASSERT_TRUE(pair.a.connect({Pair::b_address, 80}, named, pair.now));
  EXPECT_EQ(pair.a.connect({Pair::b_address, 80}, named, pair.now).error(), Error::address_in_use);
  EXPECT_TRUE(pair.a.connect({Pair::b_address, 81}, named, pair.now));
  EXPECT_EQ(pair.a.read(Handle{}, {}, pair.now).error(), Error::bad_handle);
  EXPECT_EQ(pair.a.accept(Handle{}, pair.now).error(), Error::bad_handle);
  EXPECT_EQ(pair.a.close(Handle{}, pair.now), Error::bad_handle);
  EXPECT_EQ(pair.a.error_of(Handle{}), Error::bad_handle);
}

TEST(Host, SendsTheSynAckAgainWhenItWasLost) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  int syn_acks = 0;
  pair.passes = [&](const Frame& frame, bool from_a) {
    const auto segment = Pair::segment_in(frame);
    const bool is_syn_ack = segment && !from_a && segment->has(Flags::syn);
    return !is_syn_ack || ++syn_acks > 2;
  };
  pair.pass(5s);
  EXPECT_GT(syn_acks, 2);
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  EXPECT_TRUE(pair.b.accept(listener, pair.now));
}

TEST(Host, GivesUpAHalfOpenConnection) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  ASSERT_TRUE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
  pair.passes = [&](const Frame& frame, bool) {
    const auto segment = Pair::segment_in(frame);
    return !segment || (segment->has(Flags::syn) && !segment->has(Flags::ack) &&
                        pair.b.counters().tcp.segments_in == 0);
  };
  pair.settle();
  EXPECT_EQ(pair.b.holdings().half_open, 1u);
  pair.pass(14s);
  EXPECT_EQ(pair.b.holdings().half_open, 1u);
  pair.pass(2s);  // 1 + 2 + 4 + 8 s
  EXPECT_EQ(pair.b.holdings().half_open, 0u);
  EXPECT_EQ(Pair::moves(pair.b, State::syn_received, Event::time_out), 1u);
  EXPECT_EQ(pair.b.close(listener, pair.now), Error::none);
}

// simulate 9131032: it was given up while the answer to a SYN that had come again was under way.
TEST(Host, WaitsForTheAckOfWhatAnsweredASynThatCameAgain) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.passes = [](const Frame& frame, bool) { return !Pair::segment_in(frame); };
  pair.pass(900ms);
  // From now on SYNs come, 1, 3, 7 and 15 s after the first, and what answers them is late.
  Frame late;
  pair.passes = [&](const Frame& frame, bool from_a) {
    if (from_a || !Pair::segment_in(frame)) return true;
    late = frame;
    return false;
  };
  pair.pass(15s);
  ASSERT_EQ(pair.b.holdings().half_open, 1u) << "14.9 s old, and has answered 0.9 s ago";
  pair.pass(1s);
  pair.passes = [](const Frame&, bool) { return true; };
  pair.a.absorb(0, std::span(&late, 1), pair.now);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  EXPECT_TRUE(pair.b.accept(listener, pair.now));
}

// SECURITY C11.
TEST(Host, TheBacklogHoldsBackTheLastAck) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {.backlog = 1}, pair.now);
  const Handle first = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  const Handle second = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.b.counters().drops[Drop::tcp_backlog_full], 1u);
  EXPECT_EQ(pair.b.holdings().half_open, 1u);
  ASSERT_TRUE(pair.b.accept(listener, pair.now));
  EXPECT_EQ(pair.b.accept(listener, pair.now).error(), Error::would_block);
  pair.pass(2s);  // the SYN+ACK comes again, and so does its ACK
  EXPECT_TRUE(pair.b.accept(listener, pair.now));
  EXPECT_EQ(pair.state(pair.a, first), State::established);
  EXPECT_EQ(pair.state(pair.a, second), State::established);
}

TEST(Host, OpensAtBothEndsAtOnce) {  // RFC 9293 MUST-10
  Pair pair;
  // Their neighbours first, so that the SYNs cross.
  ASSERT_EQ(pair.a.ping(Pair::b_address, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  const ConnectOptions from_1{.local = Endpoint{{}, 1001}};
  const ConnectOptions from_2{.local = Endpoint{{}, 1002}};
  const Handle at_a = *pair.a.connect({Pair::b_address, 1002}, from_1, pair.now);
  const Handle at_b = *pair.b.connect({Pair::a_address, 1001}, from_2, pair.now);
  std::vector<Frame> from_a, from_b;
  pair.a.emit(0, from_a, 9, pair.now);
  pair.b.emit(0, from_b, 9, pair.now);
  pair.b.absorb(0, from_a, pair.now);
  pair.a.absorb(0, from_b, pair.now);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  EXPECT_EQ(pair.state(pair.b, at_b), State::established);
  EXPECT_EQ(Pair::moves(pair.a, State::syn_sent, Event::syn_received), 1u);
  EXPECT_EQ(Pair::moves(pair.b, State::syn_sent, Event::syn_received), 1u);
}

TEST(Host, AListenerClosesWithAllThatNobodyAccepted) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {.backlog = 1}, pair.now);
  const Handle ready = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  const Handle half_open = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.b.holdings().half_open, 1u);
  EXPECT_EQ(pair.b.close(listener, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.a.error_of(ready), Error::connection_reset);
  EXPECT_EQ(pair.a.error_of(half_open), Error::connection_reset);
  EXPECT_EQ(pair.a.close(ready, pair.now), Error::none);
  EXPECT_EQ(pair.a.close(half_open, pair.now), Error::none);
  pair.pass(1s);
  pair.expect_nothing_held();
}

// ---- Closing ------------------------------------------------------------------------------------

TEST(Host, BothCloseAtOnce) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  std::vector<Frame> from_a, from_b;
  pair.a.emit(0, from_a, 9, pair.now);
  pair.b.emit(0, from_b, 9, pair.now);
  pair.b.absorb(0, from_a, pair.now);
  pair.a.absorb(0, from_b, pair.now);
  from_a.clear();
  from_b.clear();
  pair.heard.clear();
  pair.settle();
  EXPECT_EQ(pair.heard.size(), 2u) << "one ACK each";
  EXPECT_EQ(Pair::moves(pair.a, State::closing, Event::fin_acked), 1u);
  EXPECT_EQ(Pair::moves(pair.b, State::closing, Event::fin_acked), 1u);
  EXPECT_EQ(pair.a.holdings().time_wait, 1u);
  EXPECT_EQ(pair.b.holdings().time_wait, 1u);
  pair.pass(two_msl);
  pair.expect_nothing_held();
}

TEST(Host, HalfCloseCarriesDataTheOtherWay) {  // RFC 9293 3.10.3, 3.10.4.
  HostSettings patient = Pair::settings(1);
  patient.tcp.receive_buffer = 200'000;
  Pair pair(patient);
  const auto [at_a, at_b] = pair.establish();
  EXPECT_EQ(pair.a.shutdown_write(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.a.write(at_a, bytes_of("x"), pair.now).error(), Error::is_shut_down);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, at_a), State::fin_wait_2);
  const std::string text(100'000, 't');
  EXPECT_EQ(*pair.b.write(at_b, bytes_of(text), pair.now), text.size());
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.pass(1s);
  // TIME-WAIT for the network, and still readable to the end for the application.
  EXPECT_EQ(pair.a.holdings().time_wait, 1u);
  EXPECT_EQ(pair.a.holdings().connections, 1u);
  EXPECT_EQ(pair.state(pair.a, at_a), State::time_wait);
  pair.pass(two_msl);
  EXPECT_EQ(pair.state(pair.a, at_a), State::closed);
  EXPECT_EQ(pair.read(pair.a, at_a), text);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  pair.expect_nothing_held();
}

// RFC 9293 MUST-12, 3.10.5: aborted, not closed.
TEST(Host, AbortResetsThePeer) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  EXPECT_EQ(pair.a.abort(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.a.abort(at_a, pair.now), Error::bad_handle);
  pair.settle();
  EXPECT_EQ(pair.b.error_of(at_b), Error::connection_reset);
  EXPECT_TRUE(pair.news(pair.b, at_b) & Readiness::failed);
  EXPECT_EQ(pair.b.holdings().connections, 1u) << "its error can still be asked for";
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.expect_nothing_held();
}

TEST(Host, CloseWithUnreadTextResets) {  // RFC 9293 SHLD-3
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  EXPECT_EQ(*pair.b.write(at_b, bytes_of("unread"), pair.now), 6u);
  pair.settle();
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.b.error_of(at_b), Error::connection_reset);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.expect_nothing_held();
}

TEST(Host, ARepeatedFinIsAcknowledgedAndRestartsTheWait) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  Frame fin;
  pair.passes = [&](const Frame& frame, bool from_a) {
    const auto segment = Pair::segment_in(frame);
    if (segment && !from_a && segment->has(Flags::fin)) fin = frame;
    return true;
  };
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.settle();
  pair.pass(50s);
  ASSERT_FALSE(fin.bytes.is_empty());
  pair.a.absorb(0, std::span(&fin, 1), pair.now);
  EXPECT_EQ(pair.a.counters().drops[Drop::tcp_time_wait], 1u);
  pair.heard.clear();
  pair.settle();
  ASSERT_FALSE(pair.heard.empty());
  EXPECT_EQ(pair.heard.front().flags.bits, Flags::ack);
  pair.pass(59s);
  EXPECT_EQ(pair.a.holdings().time_wait, 1u);
  pair.pass(1s);
  EXPECT_EQ(pair.a.holdings().time_wait, 0u);
}

// SECURITY B12.
// RFC 9293 MAY-2.
TEST(Host, ANewerSynReopensTimeWait) {
  Pair pair;
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  const ConnectOptions named{.local = Endpoint{{}, 1234}};
  const Handle first = *pair.a.connect({Pair::b_address, 80}, named, pair.now);
  pair.settle();
  const auto event = pair.b.next_event();
  ASSERT_TRUE(event);
  const Handle at_b = *pair.b.accept(event->socket, pair.now);
  const Seq old_nxt = pair.b.info(at_b)->snd.nxt;
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);  // the server waits
  pair.settle();
  EXPECT_EQ(pair.a.close(first, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.b.holdings().time_wait, 1u);
  pair.pass(1s);
  const Handle second = *pair.a.connect({Pair::b_address, 80}, named, pair.now);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, second), State::established);
  EXPECT_EQ(Pair::moves(pair.b, State::time_wait, Event::syn_reopens), 1u);
  EXPECT_EQ(pair.b.counters().tcp.time_wait_reopened, 1u);
  const Handle again = *pair.b.accept(event->socket, pair.now);
  EXPECT_TRUE(is_after(pair.b.info(again)->snd.iss, old_nxt));
}

TEST(Host, PortsInTimeWaitAreSkippedAndTakenOverWhenNoneIsLeft) {
  HostSettings few = Pair::settings(1);
  few.first_ephemeral_port = 40000;
  few.last_ephemeral_port = 40002;
  Pair pair(few);
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 4; ++i) {
    const auto at_a = pair.a.connect({Pair::b_address, 80}, {}, pair.now);
    ASSERT_TRUE(at_a) << i;
    ports.push_back(pair.a.local_endpoint(*at_a)->port);
    pair.settle();
    const Handle at_b = *pair.b.accept(listener, pair.now);
    EXPECT_EQ(*pair.b.remote_endpoint(at_b), (Endpoint{Pair::a_address, ports.back()}));
    EXPECT_EQ(pair.state(pair.a, *at_a), State::established);
    EXPECT_EQ(pair.a.close(*at_a, pair.now), Error::none);
    pair.settle();
    EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
    pair.pass(10ms);
  }
  EXPECT_EQ(ports[3], ports[0]) << "the oldest";
  EXPECT_NE(ports[1], ports[0]);
  EXPECT_NE(ports[2], ports[1]);
  EXPECT_EQ(pair.a.holdings().time_wait, 3u);
}

// SECURITY C7.
TEST(Host, TheOldestTimeWaitGivesWay) {
  HostSettings few = Pair::settings(1);
  few.tcp.max_time_wait = 2;
  Pair pair(few);
  for (std::uint16_t i = 0; i < 5; ++i) {
    const auto [at_a, at_b] = pair.establish(static_cast<std::uint16_t>(80 + i));
    EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
    pair.settle();
    EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
    pair.settle();
  }
  EXPECT_EQ(pair.a.holdings().time_wait, 2u);
  EXPECT_EQ(pair.a.counters().tcp.time_wait_recycled, 3u);
  EXPECT_EQ(Pair::moves(pair.a, State::time_wait, Event::recycled), 3u);
}

// ---- Cookies ------------------------------------------------------------------------------------

// SECURITY B16.
TEST(Host, UnderPressureCookiesKeepTheOptions) {
  HostSettings pressed = Pair::settings(2);
  pressed.tcp.max_half_open = 0;
  Pair pair(Pair::settings(1), pressed);
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  pair.pass(100s);
  const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.b.counters().tcp.cookies_sent, 1u);
  EXPECT_EQ(pair.b.counters().tcp.cookies_accepted, 1u);
  const Handle at_b = *pair.b.accept(listener, pair.now);
  const auto info = *pair.b.info(at_b);
  EXPECT_TRUE(info.has_timestamps);
  EXPECT_TRUE(info.has_sack);
  EXPECT_GT(info.snd.wscale, 0);
  EXPECT_GT(info.rcv.wscale, 0);
  EXPECT_EQ(pair.a.info(at_a)->rcv.wscale, info.snd.wscale);
  const std::string text(50'000, 'c');
  EXPECT_EQ(*pair.a.write(at_a, bytes_of(text), pair.now), text.size());
  pair.pass(1s);
  EXPECT_EQ(pair.read(pair.b, at_b), text);
  EXPECT_EQ(Pair::moves(pair.b, State::listen, Event::syn_received), 1u);
}

// SECURITY C1.
TEST(Host, AFloodOfSynsCostsNoMemoryAndHonestClientsGetIn) {
  HostSettings pressed = Pair::settings(2);
  pressed.tcp.max_half_open = 16;
  Pair pair(Pair::settings(1), pressed);
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  ASSERT_EQ(pair.a.ping(Pair::b_address, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    Segment syn;
    syn.source_port = static_cast<std::uint16_t>(10'000 + i);
    syn.destination_port = 80;
    syn.seq = Seq{i};
    syn.flags.set(Flags::syn);
    pair.give_to_b(pair.frame_to_b(IpAddress::v4(10, 0, 0, 1), syn));
    std::vector<Frame> answers;
    pair.b.emit(0, answers, 64, pair.now);
  }
  EXPECT_EQ(pair.b.holdings().half_open, 16u);
  EXPECT_EQ(pair.b.counters().tcp.cookies_sent, 984u);
  const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  EXPECT_TRUE(pair.b.accept(listener, pair.now));
}

// SECURITY B16.
TEST(Host, WithoutPressureAnAckForNobodyIsReset) {
  Pair pair;
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  Segment ack;
  ack.source_port = 1;
  ack.destination_port = 80;
  ack.ack = Seq{77};
  ack.flags.set(Flags::ack);
  pair.give_to_b(pair.frame_to_b(Pair::a_address, ack));
  pair.settle();
  ASSERT_EQ(pair.heard.size(), 1u);
  EXPECT_EQ(pair.heard[0].flags.bits, Flags::rst);
  EXPECT_EQ(pair.heard[0].seq, Seq{77});
}

// ---- Addresses ----------------------------------------------------------------------------------

// SECURITY B17, E6.
// RFC 9293 MUST-63, RFC 1122 3.1 (b).
TEST(Host, MartiansAndLandGetNoAnswer) {
  Pair pair;
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  Segment syn;
  syn.source_port = 80;
  syn.destination_port = 80;
  syn.flags.set(Flags::syn);
  for (const auto source :
       {Pair::b_address, IpAddress::v4(127, 0, 0, 1), IpAddress::v4(224, 0, 0, 1),
        IpAddress::v4(255, 255, 255, 255), IpAddress::v4(10, 0, 0, 255), IpAddress::v4(0, 0, 0, 0),
        IpAddress::v4(240, 1, 2, 3)}) {
    pair.give_to_b(pair.frame_to_b(source, syn));
  }
  EXPECT_EQ(pair.b.counters().drops[Drop::ip_bad_source], 7u);
  EXPECT_FALSE(pair.b.has_output(0));
  EXPECT_EQ(pair.b.holdings().half_open, 0u);
}

// RFC 1122 3.3.4.2 (a): from the address that was asked.
TEST(Host, ATunnelAcceptsEveryAddress) {
  HostSettings tunnel = Pair::settings(2);
  tunnel.accepts_any_address = true;
  HostSettings client = Pair::settings(1);
  client.gateway = Pair::b_address;
  Pair pair(client, tunnel);
  const Handle listener = *pair.b.listen({{}, 443}, {}, pair.now);
  const Endpoint far{IpAddress::v4(192, 0, 2, 80), 443};
  const Handle at_a = *pair.a.connect(far, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  const Handle at_b = *pair.b.accept(listener, pair.now);
  EXPECT_EQ(*pair.b.local_endpoint(at_b), far);
}

// ---- Bounds, copies -----------------------------------------------------------------------------

// SECURITY C14: answers to strangers are bounded.
TEST(Host, BoundsItsReplies) {
  HostSettings few = Pair::settings(2);
  few.max_replies = 8;
  Pair pair(Pair::settings(1), few);
  ASSERT_EQ(pair.a.ping(Pair::b_address, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  for (std::uint16_t i = 1; i <= 20; ++i) {
    Segment syn;
    syn.source_port = i;
    syn.destination_port = 80;
    syn.flags.set(Flags::syn);
    pair.give_to_b(pair.frame_to_b(Pair::a_address, syn));
  }
  EXPECT_EQ(pair.b.holdings().replies, 8u);
  EXPECT_EQ(pair.b.counters().drops[Drop::reply_queue_full], 12u);
}

TEST(Host, CopiesGoOnAlike) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  const std::string text(200'000, 'z');
  EXPECT_TRUE(pair.a.write(at_a, bytes_of(text), pair.now));
  std::vector<Frame> on_the_way;
  pair.a.emit(0, on_the_way, 4, pair.now);
  Host copy = pair.a;
  const auto digest_of = [](const Host& host) {
    Digest digest;
    host.digest(digest);
    return digest.value();
  };
  EXPECT_EQ(digest_of(copy), digest_of(pair.a));
  std::vector<Frame> of_original, of_copy;
  pair.a.on_time(pair.now + 3s);
  EXPECT_NE(digest_of(copy), digest_of(pair.a));
  copy.on_time(pair.now + 3s);
  pair.a.emit(0, of_original, 64, pair.now + 3s);
  copy.emit(0, of_copy, 64, pair.now + 3s);
  ASSERT_EQ(of_original.size(), of_copy.size());
  ASSERT_FALSE(of_copy.empty());
  for (std::size_t i = 0; i < of_copy.size(); ++i) {
    EXPECT_EQ(of_copy[i].bytes.flatten(), of_original[i].bytes.flatten());
  }
  EXPECT_EQ(digest_of(copy), digest_of(pair.a));
}

TEST(Host, SplitsOnlyWhereTheLinkDoes) {
  HostSettings splitting = Pair::settings(1);
  splitting.links[0].max_split_bytes = 65535;
  HostSettings plain = Pair::settings(2);
  for (HostSettings* each : {&splitting, &plain}) {
    each->tcp.receive_buffer = each->tcp.send_buffer = 400'000;
  }
  Pair pair(splitting, plain);
  const auto [at_a, at_b] = pair.establish();
  std::uint32_t largest = 0;
  pair.passes = [&](const Frame& frame, bool from_a) {
    if (frame.bytes.size() > 1514) {
      EXPECT_TRUE(from_a);
      EXPECT_EQ(frame.segment_bytes, 1448u);
    } else {
      EXPECT_EQ(frame.segment_bytes, 0u);
    }
    largest = std::max(largest, frame.bytes.size());
    return true;
  };
  const std::string text(300'000, 's');
  EXPECT_TRUE(pair.a.write(at_a, bytes_of(text), pair.now));
  EXPECT_TRUE(pair.b.write(at_b, bytes_of(text), pair.now));
  pair.pass(1s);
  EXPECT_EQ(pair.read(pair.b, at_b), text);
  EXPECT_EQ(pair.read(pair.a, at_a), text);
  EXPECT_GT(largest, 14'000u);
  EXPECT_LE(largest, 65549u);
}

TEST(Host, RepliesToPeersOfOneLinkInTurn) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  std::vector<Handle> at_a;
  for (int i = 0; i < 3; ++i) {
    at_a.push_back(*pair.a.connect({Pair::b_address, 80}, {}, pair.now));
    pair.settle();
    ASSERT_TRUE(pair.b.accept(listener, pair.now));
  }
  const std::string text(100'000, 'f');
  for (const Handle handle : at_a) EXPECT_TRUE(pair.a.write(handle, bytes_of(text), pair.now));
  std::vector<Frame> frames;
  pair.a.emit(0, frames, 30, pair.now);
  std::map<std::uint16_t, int> by_port;
  for (const Frame& frame : frames) ++by_port[Pair::segment_in(frame).value().source_port];
  EXPECT_EQ(by_port.size(), 3u) << "each had its turn";
}

}  // namespace
}  // namespace acksu
