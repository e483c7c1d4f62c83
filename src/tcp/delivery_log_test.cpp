// Samples of the delivery rate (draft-ietf-ccwg-bbr 4.1).
#include "tcp/delivery_log.h"

#include <gtest/gtest.h>

namespace acksu::tcp {
namespace {

// A sender whose pieces have 1000 bytes each.
struct LoggedSender {
  static constexpr std::uint32_t piece = 1000;

  void send(std::uint32_t count = 1) {
    for (std::uint32_t i = 0; i < count; ++i) {
      in_flight += piece;
      log.on_sent(piece, in_flight, now, pool);
      sent.push_back(now);
    }
  }
  // The pieces [from, to), counted from the first that was sent.
  RateSample arrive(std::size_t from, std::size_t to) {
    Delivery delivery;
    for (std::size_t i = from; i < to; ++i) {
      const auto end = static_cast<std::uint32_t>((i + 1) * piece);
      delivery.add({sent[i], Seq{end}}, piece, false, false);
    }
    in_flight -= delivery.bytes();
    return log.on_delivered(delivery, delivery.bytes(), now).value_or(RateSample{});
  }

  BufferPool pool;
  DeliveryLog log;
  Instant now = Instant{} + 1h;
  std::vector<Instant> sent;
  std::uint32_t in_flight = 0;
};

TEST(DeliveryLog, MeasuresHowFastAWindowArrives) {
  LoggedSender sender;
  sender.send(10);
  sender.now += 100ms;
  const RateSample sample = sender.arrive(0, 10);
  EXPECT_EQ(sample.bytes_per_second, 100'000u);
  EXPECT_EQ(sample.newly_delivered, 10'000u);
  EXPECT_EQ(sample.tx_in_flight, 10'000u);
  EXPECT_EQ(sample.rtt, Duration{100ms});
}

TEST(DeliveryLog, CountsFromTheAckBeforeTheSending) {
  LoggedSender sender;
  for (int i = 0; i < 10; ++i) {  // the bottleneck lets one through in 10 ms
    sender.send();
    sender.now += 10ms;
  }
  for (std::size_t i = 0; i < 50; ++i) {
    const RateSample sample = sender.arrive(i, i + 1);
    if (i >= 10) {
      EXPECT_EQ(sample.bytes_per_second, 100'000u) << i;
    }
    sender.send();
    sender.now += 10ms;
  }
}

// ACKs that come all at once say nothing: it was not sent faster.
TEST(DeliveryLog, IsNoFasterThanTheSending) {
  LoggedSender sender;
  for (int i = 0; i < 20; ++i) {
    sender.send();
    sender.now += 10ms;
  }
  sender.arrive(0, 10);
  sender.now += 1ms;
  const RateSample sample = sender.arrive(10, 20);
  EXPECT_LE(sample.bytes_per_second, 106'000u);
}

TEST(DeliveryLog, DistrustsLessThanARoundTrip) {
  LoggedSender sender;
  sender.log.set_min_rtt(50ms);
  sender.send();
  sender.now += 1ms;
  const RateSample sample = sender.arrive(0, 1);
  EXPECT_EQ(sample.bytes_per_second, 0u);
  EXPECT_EQ(sample.newly_delivered, 1000u);
}

TEST(DeliveryLog, KnowsWhatTheApplicationHeldBack) {
  LoggedSender sender;
  sender.send(2);
  sender.log.mark_application_limited(sender.in_flight);
  sender.now += 10ms;
  sender.send(2);
  sender.now += 90ms;
  EXPECT_FALSE(sender.arrive(0, 2).is_application_limited) << "these were sent before it ran dry";
  sender.send(2);
  sender.now += 10ms;
  EXPECT_TRUE(sender.arrive(2, 4).is_application_limited);
  EXPECT_FALSE(sender.log.is_application_limited()) << "the gap has left the path";
  sender.send(2);
  sender.now += 100ms;
  sender.arrive(4, 6);
  EXPECT_FALSE(sender.arrive(6, 8).is_application_limited);
}

TEST(DeliveryLog, CountsLossesSinceTheSending) {
  LoggedSender sender;
  sender.send(10);
  const Instant first = sender.now;
  sender.now += 1ms;
  sender.send(10);
  LossSample loss = sender.log.on_lost(3000, first);
  EXPECT_EQ(loss.lost, 3000u);
  EXPECT_EQ(loss.tx_in_flight, 10'000u);
  sender.in_flight -= 3000;
  sender.now += 1ms;
  sender.send(1);
  loss = sender.log.on_lost(1000, first + 1ms);
  EXPECT_EQ(loss.lost, 4000u);
  EXPECT_EQ(loss.tx_in_flight, 20'000u);
  EXPECT_EQ(sender.arrive(20, 21).lost, 1000u) << "since the last was sent";
}

TEST(DeliveryLog, ForgetsWhatIsNotUnderWay) {
  LoggedSender sender;
  sender.send();
  sender.now += 10ms;
  sender.send();
  sender.log.forget_before(sender.now);
  sender.now += 10ms;
  EXPECT_EQ(sender.arrive(0, 1).bytes_per_second, 0u);
  EXPECT_GT(sender.arrive(1, 2).bytes_per_second, 0u);
}

// What it will say of an ACK tells two logs apart, however little it is.
TEST(DeliveryLog, EachFieldTellsStatesApart) {
  const auto told_of = [](auto&& change, std::uint32_t count = 4) {
    LoggedSender sender;
    sender.log.set_min_rtt(10ms);
    sender.send(2);
    sender.now += 100ms;
    sender.arrive(0, 2);
    change(sender);
    sender.send(count);
    Digest digest;
    sender.log.digest(digest);
    return digest.value();
  };
  const auto nothing = [](LoggedSender&) {};
  const std::uint64_t plain = told_of(nothing);
  EXPECT_EQ(told_of(nothing), plain);
  EXPECT_NE(told_of(nothing, 3), plain);
  EXPECT_NE(told_of([](LoggedSender& sender) { sender.in_flight += 1; }), plain);
  EXPECT_NE(told_of([](LoggedSender& sender) { sender.now += 1ns; }), plain);
  EXPECT_NE(told_of([](LoggedSender& sender) { sender.log.set_min_rtt(11ms); }), plain);
  EXPECT_NE(told_of([](LoggedSender& sender) { sender.log.on_lost(1000, Instant{}); }), plain);
  const auto limited = [](LoggedSender& sender) { sender.log.mark_application_limited(0); };
  EXPECT_NE(told_of(limited), plain);
  // Lost before it is sent, or after: the next sample tells it in the one case only.
  const auto told_of_loss = [](bool is_before) {
    LoggedSender sender;
    if (is_before) sender.log.on_lost(1000, Instant{});
    sender.send(1);
    if (!is_before) sender.log.on_lost(1000, Instant{});
    Digest digest;
    sender.log.digest(digest);
    return digest.value();
  };
  EXPECT_NE(told_of_loss(true), told_of_loss(false));
}

// The same was sent and has arrived, but another of two arrived last: from when the next sample
// counts.
TEST(DeliveryLog, WhenItsNewestWasSentTellsStatesApart) {
  const auto told_of = [](std::size_t newest) {
    LoggedSender sender;
    sender.log.set_min_rtt(1s);  // neither is a sample of the rate
    for (int i = 0; i < 2; ++i) {
      sender.send();
      sender.now += 10ms;
    }
    sender.arrive(newest, newest + 1);
    Digest digest;
    sender.log.digest(digest);
    // What is sent next is measured from there.
    sender.log.set_min_rtt(Duration::zero());
    sender.now += 5ms;
    sender.send();
    sender.now += 1ms;
    return std::pair{digest.value(), sender.arrive(2, 3).bytes_per_second};
  };
  const auto [of_first, first_rate] = told_of(0);
  const auto [of_second, second_rate] = told_of(1);
  EXPECT_NE(of_first, of_second);
  EXPECT_EQ(first_rate, 1000u * 1000 / 25);
  EXPECT_EQ(second_rate, 1000u * 1000 / 15);
}

// The arithmetic has 64 bits: what is more than half of the sequence space counts as that.
TEST(DeliveryLog, MeasuresUpToHalfOfTheSequenceSpace) {
  for (const std::uint32_t bytes : {0x6000'0000u, 0x8000'0000u, 0xc000'0000u}) {
    BufferPool pool;
    DeliveryLog log;
    const Instant at = Instant{} + 1h;
    log.on_sent(bytes, bytes, at, pool);
    Delivery delivery;
    delivery.add({at, Seq{bytes}}, bytes, false, false);
    EXPECT_EQ(log.on_delivered(delivery, bytes, at + 1s)->bytes_per_second,
              std::min(bytes, 0x8000'0000u));
  }
}

TEST(DeliveryLog, NoTimeIsNoRate) {  // draft-ietf-ccwg-bbr 4.1.2.3
  LoggedSender sender;
  sender.send(2);
  const RateSample sample = sender.arrive(0, 2);
  EXPECT_EQ(sample.bytes_per_second, 0u);
  EXPECT_EQ(sample.delivered, 2000u);
  EXPECT_EQ(sender.log.delivered(), 2000u);
}

}  // namespace
}  // namespace acksu::tcp
