// PPP's framing: known octets, any stream in any pieces, and what a line does to it.
#include "wire/ppp_frame.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::bytes_of;
using test::hex;
using test::operator+;
using Octets = std::vector<std::uint8_t>;

struct Heard {
  Drop drop = Drop::none;
  std::uint16_t protocol = 0;
  Octets information{};
  bool operator==(const Heard&) const = default;
};

std::vector<Heard> hear(PppDeframer& deframer, Bytes stream) {
  std::vector<Heard> all;
  while (const auto arrival = deframer.next(stream)) {
    PppFrame frame;
    Drop drop = arrival->drop;
    if (drop == Drop::none) drop = read(arrival->frame, frame);
    all.push_back({drop, frame.protocol, {frame.information.begin(), frame.information.end()}});
  }
  return all;
}

std::vector<Heard> hear(const Octets& stream) {
  PppDeframer deframer(1500);
  return hear(deframer, stream);
}

// The check value of this checksum (CRC-16/X-25) of "123456789".
TEST(PppFrame, Fcs) {
  EXPECT_EQ(ppp_fcs(bytes_of("123456789")) ^ 0xffff, 0x906e);
  EXPECT_EQ(ppp_fcs(Bytes{}), 0xffff);
}

TEST(PppFrame, ExactOctets) {
  // RFC 1662 section 4.2: 0x7e, 0x7d and mapped control characters stand behind an escape.
  const Octets frame = ppp_frame({}, PppProtocol::lcp, hex("01 7e 7d 41"));
  EXPECT_EQ(Octets(frame.begin(), frame.begin() + 13), hex("7e ff7d23 c021 7d21 7d5e 7d5d 41"));
  EXPECT_EQ(frame.back(), 0x7e);
  const Octets compressed = ppp_frame({0, true, true}, PppProtocol::ipv4, hex("0011 45"));
  EXPECT_EQ(Octets(compressed.begin(), compressed.begin() + 5), hex("7e 21 0011 45"));
}

// RFC 1661 6.6, RFC 1662 7.1: LCP is sent so that whoever knows nothing yet understands it.
TEST(PppFrame, LcpIsNeverCompressed) {
  EXPECT_EQ(ppp_frame({0, true, true}, PppProtocol::lcp, hex("0101 0004")),
            ppp_frame({}, PppProtocol::lcp, hex("0101 0004")));
}

TEST(PppFrame, AnyStreamInAnyPieces) {
  EXPECT_TRUE(rc::check([] {
    const auto informations =
        *rc::gen::container<std::vector<Octets>>(4, rc::gen::arbitrary<Octets>());
    const PppFraming framing{*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::arbitrary<bool>(),
                             *rc::gen::arbitrary<bool>()};
    Octets stream = bytes_of("noise ~~");
    std::vector<Heard> sent{{Drop::ppp_bad_fcs, 0, {}}};
    for (const Octets& information : informations) {
      if (information.size() < 4) continue;  // else it may be a runt
      stream = stream + ppp_frame(framing, PppProtocol::ipv4, information);
      sent.push_back({Drop::none, PppProtocol::ipv4, information});
    }
    PppDeframer deframer(1500);
    deframer.set_control_map(framing.control_map);
    std::vector<Heard> heard;
    const auto step = *rc::gen::inRange<std::size_t>(1, 20);
    for (std::size_t at = 0; at < stream.size(); at += step) {
      const auto piece = Bytes(stream).subspan(at, std::min(step, stream.size() - at));
      for (Heard& one : hear(deframer, piece)) heard.push_back(std::move(one));
    }
    RC_ASSERT(heard == sent);
    RC_ASSERT(deframer.held_bytes() <= 1506u);
  }));
}

TEST(PppFrame, EveryWrongBitIsSeen) {
  const Octets frame = ppp_frame({0, false, false}, PppProtocol::ipv4, bytes_of("information"));
  for (std::size_t bit = 8; bit < 8 * (frame.size() - 1); ++bit) {
    Octets wrong = frame;
    wrong[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    for (const Heard& one : hear(wrong)) EXPECT_NE(one.drop, Drop::none) << bit;
  }
}

TEST(PppFrame, NamedDrops) {
  EXPECT_EQ(hear(hex("7e 7e 7e")), std::vector<Heard>{});
  EXPECT_EQ(hear(hex("7e 2145 7e")), std::vector<Heard>{{Drop::ppp_runt}});
  EXPECT_EQ(hear(hex("7e ff214541 7d 7e")), std::vector<Heard>{{Drop::ppp_aborted}});
  EXPECT_EQ(hear(hex("7e ff7d23 7d20 21 4541 7e")), std::vector<Heard>{{Drop::ppp_bad_fcs}});
  // A frame whose protocol never ends, with a right checksum.
  Octets endless = hex("ff03");
  PppFrame frame;
  EXPECT_EQ(read(endless, frame), Drop::ppp_runt);
  EXPECT_EQ(read(hex("ff03 00"), frame), Drop::ppp_runt);
  EXPECT_EQ(read(hex("ff03 21"), frame), Drop::none);
}

// A frame without an end costs no more than the largest one.
TEST(PppFrame, TooLongIsForgottenAndTheNextOneHeard) {
  const Octets good = ppp_frame({}, PppProtocol::ipv4, Octets(1500, 0x41));
  EXPECT_EQ(hear(good).front().drop, Drop::none);
  PppDeframer deframer(1500);
  EXPECT_TRUE(hear(deframer, hex("7e") + Octets(100'000, 0x41)).empty());
  EXPECT_EQ(deframer.held_bytes(), 1506u);
  const auto heard = hear(deframer, good);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].drop, Drop::ppp_too_long);
  EXPECT_EQ(heard[1].drop, Drop::none);
  EXPECT_EQ(hear(ppp_frame({}, PppProtocol::ipv4, Octets(1501, 0x41))).front().drop,
            Drop::ppp_too_long);
}

// RFC 1662 7.1: control characters that the line puts in do no harm while they are mapped.
TEST(PppFrame, MappedControlCharactersAreLeftOut) {
  Octets frame = ppp_frame({}, PppProtocol::ipv4, bytes_of("text"));
  frame.insert(frame.begin() + 5, 0x11);
  frame.insert(frame.begin() + 9, 0x13);
  EXPECT_EQ(hear(frame).front().drop, Drop::none);
  PppDeframer deframer(1500);
  deframer.set_control_map(0);
  EXPECT_EQ(hear(deframer, frame).front().drop, Drop::ppp_bad_fcs);
}

TEST(PppFrame, AddressWithoutControlIsNoHeader) {  // RFC 1661 6.6, RFC 1662 3.1
  PppFrame frame;
  ASSERT_EQ(read(hex("ff04"), frame), Drop::none);
  EXPECT_EQ(frame.protocol, 0xff);  // an odd octet: the whole protocol
  EXPECT_EQ(read(hex("ff"), frame), Drop::none);
  EXPECT_EQ(read(hex(""), frame), Drop::ppp_runt);
}

}  // namespace
}  // namespace acksu::wire
