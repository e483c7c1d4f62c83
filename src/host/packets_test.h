// For tests: IPv4 packets made of fields, and read back with every checksum verified.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/buffer.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

namespace acksu::test {

using Octets = std::vector<std::uint8_t>;

inline Endpoint at(const char* text) { return *parse_endpoint(text); }

// A packet between two endpoints as people speak of it.
struct Said {
  std::uint8_t protocol = wire::IpProtocol::udp;
  Endpoint from{};
  Endpoint to{};
  Octets text{};
  // TCP
  std::uint16_t flags = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t window = 10000;
  // ICMP
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t id = 0;
  std::uint16_t rest = 0;  // sequence number, or next-hop MTU
  // IPv4
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;
};

class Packets {
 public:
  BufferPool pool;

  Octets bytes_of(const Said& said) {
    Octets transport(60);
    if (said.protocol == wire::IpProtocol::tcp) {
      transport.resize(wire::write_tcp(segment_of(said), pseudo(said), transport));
    } else if (said.protocol == wire::IpProtocol::udp) {
      const wire::UdpDatagram datagram{said.from.port, said.to.port, chain(said.text), {}};
      transport.resize(wire::write_udp(datagram, pseudo(said), transport));
    } else if (said.protocol == wire::IpProtocol::icmp) {
      const wire::IcmpMessage message{said.type, said.code, said.id, said.rest, chain(said.text)};
      transport.resize(wire::write_icmp(message, transport));
    } else {
      transport.resize(8);
    }
    transport.insert(transport.end(), said.text.begin(), said.text.end());
    wire::Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(20 + transport.size());
    ip.identification = 4711;
    ip.ttl = 64;
    ip.protocol = said.protocol;
    ip.source = said.from.address;
    ip.destination = said.to.address;
    ip.more_fragments = said.more_fragments;
    ip.fragment_offset_bytes = said.fragment_offset;
    Octets packet(ip.total_length);
    wire::write(ip, packet);
    std::copy(transport.begin(), transport.end(), packet.begin() + 20);
    return packet;
  }
  BufferChain chain(const Octets& bytes) {
    return bytes.empty() ? BufferChain{} : BufferChain{pool.copy_of(bytes)};
  }
  BufferChain packet(const Said& said) { return chain(bytes_of(said)); }

  // What a packet says; fails the test when a checksum is wrong.
  Said read(const BufferChain& packet) { return read(packet.flatten()); }
  Said read(const Octets& bytes) {
    Said said;
    wire::Ipv4Header ip;
    EXPECT_EQ(wire::read(bytes, ip), Drop::none);
    said.protocol = ip.protocol;
    said.from.address = ip.source;
    said.to.address = ip.destination;
    BufferChain rest = chain({bytes.begin() + ip.header_bytes, bytes.begin() + ip.total_length});
    if (ip.protocol == wire::IpProtocol::tcp) {
      Segment segment;
      EXPECT_EQ(wire::read_tcp(std::move(rest), pseudo(said), false, segment), Drop::none);
      said.from.port = segment.source_port;
      said.to.port = segment.destination_port;
      said.flags = segment.flags.bits;
      said.seq = segment.seq.value();
      said.ack = segment.ack.value();
      said.text = segment.text.flatten();
    } else if (ip.protocol == wire::IpProtocol::udp) {
      wire::UdpDatagram datagram;
      EXPECT_EQ(wire::read_udp(std::move(rest), pseudo(said), false, datagram), Drop::none);
      said.from.port = datagram.source_port;
      said.to.port = datagram.destination_port;
      said.text = datagram.text.flatten();
    } else {
      wire::IcmpMessage message;
      EXPECT_EQ(wire::read_icmp(std::move(rest), false, message), Drop::none);
      said.type = message.type;
      said.code = message.code;
      said.id = message.id;
      said.rest = message.sequence;
      said.text = message.payload.flatten();
    }
    return said;
  }

 private:
  static wire::PseudoHeader pseudo(const Said& said) {
    return {said.from.address, said.to.address};
  }
  Segment segment_of(const Said& said) {
    Segment segment;
    segment.source_port = said.from.port;
    segment.destination_port = said.to.port;
    segment.seq = Seq{said.seq};
    segment.ack = Seq{said.ack};
    segment.flags.bits = said.flags;
    segment.window = said.window;
    segment.text = chain(said.text);
    return segment;
  }
};

inline Said udp(const char* from, const char* to, Octets text = {1, 2, 3}) {
  return {
      .protocol = wire::IpProtocol::udp, .from = at(from), .to = at(to), .text = std::move(text)};
}
inline Said tcp(const char* from, const char* to, std::uint16_t flags, std::uint32_t seq = 1000) {
  return {.protocol = wire::IpProtocol::tcp,
          .from = at(from),
          .to = at(to),
          .flags = flags,
          .seq = seq};
}
inline Said echo(const char* from, const char* to, std::uint8_t type, std::uint16_t id) {
  return {.protocol = wire::IpProtocol::icmp,
          .from = {*parse_ip(from), 0},
          .to = {*parse_ip(to), 0},
          .text = {9, 8, 7},
          .type = type,
          .id = id};
}
// An error from an address about a packet, of which it quotes so many bytes.
inline Said error(const char* from, const char* to, std::uint8_t type, Octets quote) {
  return {.protocol = wire::IpProtocol::icmp,
          .from = {*parse_ip(from), 0},
          .to = {*parse_ip(to), 0},
          .text = std::move(quote),
          .type = type};
}

}  // namespace acksu::test
