// A host or router with two links that is given any packets of IPv4, IPv6 and ARP, and time. All
// that it answers and passes on is read by our own readers, with its checksums.
// SECURITY A2, A3, A6, A9, E5, I7: any packets, whatever they ask for.
#include "fuzz/fuzz.h"
#include "host/host.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

using namespace acksu;

namespace {

HostSettings settings(std::uint8_t choice) {
  HostSettings settings;
  for (std::uint8_t link = 0; link < 2; ++link) {
    LinkSettings each;
    each.mac = {{2, 0, 0, 0, link, 2}};
    each.addresses = {{IpAddress::v4(10, 0, link, 2), 24},
                      {IpAddress{0x2001'0db8'0000'0000u | link, 2}, 64}};
    each.ipv6.duplicate_probes = 0;
    each.ipv6.router_solicitations = 0;
    settings.links.push_back(each);
  }
  settings.forwards = (choice & 1) != 0;
  if ((choice & 2) != 0) {
    settings.translation.emplace();
    settings.translation->outside = 1;
    settings.translation->nat.external = {IpAddress::v4(10, 0, 1, 2)};
  }
  if ((choice & 4) != 0) settings.filter.emplace();
  settings.reassembly.max_bytes = 20'000;
  return settings;
}

class Station {
 public:
  explicit Station(Bytes bytes)
      : choices_(bytes), host_(settings(choices_.octet()), {{1, 2}, 3}, pool_) {
    listener_ = *host_.listen({{}, 80}, {}, now_);
    udp_ = *host_.open_udp({{}, 53}, now_);
  }

  void run() {
    while (!choices_.is_done()) {
      const std::uint8_t choice = choices_.octet();
      if (choice % 8 == 7) {
        pass(100ms * choices_.octet());
      } else {
        give(choice);
      }
      speak();
    }
    finish();
  }

 private:
  void give(std::uint8_t choice) {
    static constexpr std::uint16_t types[] = {wire::EtherType::ipv4, wire::EtherType::ipv6,
                                              wire::EtherType::arp, 0x8100};
    const LinkId link = (choice & 0x80) != 0;
    const std::uint16_t type = types[(choice >> 3) & 3];
    const std::size_t length = choices_.octet() + ((choice & 0x40) != 0 ? 256u : 0u);
    const Bytes packet = choices_.bytes(length);
    fuzz::Octets frame(14);
    wire::write(
        wire::EthernetHeader{host_.settings().links[link].mac, {{2, 0, 0, 0, link, 1}}, type},
        frame);
    frame.insert(frame.end(), packet.begin(), packet.end());
    if (type == wire::EtherType::ipv4) sign(MutableBytes(frame).subspan(14));
    Frame given{.bytes = fuzz::chain_of(*pool_, frame, 54u + choice)};
    given.is_checksum_verified = (choice & 0x20) == 0;
    host_.absorb(link, {&given, 1}, now_);
  }
  // A wrong header checksum would hide all that stands behind it.
  static void sign(MutableBytes packet) {
    if (packet.empty()) return;
    const std::size_t header = (packet[0] & 0xfu) * 4;
    if (header < 20 || header > packet.size()) return;
    store_be16(&packet[10], 0);
    store_be16(&packet[10], sum_of(packet.first(header)).checksum());
  }
  void speak() {
    for (LinkId link = 0; link < 2; ++link) {
      std::vector<Frame> frames;
      host_.emit(link, frames, 1000, now_);
      for (const Frame& frame : frames) check(frame);
    }
    std::uint8_t room[2000];
    while (host_.receive_from(udp_, room)) {
    }
    while (const auto handle = host_.accept(listener_, now_)) host_.close(*handle, now_);
    while (host_.next_event()) {
    }
  }
  void check(const Frame& frame) {
    const fuzz::Octets octets = frame.bytes.flatten();
    wire::EthernetHeader ethernet;
    ACKSU_ASSERT(octets.size() <= 1514 && wire::read(octets, ethernet) == Drop::none);
    const Bytes packet = Bytes(octets).subspan(14);
    if (ethernet.type == wire::EtherType::arp) {
      wire::ArpPacket arp;
      ACKSU_ASSERT(wire::read(packet, arp) == Drop::none);
    } else if (ethernet.type == wire::EtherType::ipv4) {
      check_v4(packet);
    } else {
      ACKSU_ASSERT(ethernet.type == wire::EtherType::ipv6);
      check_v6(packet);
    }
  }
  void check_v4(Bytes packet) {
    wire::Ipv4Header ip;
    ACKSU_ASSERT(wire::read(packet, ip) == Drop::none && ip.total_length == packet.size());
    if (!is_ours(ip.source) || ip.is_fragment()) return;  // passed on as it came
    if (host_.translation() != nullptr && ip.source == IpAddress::v4(10, 0, 1, 2)) return;
    ACKSU_ASSERT(ip.header_bytes <= 24);  // a router alert at most
    check_upper(ip.protocol, {ip.source, ip.destination}, packet.subspan(ip.header_bytes));
  }
  void check_v6(Bytes packet) {
    wire::Ipv6Header ip;
    ACKSU_ASSERT(wire::read(packet, packet.size(), ip) == Drop::none);
    ACKSU_ASSERT(ip.total_length() == packet.size());
    if (is_ours(ip.source))
      check_upper(ip.next_header, {ip.source, ip.destination}, packet.subspan(40));
  }
  bool is_ours(IpAddress address) const { return host_.routes().is_ours(address); }
  void check_upper(std::uint8_t protocol, const wire::PseudoHeader& ends, Bytes bytes) {
    BufferChain chain = fuzz::chain_of(*pool_, bytes);
    Segment segment;
    wire::IcmpMessage icmp;
    wire::Icmpv6Message icmpv6;
    if (protocol == wire::IpProtocol::tcp) {
      ACKSU_ASSERT(wire::read_tcp(std::move(chain), ends, false, segment) == Drop::none);
    } else if (protocol == wire::IpProtocol::icmp) {
      ACKSU_ASSERT(wire::read_icmp(std::move(chain), false, icmp) == Drop::none);
      ACKSU_ASSERT(bytes.size() <= 576 || icmp.type == 0);  // errors are short
    } else if (protocol == wire::NextHeader::icmpv6) {
      ACKSU_ASSERT(wire::read_icmpv6(std::move(chain), ends, false, icmpv6) == Drop::none);
      ACKSU_ASSERT(bytes.size() <= 1240 || !icmpv6.is_error());
    }
  }
  void pass(Duration duration) {
    const Instant end = now_ + duration;
    for (int i = 0; i < 10'000 && host_.deadline() <= end; ++i) {
      now_ = std::max(now_, host_.deadline());
      host_.on_time(now_);
      speak();
    }
    now_ = end;
  }
  void finish() {
    host_.close(listener_, now_);
    host_.close(udp_, now_);
    pass(10min);
    const HostHoldings held = host_.holdings();
    ACKSU_ASSERT(held.connections == 0 && held.half_open == 0 && held.time_wait == 0);
    ACKSU_ASSERT(held.text_bytes == 0 && held.replies == 0);
  }

  fuzz::Choices choices_;
  std::shared_ptr<BufferPool> pool_ = std::make_shared<BufferPool>();
  Host host_;
  Instant now_{1s};
  Handle listener_, udp_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Station({data, size}).run();
  return 0;
}
