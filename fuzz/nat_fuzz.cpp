// A translator between an inside and an outside that send anything, in turn: packets of our own
// making with bytes changed, and packets that are none. What passes is a packet of the same size
// whose checksums are as good as before.
// SECURITY A2, H2, H4, I7: any packets, in any order.
#include "fuzz/fuzz.h"
#include "host/nat.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

using namespace acksu;

namespace {

constexpr IpAddress external = IpAddress::v4(203, 0, 113, 7);
constexpr std::uint32_t ip_bytes = 20;

NatSettings settings() {
  return {.external = {external},
          .max_mappings = 8,
          .max_sessions = 12,
          .max_sessions_per_host = 6,
          .max_unanswered = 4};
}

bool is_well(const fuzz::Octets& packet) {
  wire::Ipv4Header ip;
  if (wire::read(packet, ip) != Drop::none || ip.is_fragment()) return false;
  BufferPool pool;
  BufferChain chain = fuzz::chain_of(pool, Bytes(packet).first(ip.total_length));
  chain.drop_front(ip.header_bytes);
  const wire::PseudoHeader ends{ip.source, ip.destination};
  Segment segment;
  wire::UdpDatagram datagram;
  wire::IcmpMessage message;
  switch (ip.protocol) {
    case wire::IpProtocol::tcp:
      return wire::read_tcp(std::move(chain), ends, false, segment) == Drop::none;
    case wire::IpProtocol::udp:
      return wire::read_udp(std::move(chain), ends, false, datagram) == Drop::none;
    case wire::IpProtocol::icmp:
      return wire::read_icmp(std::move(chain), false, message) == Drop::none;
    default: return true;
  }
}

class Gate {
 public:
  explicit Gate(Bytes bytes) : choices_(bytes) {
    nat_.table().add({wire::IpProtocol::tcp, {external, 80}, {IpAddress::v4(10, 0, 0, 9), 8080}});
  }

  void run() {
    while (!choices_.is_done()) {
      const std::uint8_t choice = choices_.octet();
      if (choice % 8 == 7) {
        now_ += 1s * choices_.octet();
        nat_.on_time(now_);
      } else {
        pass(packet_of(choice), (choice & 0x80) != 0);
      }
      ACKSU_ASSERT(nat_.table().sessions() <= 12 && nat_.table().mappings() <= 8);
    }
    nat_.on_time(now_ + 24h);
    ACKSU_ASSERT(nat_.table().sessions() == 0 && nat_.table().mappings() == 1);
  }

 private:
  fuzz::Octets packet_of(std::uint8_t choice) {
    const Bytes text = choices_.bytes(choices_.octet());
    if (choice % 8 == 6) return {text.begin(), text.end()};
    const bool is_outward = (choice & 0x80) != 0;
    const std::uint8_t ends = choices_.octet();
    Endpoint near{is_outward ? IpAddress::v4(10, 0, 0, ends & 3) : external,
                  static_cast<std::uint16_t>(1000 + (ends >> 2 & 3))};
    if (!is_outward && (choice & 0x40) != 0) near.port = 80;
    if (!is_outward && (choice & 0x20) != 0 && last_.port != 0) near = last_;
    const Endpoint far{IpAddress::v4(198, 51, 100, ends >> 4 & 3),
                       static_cast<std::uint16_t>(2000 + (ends >> 6))};
    return is_outward ? packet(choice, near, far, text) : packet(choice, far, near, text);
  }
  fuzz::Octets packet(std::uint8_t choice, Endpoint from, Endpoint to, Bytes text) {
    const wire::PseudoHeader ends{from.address, to.address};
    fuzz::Octets transport(60);
    std::uint8_t protocol = wire::IpProtocol::icmp;
    if (choice % 8 < 3) {
      protocol = wire::IpProtocol::tcp;
      Segment segment;
      segment.source_port = from.port;
      segment.destination_port = to.port;
      segment.flags.bits = choices_.octet() & 0x3f;
      segment.seq = Seq{choices_.octet() * 50u};
      segment.ack = Seq{choices_.octet() * 50u};
      segment.window = 3000;
      segment.text = fuzz::chain_of(pool_, text);
      transport.resize(wire::write_tcp(segment, ends, transport));
    } else if (choice % 8 < 5) {
      protocol = wire::IpProtocol::udp;
      const wire::UdpDatagram datagram{from.port, to.port, fuzz::chain_of(pool_, text), {}};
      transport.resize(wire::write_udp(datagram, ends, transport));
    } else {
      const std::uint8_t type = choices_.octet();
      const wire::IcmpMessage message{static_cast<std::uint8_t>(type & 0x0f), 0, from.port, to.port,
                                      fuzz::chain_of(pool_, quote(type, text))};
      transport.resize(wire::write_icmp(message, transport));
      text = scratch_;
    }
    transport.insert(transport.end(), text.begin(), text.end());
    fuzz::Octets whole(ip_bytes);
    write(wire::Ipv4Header{.total_length = static_cast<std::uint16_t>(ip_bytes + transport.size()),
                           .ttl = 64,
                           .protocol = protocol,
                           .source = from.address,
                           .destination = to.address},
          whole);
    whole.insert(whole.end(), transport.begin(), transport.end());
    return whole;
  }
  // The text as it is, or the last packet that passed.
  Bytes quote(std::uint8_t type, Bytes text) {
    scratch_ = (type & 0x80) != 0 ? passed_ : fuzz::Octets(text.begin(), text.end());
    return scratch_;
  }
  void pass(const fuzz::Octets& bytes, bool is_outward) {
    BufferChain chain = fuzz::chain_of(pool_, bytes, choices_.octet());
    const Translation result = is_outward ? nat_.outbound(chain, now_) : nat_.inbound(chain, now_);
    if (result.verdict == Translation::Verdict::dropped) ACKSU_ASSERT(result.drop != Drop::none);
    if (result.verdict != Translation::Verdict::outward &&
        result.verdict != Translation::Verdict::inward)
      return;
    const fuzz::Octets after = chain.flatten();
    wire::Ipv4Header ip, before;
    ACKSU_ASSERT(wire::read(after, ip) == Drop::none && wire::read(bytes, before) == Drop::none);
    ACKSU_ASSERT(ip.total_length == before.total_length && after.size() == ip.total_length);
    if (is_well(bytes)) ACKSU_ASSERT(is_well(after));
    if (result.verdict == Translation::Verdict::outward) {
      ACKSU_ASSERT(ip.source == external);
      passed_ = after;
      if (after.size() >= ip.header_bytes + 2u)
        last_ = {external, load_be16(&after[ip.header_bytes])};
    }
  }

  fuzz::Choices choices_;
  BufferPool pool_;
  Nat nat_{settings(), SipKey{1, 2}};
  Instant now_{1h};
  Endpoint last_;  // where the last flow came out
  fuzz::Octets passed_, scratch_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Gate({data, size}).run();
  return 0;
}
