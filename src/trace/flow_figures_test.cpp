// Tests of figures that follow from packets.
#include "trace/flow_figures.h"

#include <gtest/gtest.h>

namespace acksu::trace {
namespace {

Instant at(Duration since) { return Instant{since}; }

// Three segments of 100 bytes; the second is lost and sent again.
Flow lossy() {
  Flow flow;
  flow.text = {{at(0ms), 1, 100}, {at(1ms), 101, 100}, {at(2ms), 201, 100}};
  flow.highest = 301;
  flow.acks = {{at(10ms), 101, 10'101}, {at(12ms), 101, 10'101}, {at(25ms), 301, 10'301}};
  flow.sacks = {{at(12ms), 201, 301, false}};
  flow.repeated = {{{at(15ms), 101, 100}, "fast recovery"}};
  return flow;
}

std::vector<std::int64_t> bytes_of(const std::vector<UnderWay>& points) {
  std::vector<std::int64_t> bytes;
  for (const UnderWay& point : points) bytes.push_back(point.bytes);
  return bytes;
}

TEST(FlowFigures, CountWhatIsUnderWay) {
  //                                                sent          ack  sack again  ack
  EXPECT_EQ(bytes_of(under_way(lossy())),
            (std::vector<std::int64_t>{100, 200, 300, 200, 100, 100, 0}));
}

TEST(FlowFigures, BelieveTheSenderWhereItIsHeard) {
  Flow flow = lossy();
  flow.windows = {{at(12ms), 1000, 500, 0}};  // the hole is lost, and no more in the network
  EXPECT_EQ(bytes_of(under_way(flow)), (std::vector<std::int64_t>{100, 200, 300, 200, 0, 100, 0}));
}

TEST(FlowFigures, CountOverlappingReportsOnce) {
  Flow flow;
  flow.text = {{at(0ms), 0, 1000}};
  flow.highest = 1000;
  flow.sacks = {{at(1ms), 100, 200, false}, {at(2ms), 150, 300, false}, {at(3ms), 50, 400, false},
                {at(4ms), 600, 700, false}, {at(5ms), 100, 300, false}, {at(6ms), 0, 50, true}};
  flow.acks = {{at(7ms), 650, 650}, {at(8ms), 640, 640}, {at(9ms), 1000, 1000}};
  EXPECT_EQ(bytes_of(under_way(flow)),
            (std::vector<std::int64_t>{1000, 900, 800, 650, 550, 550, 550, 300, 300, 0}));
}

TEST(FlowFigures, MeasureRoundTripsByKarnsRule) {
  const auto trips = round_trips(lossy());
  ASSERT_EQ(trips.size(), 2u);
  EXPECT_EQ(trips[0].time, 10ms);
  EXPECT_EQ(trips[1].time, 23ms);  // of the third segment, which was sent once
  Flow flow = lossy();
  flow.acks.back().ack = 201;  // of the one that was sent twice
  EXPECT_EQ(round_trips(flow).size(), 1u);
  EXPECT_EQ(usual_round_trip(lossy()), 23ms);
  flow.rtts = {{at(0ms), 5ms, 7ms, 200ms}};
  EXPECT_EQ(usual_round_trip(flow), 7ms);
  EXPECT_EQ(usual_round_trip(Flow{}), Duration::zero());
}

TEST(FlowFigures, CountRatesInSpans) {
  const Rates all = rates(lossy(), at(0ms), at(30ms), 10ms);
  EXPECT_EQ(all.sent, (std::vector<std::uint64_t>{300, 100, 0, 0}));
  EXPECT_EQ(all.acknowledged, (std::vector<std::uint64_t>{0, 100, 200, 0}));
  const Rates late = rates(lossy(), at(12ms), at(30ms), 100ms);
  EXPECT_EQ(late.sent, (std::vector<std::uint64_t>{100}));
}

TEST(FlowFigures, CutSpansOfLimits) {
  using tcp::LimitedBy;
  Flow flow;
  flow.limits = {
      {at(1ms), LimitedBy::handshake}, {at(5ms), LimitedBy::pacing}, {at(9ms), LimitedBy::nagle}};
  const auto spans = limit_spans(flow, at(3ms), at(20ms));
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0].begin, at(3ms));
  EXPECT_EQ(spans[0].end, at(5ms));
  EXPECT_EQ(spans[2].end, at(20ms));
  EXPECT_EQ(spans[2].reason, LimitedBy::nagle);
  EXPECT_EQ(limit_spans(flow, at(2ms), at(4ms)).size(), 1u);
}

}  // namespace
}  // namespace acksu::trace
