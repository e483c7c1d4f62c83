// Tests of whole pictures: what must be in them, what is left out and says so, and their size.
#include "trace/plot.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace acksu::trace {
namespace {

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// As a sender sees it: `segments` of 1000 bytes, one a millisecond, each `every`th sent again.
Flow flow_of(std::size_t segments, std::size_t every = 0) {
  Flow flow;
  flow.tuple = {{IpAddress::v4(10, 0, 0, 1), 49152}, {IpAddress::v4(10, 0, 0, 2), 80}};
  flow.vantage = Vantage::sender;
  flow.place = "client <1>";
  flow.marks.push_back({Instant{}, 0, Mark::Kind::syn});
  for (std::size_t i = 0; i < segments; ++i) {
    const Instant at = Instant{1ms * static_cast<std::int64_t>(i + 1)};
    const auto seq = static_cast<std::int64_t>(1 + 1000 * i);
    flow.text.push_back({at, seq, 1000});
    flow.acks.push_back({at + 20ms, seq + 1000, seq + 31'000});
    flow.windows.push_back({at + 20ms, static_cast<std::uint32_t>(10'000 + i), 0xffff'ffff, 9'000});
    flow.rtts.push_back({at + 20ms, 20ms, 21ms, 230ms});
    flow.segments += 1;
    flow.text_bytes += 1000;
    if (every == 0 || i % every != every - 1) continue;
    flow.repeated.push_back({{at + 25ms, seq, 1000}, "fast recovery"});
    flow.segments += 1;
    flow.text_bytes += 1000;
    flow.repeated_segments += 1;
    flow.repeated_bytes += 1000;
  }
  flow.highest = static_cast<std::int64_t>(1 + 1000 * segments);
  flow.limits = {
      {Instant{1ms}, tcp::LimitedBy::congestion_window},
      {Instant{1ms * static_cast<std::int64_t>(segments)}, tcp::LimitedBy::nothing_to_send}};
  return flow;
}

TEST(Plot, ShowsWhatTheSenderKnows) {
  const std::string picture = plot(flow_of(100, 25), {});
  for (const char* part :
       {"10.0.0.1:49152 → 10.0.0.2:80", "100,000 bytes in 124 ms", "4 again (3.8 %)",
        "client &lt;1&gt;", ">sent again<", ">acknowledged<", ">edge of the window<", ">cwnd<",
        ">in flight<", ">SRTT<", ">RTO<", ">throughput, Mbit/s<", ">limited by<",
        "congestion window ", "0.001000 s: 1,000 bytes, 1 – 1,000",
        "1,000 bytes, 24,001 – 25,000, again (fast recovery)"}) {
    EXPECT_TRUE(has(picture, part)) << part;
  }
  EXPECT_FALSE(has(picture, "ssthresh<"));  // there was none yet
  EXPECT_FALSE(has(picture, "From packets only"));
  EXPECT_FALSE(has(picture, "SACK"));
  EXPECT_EQ(count_in(picture, ", again (fast recovery)"), 4u);
}

TEST(Plot, SaysWhatACaptureCannotKnow) {
  Flow flow = flow_of(100, 25);
  flow.vantage = Vantage::capture;
  flow.windows.clear();
  flow.rtts.clear();
  flow.limits.clear();
  const std::string picture = plot(flow, {});
  for (const char* part : {"from a capture", "From packets only", "again or late",
                           "sent, not acknowledged (from packets)", "from text to its ACK"}) {
    EXPECT_TRUE(has(picture, part)) << part;
  }
  for (const char* part : {">cwnd<", ">RTO<", ">limited by<"})
    EXPECT_FALSE(has(picture, part)) << part;
}

TEST(Plot, SaysThatTheReceiverDoesNotKnowTheSender) {
  Flow flow = flow_of(100);
  flow.vantage = Vantage::receiver;
  flow.windows.clear();
  flow.rtts.clear();
  flow.limits.clear();
  const std::string picture = plot(flow, {});
  EXPECT_TRUE(has(picture, "inside the other end"));
  EXPECT_TRUE(has(picture, ">offered window<"));
  EXPECT_FALSE(has(picture, "in flight"));
  EXPECT_FALSE(has(picture, ">round trip"));
}

TEST(Plot, LeavesOutWhatIsNotWanted) {
  PlotOptions options;
  options.shows_windows = options.shows_rtt = options.shows_throughput = options.shows_limits =
      false;
  const std::string picture = plot(flow_of(10), options);
  EXPECT_TRUE(has(picture, ">sequence number, kB<"));
  for (const char* part : {">windows", ">round trip", ">throughput", ">limited by<"}) {
    EXPECT_FALSE(has(picture, part)) << part;
  }
  EXPECT_LT(picture.size(), plot(flow_of(10), {}).size());
}

TEST(Plot, ShowsAPartOfTheTime) {
  PlotOptions options;
  options.from = 50ms;
  options.to = 60ms;
  const std::string picture = plot(flow_of(100), options);
  EXPECT_TRUE(has(picture, "0.055000 s: "));
  EXPECT_FALSE(has(picture, "0.049000 s: "));
  EXPECT_FALSE(has(picture, "0.061000 s: "));
  EXPECT_TRUE(has(picture, ">52 ms<"));
}

TEST(Plot, SpeaksKorean) {
  PlotOptions options;
  options.language = Language::korean;
  options.left_out = 5;
  const std::string picture = plot(flow_of(10), options);
  EXPECT_TRUE(has(picture, "보낸 데이터"));
  EXPECT_TRUE(has(picture, "5개의 나중 사건은"));
}

TEST(Plot, SaysThatSomethingWasLeftOut) {
  PlotOptions options;
  options.left_out = 1234;
  EXPECT_TRUE(has(plot(flow_of(10), options), "1,234 later events were left out"));
}

TEST(Plot, IsTheSameForTheSame) { EXPECT_EQ(plot(flow_of(500, 7), {}), plot(flow_of(500, 7), {})); }

TEST(Plot, BearsAlmostNothing) {
  Flow flow;
  EXPECT_TRUE(has(plot(flow, {}), "</svg>"));
  flow.text = {{Instant{5s}, 1, 1}};
  flow.began = Instant{5s};
  flow.highest = 2;
  flow.segments = flow.text_bytes = 1;
  EXPECT_TRUE(has(plot(flow, {}), "1 bytes"));
  flow.limits = {{Instant{5s}, static_cast<tcp::LimitedBy>(200)}};  // no reason that is known
  EXPECT_TRUE(has(plot(flow, {}), "</svg>"));
}

// A hundred thousand segments are no tens of megabytes; and of a few repeated ones none is lost.
TEST(Plot, StaysSmallAndLosesNoRetransmission) {
  const std::string picture = plot(flow_of(100'000, 10'000), {});
  EXPECT_LT(picture.size(), 1'000'000u);
  EXPECT_EQ(count_in(picture, ", again (fast recovery)"), 10u);
  // Very many: without tooltips, but each in its place. In a column of half a pixel they are near.
  const Flow many = flow_of(100'000, 2);
  const std::string crowded = plot(many, {});
  EXPECT_LT(crowded.size(), 2'000'000u);
  EXPECT_TRUE(has(crowded, "50,000 again"));
}

// Bars of other heights in one column do not join: they stay apart, however many there are.
TEST(Plot, KeepsApartWhatIsApart) {
  Flow flow = flow_of(10);
  flow.repeated = {{{Instant{5ms}, 1, 1000}, ""}, {{Instant{5ms}, 8001, 1000}, ""}};
  EXPECT_EQ(count_in(plot(flow, {}), ", again<"), 2u);
}

}  // namespace
}  // namespace acksu::trace
