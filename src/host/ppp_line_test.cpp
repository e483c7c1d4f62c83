// Two hosts on a line of PPP: nobody has an address before, and then all goes over it.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "host/pair_test.h"
#include "wire/print.h"

namespace acksu {
namespace {

HostSettings on_line(std::uint8_t number) {
  HostSettings settings = Pair::settings(number);
  LinkSettings& link = settings.links[0];
  link.kind = LinkKind::ppp;
  link.mac = {};
  link.addresses.clear();
  link.ipv6.is_on = true;
  link.ipv6.believes_routers = false;  // there are none to ask
  if (number == 2) {
    link.ppp.ipv4.local = Pair::b_address;
    link.ppp.ipv4.remote = Pair::a_address;
    link.ppp.ipv4.name_servers = {Pair::b_address};
  } else {
    link.ppp.ipv4.asks_name_servers = true;
  }
  return settings;
}

struct LinePair : Pair {
  LinePair() : Pair(on_line(1), on_line(2)) {}
};

TEST(PppLine, GivesAddressesRoutesAndMtu) {
  HostSettings small = on_line(2);
  small.links[0].ppp.mru = 1400;
  Pair pair(on_line(1), small);
  EXPECT_FALSE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
  pair.settle();
  ASSERT_NE(pair.a.line(0), nullptr);
  EXPECT_TRUE(pair.a.routes().is_ours_on(0, Pair::a_address));
  EXPECT_TRUE(pair.b.routes().is_ours_on(0, Pair::b_address));
  EXPECT_EQ(pair.a.line(0)->ipv4.name_servers, std::vector{Pair::b_address});
  EXPECT_EQ(pair.a.settings().links[0].mtu, 1400u);
  EXPECT_EQ(pair.b.settings().links[0].mtu, 1500u);
  EXPECT_TRUE(pair.a.routes().find(IpAddress::v4(192, 0, 2, 1)).has_value());
}

TEST(PppLine, CarriesPingsAndText) {
  LinePair pair;
  pair.settle();
  ASSERT_EQ(pair.a.ping(Pair::b_address, {1, 1}, bytes_of("echo"), pair.now), Error::none);
  pair.settle();
  EXPECT_TRUE(pair.a.next_echo_reply().has_value());
  const Pair::Ends ends = pair.establish();
  const std::string text(10'000, '~');  // each octet is a flag
  const auto count = pair.a.write(ends.at_a, bytes_of(text), pair.now);
  ASSERT_TRUE(count && *count == text.size());
  std::string got;
  for (unsigned i = 0; i < 10 && got.size() < text.size(); ++i) {
    pair.pass(100ms);
    got += pair.read(pair.b, ends.at_b);
  }
  EXPECT_EQ(got, text);
  // Groups are reported to routers, and there are none.
  for (const DropCounters* drops : {&pair.a.counters().drops, &pair.b.counters().drops}) {
    EXPECT_EQ(drops->total(), (*drops)[Drop::ip_group_not_joined]);
  }
}

// A line that changes a bit here and there: frames are lost by name, text is not.
TEST(PppLine, TextSurvivesABadLine) {
  LinePair pair;
  pair.settle();
  const Pair::Ends ends = pair.establish();
  Rng rng(7);
  pair.passes = [&](const Frame& frame, bool) {
    if (rng.chance(50'000)) {
      Slice wrong = pair.pool->copy_of(frame.bytes.flatten());
      wrong.writable()[rng.below(wrong.size())] ^= 0x10;
      const_cast<Frame&>(frame).bytes = BufferChain(std::move(wrong));
    }
    return !rng.chance(20'000);
  };
  const std::string text(50'000, 'x');
  std::string got;
  for (std::size_t sent = 0; got.size() < text.size() && pair.now < Instant{600s};) {
    const auto count = pair.a.write(ends.at_a, bytes_of(text).subspan(sent), pair.now);
    if (count) sent += *count;
    pair.pass(500ms);
    got += pair.read(pair.b, ends.at_b);
  }
  EXPECT_EQ(got, text);
  EXPECT_GT(pair.b.counters().drops[Drop::ppp_bad_fcs], 0u);
}

TEST(PppLine, WhenItEndsItsAddressIsGone) {
  LinePair pair;
  pair.settle();
  pair.a.close_line(0, pair.now);
  pair.pass(1s);
  EXPECT_FALSE(pair.a.routes().is_ours(Pair::a_address));
  EXPECT_FALSE(pair.b.routes().is_ours(Pair::b_address));
  EXPECT_FALSE(pair.a.routes().find(IpAddress::v4(192, 0, 2, 1)).has_value());
  EXPECT_FALSE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
}

// Who looks sees what stands between two flags, once, and each frame has a verdict; and what
// happens is the same as if nobody looked.
TEST(PppLine, WhoLooksSeesFramesWithoutTheirFraming) {
  struct Seen : HostObserver {
    void on_frame_in(Instant, LinkId, const Frame& frame) override {
      in.push_back(wire::summary_of_ppp(frame.bytes.flatten()));
    }
    void on_frame_out(Instant, LinkId, const Frame& frame) override {
      out.push_back(wire::summary_of_ppp(frame.bytes.flatten()));
    }
    void on_verdict(Instant, LinkId, Drop drop) override {
      EXPECT_EQ(drop, Drop::none);
      ++verdicts;
    }
    std::vector<std::string> in, out;
    std::size_t verdicts = 0;
  };
  const auto pinged = [](LinePair& pair) {
    pair.settle();
    EXPECT_EQ(pair.a.ping(Pair::b_address, {1, 1}, bytes_of("~}"), pair.now), Error::none);
    pair.settle();
    EXPECT_TRUE(pair.a.next_echo_reply().has_value());
    Digest digest;
    pair.a.digest(digest);
    pair.b.digest(digest);
    return digest.value();
  };
  LinePair watched, alone;
  Seen at_a, at_b;
  watched.a.observe(&at_a);
  watched.b.observe(&at_b);
  EXPECT_EQ(pinged(watched), pinged(alone));
  EXPECT_EQ(at_a.out, at_b.in);
  EXPECT_EQ(at_b.out, at_a.in);
  EXPECT_EQ(at_a.verdicts, at_a.in.size());
  EXPECT_EQ(at_b.verdicts, at_b.in.size());
  const auto has = [](const std::vector<std::string>& lines, const char* words) {
    return std::ranges::any_of(lines, [&](const auto& line) { return line.starts_with(words); });
  };
  EXPECT_TRUE(has(at_a.out, "LCP Configure-Request id=1 <"));
  EXPECT_TRUE(has(at_a.in, "IPCP Configure-Nak"));
  EXPECT_TRUE(has(at_a.out, "IPV6CP Configure-Request"));
  EXPECT_TRUE(has(at_b.in, "10.0.0.1 > 10.0.0.2 ICMP echo request") ||
              has(at_b.in, "IPv4 10.0.0.1 > 10.0.0.2"))
      << at_b.in.back();
}

TEST(PppLine, ACopyGoesOnAsTheFirst) {
  LinePair pair;
  std::vector<Frame> first, second;
  Host copy = pair.a;
  pair.a.emit(0, first, 64, pair.now);
  copy.emit(0, second, 64, pair.now);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].bytes.flatten(), second[0].bytes.flatten());
  Digest one, other;
  pair.a.digest(one);
  copy.digest(other);
  EXPECT_EQ(one.value(), other.value());
}

}  // namespace
}  // namespace acksu
