// Two ends of PPP over a line that loses and changes octets; ends that disagree; lines that loop
// back, fall silent or are ended; a peer that is made of octets.
#include "host/ppp_session.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <tuple>

#include "base/rng.h"

namespace acksu::ppp_session_test {
namespace {

using Octets = std::vector<std::uint8_t>;
using wire::IpcpOption;
using wire::LcpOption;
using wire::PppCode;
using wire::PppControl;
using wire::PppOption;
using wire::PppProtocol;
using Kind = PppNews::Kind;
using Failure = PppNews::Failure;

constexpr SipKey key(std::uint64_t number) { return {number, ~number}; }

PppSettings client() {
  PppSettings settings;
  settings.ipv4.asks_name_servers = true;
  return settings;
}
PppSettings server() {
  PppSettings settings;
  settings.ipv4.local = IpAddress::v4(10, 0, 2, 2);
  settings.ipv4.remote = IpAddress::v4(10, 0, 2, 15);
  settings.ipv4.name_servers = {IpAddress::v4(10, 0, 2, 3)};
  return settings;
}

// What a line does to octets, in parts per million.
struct Weather {
  std::uint32_t loses = 0;
  std::uint32_t changes = 0;
  std::uint32_t inserts = 0;
};

struct End {
  PppSession session;
  std::vector<PppNews> news{};
  std::vector<Octets> packets{};
  Octets incoming{};

  bool has(Kind kind) const {
    for (const PppNews& one : news) {
      if (one.kind == kind) return true;
    }
    return false;
  }
  std::vector<Failure> failures() const {
    std::vector<Failure> all;
    for (const PppNews& one : news) {
      if (one.kind == Kind::failed) all.push_back(one.failure);
    }
    return all;
  }
};

class Line {
 public:
  Line(const PppSettings& one, const PppSettings& other, std::uint64_t seed, Weather weather = {})
      : a{PppSession(one, key(seed))},
        b{PppSession(other, key(seed + 1))},
        rng_(seed),
        weather_(weather) {}

  void open() {
    a.session.open(now);
    b.session.open(now);
  }
  // Runs until `until`, or until nothing is due any more.
  void run_until(Instant until) {
    for (unsigned rounds = 0; rounds < 100'000; ++rounds) {
      if (exchange()) continue;
      const Instant next = earliest(a.session.deadline(), b.session.deadline());
      if (next > until) break;
      now = std::max(now, next);
      a.session.on_time(now);
      b.session.on_time(now);
    }
    if (until != never) now = until;
  }
  bool is_up() const { return is_up(a) && is_up(b); }
  static bool is_up(const End& end) {
    return end.session.lcp().is_open() && end.session.ipcp().is_open() &&
           end.session.ipv6cp().is_open();
  }
  void carry(End& from, Octets octets) { deliver(from, octets); }

  End a, b;
  Instant now{};
  bool is_cut = false;
  bool loops = false;

 private:
  // Whether anything was under way.
  bool exchange() {
    bool any = false;
    for (End* end : {&a, &b}) {
      while (const auto frame = end->session.next_frame()) {
        deliver(*end, *frame);
        any = true;
      }
    }
    for (End* end : {&a, &b}) {
      Bytes stream = end->incoming;
      while (const auto packet = end->session.next_packet(stream, now)) {
        end->packets.emplace_back(packet->information.begin(), packet->information.end());
      }
      end->incoming.clear();
      while (const auto news = end->session.next_news()) end->news.push_back(*news);
    }
    return any;
  }
  void deliver(End& from, const Octets& octets) {
    if (is_cut) return;
    End& to = loops ? from : (&from == &a ? b : a);
    for (std::uint8_t octet : octets) {
      if (rng_.chance(weather_.loses)) continue;
      if (rng_.chance(weather_.inserts)) {
        to.incoming.push_back(static_cast<std::uint8_t>(rng_.below(256)));
      }
      if (rng_.chance(weather_.changes)) octet ^= static_cast<std::uint8_t>(1u << rng_.below(8));
      to.incoming.push_back(octet);
    }
  }

  Rng rng_;
  Weather weather_;
};

const PppNews* last(const End& end, Kind kind) {
  const PppNews* found = nullptr;
  for (const PppNews& news : end.news) {
    if (news.kind == kind) found = &news;
  }
  return found;
}

TEST(PppSession, ComesUpAndGivesAddresses) {
  Line line(client(), server(), 1);
  line.open();
  line.run_until(Instant{1s});
  ASSERT_TRUE(line.is_up());
  const PppNews* ipv4 = last(line.a, Kind::ipv4_up);
  ASSERT_NE(ipv4, nullptr);
  EXPECT_EQ(ipv4->local, IpAddress::v4(10, 0, 2, 15));
  EXPECT_EQ(ipv4->remote, IpAddress::v4(10, 0, 2, 2));
  EXPECT_EQ(ipv4->name_servers, std::vector{IpAddress::v4(10, 0, 2, 3)});
  EXPECT_EQ(ipv4->mtu, 1500);
  EXPECT_EQ(last(line.b, Kind::ipv4_up)->remote, IpAddress::v4(10, 0, 2, 15));
  const PppNews *a6 = last(line.a, Kind::ipv6_up), *b6 = last(line.b, Kind::ipv6_up);
  ASSERT_TRUE(a6 && b6);
  EXPECT_EQ(a6->local, b6->remote);
  EXPECT_EQ(a6->remote, b6->local);
  EXPECT_NE(a6->local, a6->remote);
  EXPECT_EQ(line.a.session.refused().total() + line.b.session.refused().total(), 0u);
  EXPECT_TRUE(line.a.session.framing().compresses_protocol);
  EXPECT_EQ(line.a.session.framing().control_map, 0u);
}

TEST(PppSession, CarriesPacketsWhenItIsUpAndOnlyThen) {
  Line line(client(), server(), 2);
  const Octets packet(100, 0x45);
  line.open();
  EXPECT_FALSE(line.a.session.may_send(PppProtocol::ipv4));
  line.carry(line.a, wire::ppp_frame({}, PppProtocol::ipv4, packet));
  line.run_until(Instant{1s});
  EXPECT_TRUE(line.b.packets.empty());
  EXPECT_EQ(line.b.session.refused()[Drop::ppp_unexpected], 1u);
  ASSERT_TRUE(line.a.session.may_send(PppProtocol::ipv4));
  line.carry(line.a, wire::ppp_frame(line.a.session.framing(), PppProtocol::ipv4, packet));
  line.run_until(Instant{2s});
  EXPECT_EQ(line.b.packets, std::vector<Octets>{packet});
}

// The line loses, changes and invents octets: it comes up all the same, at both ends, as agreed.
TEST(PppSession, ComesUpOverBadLines) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Weather weather{static_cast<std::uint32_t>(seed * 20), 3'000, 1'000};
    Line line(client(), server(), seed, weather);
    line.open();
    Instant until{};
    while (!line.is_up() && until < Instant{600s}) line.run_until(until += 3s);
    ASSERT_TRUE(line.is_up()) << seed;
    EXPECT_EQ(last(line.a, Kind::ipv4_up)->local, IpAddress::v4(10, 0, 2, 15)) << seed;
    EXPECT_EQ(last(line.a, Kind::ipv6_up)->remote, last(line.b, Kind::ipv6_up)->local) << seed;
  }
}

// RFC 1661 section 6.4.
TEST(PppSession, ALoopIsFound) {
  Line line(client(), client(), 3);
  line.loops = true;
  line.a.session.open(line.now);
  line.run_until(Instant{1s});
  EXPECT_EQ(line.a.failures(), std::vector{Failure::looped_back});
  EXPECT_FALSE(line.a.session.lcp().is_open());
  // It tries again, and comes up once there is a peer.
  line.loops = false;
  line.b.session.open(line.now);
  line.run_until(Instant{60s});
  EXPECT_TRUE(line.a.session.lcp().is_open());
}

TEST(PppSession, ALoopIsFoundWhenTheLineWasUp) {
  Line line(client(), server(), 4);
  line.open();
  line.run_until(Instant{1s});
  ASSERT_TRUE(line.is_up());
  line.loops = true;
  line.run_until(Instant{11s});
  EXPECT_EQ(line.a.failures(), std::vector{Failure::looped_back});
  EXPECT_GE(line.a.session.refused()[Drop::ppp_own_message], 1u);
  EXPECT_TRUE(line.a.has(Kind::ipv4_down));
}

TEST(PppSession, EndsInOrder) {
  Line line(client(), server(), 6);
  line.open();
  line.run_until(Instant{1s});
  line.a.session.close(line.now);
  line.run_until(Instant{2s});
  EXPECT_EQ(line.a.session.lcp().state(), PppState::closed);
  EXPECT_EQ(line.a.session.deadline(), never);
  EXPECT_TRUE(line.a.has(Kind::ipv4_down) && line.a.has(Kind::ipv6_down));
  line.run_until(Instant{8s});
  EXPECT_EQ(line.b.failures(), std::vector{Failure::ended_by_peer});
  // And may begin again.
  line.a.session.open(line.now);
  line.run_until(line.now + 60s);
  EXPECT_TRUE(line.is_up());
}

TEST(PppSession, ADeadLineIsFoundAndTriedAgain) {
  Line line(client(), server(), 7);
  line.open();
  line.run_until(Instant{1s});
  line.is_cut = true;
  line.run_until(Instant{60s});
  EXPECT_EQ(line.a.failures().front(), Failure::dead);
  EXPECT_TRUE(line.a.has(Kind::ipv4_down));
  line.is_cut = false;
  line.run_until(Instant{180s});
  EXPECT_TRUE(line.is_up());
}

// Whoever waits for a peer has a time to give up, or to try again.
TEST(PppSession, NobodyWaitsForEver) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Line line(client(), server(), seed, {20'000, 20'000, 5'000});
    line.open();
    Rng rng(seed);
    for (unsigned step = 0; step < 40; ++step) {
      line.is_cut = rng.chance(300'000);
      line.run_until(line.now + 2s);
      for (const End* end : {&line.a, &line.b}) {
        ASSERT_NE(end->session.deadline(), never) << seed << " " << step;
        for (const PppLayer* layer :
             {&end->session.lcp(), &end->session.ipcp(), &end->session.ipv6cp()}) {
          ASSERT_EQ(layer->deadline() != never, has_restart_timer(layer->state()));
        }
      }
    }
  }
}

TEST(PppSession, ACopyGoesOnAsTheFirst) {
  Line line(client(), server(), 8, {2'000, 2'000, 0});
  line.open();
  for (unsigned step = 0; step < 20; ++step) {
    Line copy = line;
    line.run_until(line.now + 1s);
    copy.run_until(copy.now + 1s);
    Digest one, other;
    line.a.session.digest(one);
    copy.a.session.digest(other);
    ASSERT_EQ(one.value(), other.value()) << step;
  }
}

// A peer made of packets: what it says, and what it is told.
class Peer {
 public:
  explicit Peer(const PppSettings& settings = {}) : session(settings, key(9)) { session.open(now); }
  void say(std::uint16_t protocol, const PppControl& packet) {
    say_octets(protocol, wire::to_bytes(packet));
  }
  void say_octets(std::uint16_t protocol, const Octets& information) {
    const Octets frame = wire::ppp_frame({}, protocol, information);
    Bytes stream = frame;
    while (session.next_packet(stream, now)) {
    }
  }
  // The next packet; of protocol 0 when there is none.
  std::pair<std::uint16_t, PppControl> hear() {
    const auto octets = session.next_frame();
    if (!octets) return {};
    wire::PppDeframer deframer(1500);
    deframer.set_control_map(0);
    Bytes stream = *octets;
    wire::PppFrame frame;
    EXPECT_EQ(read(deframer.next(stream)->frame, frame), Drop::none);
    PppControl packet;
    EXPECT_EQ(wire::read(frame.information, frame.protocol, packet), Drop::none);
    return {frame.protocol, packet};
  }
  PppControl hear_lcp() {
    const auto [protocol, packet] = hear();
    EXPECT_EQ(protocol, PppProtocol::lcp);
    return packet;
  }
  // Agrees to all that LCP asks, and asks for nothing.
  void bring_up() {
    PppControl request = hear_lcp();
    request.code = PppCode::configure_ack;
    say(PppProtocol::lcp, request);
    say(PppProtocol::lcp, {.code = PppCode::configure_request, .id = 1});
    EXPECT_EQ(hear_lcp().code, PppCode::configure_ack);
    EXPECT_TRUE(session.lcp().is_open());
  }

  PppSession session;
  Instant now{};
};

PppOption mru(std::uint64_t value) { return PppOption::number(LcpOption::mru, value, 2); }

TEST(PppSession, RejectsWhatItDoesNotKnowUnchangedAndInOrder) {
  Peer peer;
  peer.hear_lcp();
  const PppOption unknown{0x99, {1, 2, 3}}, authentication{LcpOption::authentication, {0xc0, 0x23}};
  peer.say(PppProtocol::lcp, {.code = PppCode::configure_request,
                              .id = 7,
                              .options = {unknown, mru(1400), authentication}});
  const PppControl reply = peer.hear_lcp();
  EXPECT_EQ(reply.code, PppCode::configure_reject);
  EXPECT_EQ(reply.id, 7);
  EXPECT_EQ(reply.options, (std::vector{unknown, authentication}));
  // No agreement: the failure says why.
  for (unsigned i = 0; i < 10; ++i) peer.session.on_time(peer.now += 3s);
  EXPECT_EQ(peer.session.next_news()->failure, Failure::wants_authentication);
}

TEST(PppSession, TellsThatItWasRefusedForWantOfAPassword) {
  Peer peer;
  peer.hear_lcp();
  peer.say(PppProtocol::lcp, {.code = PppCode::configure_request,
                              .id = 7,
                              .options = {{LcpOption::authentication, {0xc0, 0x23}}}});
  EXPECT_EQ(peer.hear_lcp().code, PppCode::configure_reject);
  EXPECT_FALSE(peer.session.next_news());
  peer.say(PppProtocol::lcp, {.code = PppCode::terminate_request, .id = 8});
  EXPECT_EQ(peer.hear_lcp().code, PppCode::terminate_ack);
  EXPECT_EQ(peer.session.next_news()->failure, Failure::wants_authentication);
}

TEST(PppSession, ProposesWhatItCanTake) {
  Peer peer;
  peer.hear_lcp();
  peer.say(PppProtocol::lcp, {.code = PppCode::configure_request, .id = 1, .options = {mru(100)}});
  PppControl reply = peer.hear_lcp();
  EXPECT_EQ(reply.code, PppCode::configure_nak);
  EXPECT_EQ(reply.options, std::vector{mru(LcpOptions::smallest_mru)});
  // A wrong length: what it should look like (RFC 1661 section 6).
  peer.say(PppProtocol::lcp,
           {.code = PppCode::configure_request, .id = 2, .options = {{LcpOption::mru, {1, 2, 3}}}});
  reply = peer.hear_lcp();
  EXPECT_EQ(reply.options, std::vector{mru(1500)});
  // RFC 1661 4.6, Max-Failure: a peer that never gives in is told that there is no such option.
  for (std::uint8_t id = 3; id < 20 && reply.code == PppCode::configure_nak; ++id) {
    peer.say(PppProtocol::lcp,
             {.code = PppCode::configure_request, .id = id, .options = {mru(100)}});
    reply = peer.hear_lcp();
  }
  EXPECT_EQ(reply.code, PppCode::configure_reject);
  EXPECT_EQ(reply.options, std::vector{mru(100)});
}

TEST(PppSession, AnswersCountOnlyForTheLastRequest) {
  Peer peer;
  const PppControl request = peer.hear_lcp();
  PppControl ack = request;
  ack.code = PppCode::configure_ack;
  ++ack.id;
  peer.say(PppProtocol::lcp, ack);
  --ack.id;
  ack.options.pop_back();
  peer.say(PppProtocol::lcp, ack);
  EXPECT_EQ(peer.session.refused()[Drop::ppp_wrong_answer], 2u);
  EXPECT_EQ(peer.session.lcp().state(), PppState::request_sent);
  ack.options = request.options;
  peer.say(PppProtocol::lcp, ack);
  EXPECT_EQ(peer.session.lcp().state(), PppState::ack_received);
  peer.say(PppProtocol::lcp, ack);  // the same again changes nothing
  EXPECT_EQ(peer.session.lcp().state(), PppState::ack_received);
  EXPECT_EQ(peer.session.refused()[Drop::ppp_wrong_answer], 3u);
}

TEST(PppSession, DoesWithoutWhatIsRejected) {
  Peer peer;
  const PppControl request = peer.hear_lcp();
  peer.say(PppProtocol::lcp,
           {.code = PppCode::configure_reject, .id = request.id, .options = {request.options[1]}});
  const PppControl again = peer.hear_lcp();
  EXPECT_EQ(again.options.size(), request.options.size() - 1);
  EXPECT_NE(again.id, request.id);
}

// RFC 1661 3.4: one Terminate-Request of LCP ends all.
TEST(PppSession, ClosesWithLcpAlone) {
  Peer peer;
  peer.bring_up();
  while (peer.hear().first != 0) {
  }
  EXPECT_FALSE(peer.session.is_closed());
  peer.session.close(peer.now);
  const PppControl request = peer.hear_lcp();
  EXPECT_EQ(request.code, PppCode::terminate_request);
  EXPECT_EQ(peer.hear().first, 0);
  EXPECT_FALSE(peer.session.is_closed());
  peer.say(PppProtocol::lcp, {.code = PppCode::terminate_ack, .id = request.id});
  EXPECT_TRUE(peer.session.is_closed());
  EXPECT_EQ(peer.hear().first, 0);
  EXPECT_EQ(peer.session.deadline(), never);
}

PppOption address(IpAddress value) {
  return PppOption::number(IpcpOption::address, value.as_v4(), 4);
}

// RFC 1332 3.3: 0.0.0.0 asks for an address. Debian's slirp does, and ends IPCP when it gets none.
TEST(PppSession, StandsInForAnAddressThatNobodyHas) {
  constexpr IpAddress stand_in = IpAddress::v4(192, 0, 0, 8);
  PppSettings settings;
  settings.ipv4.stand_in = stand_in;
  const PppControl asks{
      .code = PppCode::configure_request, .id = 1, .options = {address(IpcpSettings::none)}};
  for (const bool has_stand_in : {true, false}) {
    Peer peer(has_stand_in ? settings : PppSettings{});
    peer.bring_up();
    while (peer.hear().first != 0) {
    }
    peer.say(PppProtocol::ipcp, asks);
    const auto [protocol, reply] = peer.hear();
    EXPECT_EQ(protocol, PppProtocol::ipcp);
    EXPECT_EQ(reply.code, has_stand_in ? PppCode::configure_nak : PppCode::configure_reject);
    EXPECT_EQ(reply.options, std::vector{address(has_stand_in ? stand_in : IpcpSettings::none)});
    // One that it has already is its own.
    peer.say(PppProtocol::ipcp, {.code = PppCode::configure_request,
                                 .id = 2,
                                 .options = {address(IpAddress::v4(10, 0, 0, 7))}});
    EXPECT_EQ(peer.hear().second.code, PppCode::configure_ack);
  }
}

TEST(PppSession, TellsThatThePeerRefusesIpv4) {
  Peer peer;
  peer.bring_up();
  while (peer.hear().first != 0) {
  }
  peer.say(PppProtocol::lcp,
           {.code = PppCode::protocol_reject, .id = 1, .rejected_protocol = PppProtocol::ipcp});
  EXPECT_EQ(peer.session.next_news()->failure, Failure::no_ipv4);
  EXPECT_TRUE(peer.session.lcp().is_open());  // for IPv6
}

TEST(PppSession, TellsThatThereIsNoAddress) {
  Peer peer;
  peer.bring_up();
  PppControl request;
  for (std::uint16_t protocol = 1; protocol != PppProtocol::ipcp;) {
    std::tie(protocol, request) = peer.hear();
    ASSERT_NE(protocol, 0);
  }
  request.code = PppCode::configure_ack;  // to 0.0.0.0
  peer.say(PppProtocol::ipcp, request);
  peer.say(PppProtocol::ipcp, {.code = PppCode::configure_request, .id = 1});
  EXPECT_EQ(peer.session.next_news()->kind, Kind::ipv4_up);
  EXPECT_EQ(peer.session.next_news()->failure, Failure::no_address);
}

// RFC 1661 section 6.4: both may have drawn the same number; one request is no loop.
TEST(PppSession, TheSameMagicNumberIsNoLoopYet) {
  Peer peer;
  const PppControl request = peer.hear_lcp();
  const PppOption magic = request.options[1];
  ASSERT_EQ(magic.type, LcpOption::magic);
  peer.say(PppProtocol::lcp, {.code = PppCode::configure_request, .id = 1, .options = {magic}});
  const PppControl reply = peer.hear_lcp();
  EXPECT_EQ(reply.code, PppCode::configure_nak);
  ASSERT_EQ(reply.options.size(), 1u);
  EXPECT_EQ(reply.options[0].type, LcpOption::magic);
  EXPECT_NE(reply.options[0], magic);
  EXPECT_FALSE(peer.session.next_news());
}

// RFC 1661 4.6: Max-Configure requests, then none for a while.
TEST(PppSession, GivesUpAfterMaxConfigureAndTriesAgain) {
  Peer peer;
  unsigned requests = 0;
  while (!peer.session.next_news()) {
    while (peer.hear().first != 0) ++requests;
    peer.session.on_time(peer.now = peer.session.deadline());
  }
  EXPECT_EQ(requests, 10u);
  EXPECT_EQ(peer.now, Instant{30s});
  peer.session.on_time(peer.now = peer.session.deadline());
  EXPECT_EQ(peer.hear_lcp().code, PppCode::configure_request);
}

TEST(PppSession, RejectsCodesAndProtocolsThatItDoesNotKnow) {
  Peer peer;
  peer.bring_up();
  while (peer.hear().first != 0) {
  }
  peer.say_octets(PppProtocol::lcp, {0x33, 5, 0, 5, 0xab});
  const PppControl code_reject = peer.hear_lcp();
  EXPECT_EQ(code_reject.code, PppCode::code_reject);
  EXPECT_EQ(code_reject.data, (Octets{0x33, 5, 0, 5, 0xab}));
  peer.say_octets(0x8023, {1, 2, 3, 4});
  const PppControl protocol_reject = peer.hear_lcp();
  EXPECT_EQ(protocol_reject.code, PppCode::protocol_reject);
  EXPECT_EQ(protocol_reject.rejected_protocol, 0x8023);
  EXPECT_EQ(protocol_reject.data, (Octets{1, 2, 3, 4}));
  EXPECT_EQ(peer.session.refused()[Drop::ppp_unknown_code], 1u);
  EXPECT_EQ(peer.session.refused()[Drop::ppp_unknown_protocol], 1u);
}

TEST(PppSession, AnswersEchoesAndTakesProtocolRejects) {
  Peer peer;
  peer.bring_up();
  while (peer.hear().first != 0) {
  }
  peer.say(PppProtocol::lcp, {.code = PppCode::echo_request, .id = 9, .data = {1, 2}});
  const PppControl reply = peer.hear_lcp();
  EXPECT_EQ(reply.code, PppCode::echo_reply);
  EXPECT_EQ(reply.id, 9);
  EXPECT_EQ(reply.data, (Octets{1, 2}));
  EXPECT_NE(reply.magic, 0u);
  peer.say(PppProtocol::lcp, {.code = PppCode::echo_request, .id = 9, .magic = 77});
  EXPECT_EQ(peer.session.refused()[Drop::ppp_wrong_magic], 1u);
  EXPECT_EQ(peer.session.ipv6cp().state(), PppState::request_sent);
  peer.say(PppProtocol::lcp,
           {.code = PppCode::protocol_reject, .id = 1, .rejected_protocol = PppProtocol::ipv6cp});
  EXPECT_EQ(peer.session.ipv6cp().state(), PppState::stopped);
  EXPECT_EQ(peer.session.ipcp().state(), PppState::request_sent);
}

// Whatever a peer says, what is kept for it is bounded.
TEST(PppSession, AnyOctetsAreTaken) {
  EXPECT_TRUE(rc::check([] {
    Peer peer;
    peer.bring_up();
    for (unsigned i = 0; i < 50; ++i) {
      const auto protocol = *rc::gen::element(PppProtocol::lcp, PppProtocol::ipcp,
                                              PppProtocol::ipv6cp, std::uint16_t{0x8023});
      const auto data = *rc::gen::arbitrary<Octets>();
      Octets packet{*rc::gen::inRange<std::uint8_t>(0, 14), *rc::gen::inRange<std::uint8_t>(0, 6),
                    static_cast<std::uint8_t>((data.size() + 4) >> 8),
                    static_cast<std::uint8_t>(data.size() + 4)};
      packet.insert(packet.end(), data.begin(), data.end());
      peer.say_octets(protocol, packet);
      if (i % 10 == 0) peer.session.on_time(peer.now += 1s);
    }
    unsigned frames = 0;
    while (peer.session.next_frame()) ++frames;
    RC_ASSERT(frames <= 64u);
  }));
}

}  // namespace
}  // namespace acksu::ppp_session_test
