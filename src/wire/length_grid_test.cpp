// Lengths of two layers that disagree (as in Ripple20): the cross product of {bytes on the wire,
// IP total length, IHL, TCP data offset, UDP length} at their edges, against a plain model. The
// bytes around the packet are changed, too: what a parser says may not depend on them.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/test_frames.h"
#include "wire/udp.h"

namespace acksu::wire::length_grid_test {
namespace {

constexpr unsigned exact_ihl = 7;
constexpr unsigned exact_total = 28 + 32 + 5;  // bytes: options, time stamps, text

struct Lengths {
  unsigned wire;
  unsigned total;
  unsigned ihl;
  unsigned data_offset;
  unsigned udp;
};

struct Verdict {
  Drop drop = Drop::none;
  std::vector<std::uint8_t> text;
  bool operator==(const Verdict&) const = default;
};

// A packet of which `lengths.wire` bytes are there; all but its lengths is well.
std::vector<std::uint8_t> packet_of(const Lengths& lengths, std::uint8_t protocol) {
  auto packet = test::hex(
      "45000000 00000000 40000000 0a000001 0a000002 01010101 01010101"
      "00350035 00000000 00000000 00100000 00000000 0101080a 00000001 00000002"
      "6865 6c6c 6f");
  packet[0] = static_cast<std::uint8_t>(0x40 | lengths.ihl);
  packet[9] = protocol;
  store_be16(&packet[2], static_cast<std::uint16_t>(lengths.total));
  packet[40] = static_cast<std::uint8_t>(lengths.data_offset << 4);
  if (protocol == IpProtocol::udp) {
    store_be16(&packet[32], static_cast<std::uint16_t>(lengths.udp));
  }
  packet.resize(lengths.wire, 0xcc);
  const std::size_t header_bytes = lengths.ihl * 4;
  if (packet.size() >= 20 && header_bytes >= 20 && header_bytes <= packet.size())
    store_be16(&packet[10], sum_of(Bytes(packet).first(header_bytes)).checksum());
  return packet;
}

Verdict read_all(const Slice& packet) {
  Ipv4Header ip;
  const Drop drop = read(packet.bytes(), ip);
  if (drop != Drop::none) return {drop, {}};
  BufferChain chain{packet.part(0, ip.total_length)};
  chain.drop_front(ip.header_bytes);
  const PseudoHeader pseudo{ip.source, ip.destination};
  if (ip.protocol == IpProtocol::udp) {
    UdpDatagram datagram;
    const Drop udp_drop = read_udp(std::move(chain), pseudo, true, datagram);
    return {udp_drop,
            udp_drop == Drop::none ? datagram.text.flatten() : std::vector<std::uint8_t>{}};
  }
  Segment segment;
  const Drop tcp_drop = read_tcp(std::move(chain), pseudo, true, segment);
  return {tcp_drop, tcp_drop == Drop::none ? segment.text.flatten() : std::vector<std::uint8_t>{}};
}

Verdict model_of_tcp(const std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < 20) return {Drop::tcp_truncated, {}};
  const std::size_t header_bytes = (bytes[12] >> 4) * 4u;
  if (header_bytes < 20 || header_bytes > bytes.size()) return {Drop::tcp_bad_data_offset, {}};
  if (load_be16(&bytes[0]) == 0 || load_be16(&bytes[2]) == 0) return {Drop::tcp_port_zero, {}};
  if (!test::model_of_options(bytes.data() + 20, header_bytes - 20).is_legal)
    return {Drop::tcp_malformed_option, {}};
  return {Drop::none, {bytes.begin() + static_cast<std::ptrdiff_t>(header_bytes), bytes.end()}};
}

Verdict model_of_udp(const std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < 8) return {Drop::udp_malformed, {}};
  const std::size_t length = load_be16(&bytes[4]);
  if (length < 8 || length > bytes.size()) return {Drop::udp_malformed, {}};
  return {Drop::none, {bytes.begin() + 8, bytes.begin() + static_cast<std::ptrdiff_t>(length)}};
}

// The options of these packets are no operations, or end with the ports' first byte.
Verdict model_of_packet(const std::vector<std::uint8_t>& packet) {
  if (packet.size() < 20) return {Drop::ip_truncated, {}};
  const std::size_t header_bytes = (packet[0] & 15u) * 4;
  const std::size_t total = load_be16(&packet[2]);
  if (header_bytes < 20) return {Drop::ip_bad_header_length, {}};
  if (header_bytes > packet.size()) return {Drop::ip_truncated, {}};
  if (total < header_bytes) return {Drop::ip_bad_total_length, {}};
  if (total > packet.size()) return {Drop::ip_truncated, {}};
  const std::vector<std::uint8_t> payload(
      packet.begin() + static_cast<std::ptrdiff_t>(header_bytes),
      packet.begin() + static_cast<std::ptrdiff_t>(total));
  return packet[9] == IpProtocol::udp ? model_of_udp(payload) : model_of_tcp(payload);
}

// SECURITY A2: five lengths at their seven edges.
TEST(LengthGrid, EveryCombinationIsReadAsModelled) {
  constexpr std::array<unsigned, 7> wire{0, 1, 19, 20, exact_total, exact_total + 1, 1500};
  constexpr std::array<unsigned, 7> total{0, 1, 27, 28, exact_total, exact_total + 1, 0xffff};
  constexpr std::array<unsigned, 7> ihl{0, 1, 4, 5, exact_ihl, exact_ihl + 1, 15};
  constexpr std::array<unsigned, 7> data_offset{0, 1, 4, 5, 8, 9, 15};
  constexpr std::array<unsigned, 7> udp{0, 1, 7, 8, 37, 38, 0xffff};
  BufferPool pool;
  std::set<Drop> seen;
  for (const unsigned w : wire)
    for (const unsigned t : total)
      for (const unsigned i : ihl)
        for (const unsigned d : data_offset)
          for (const unsigned u : udp)
            for (const std::uint8_t protocol : {IpProtocol::tcp, IpProtocol::udp}) {
              const auto packet = packet_of({w, t, i, d, u}, protocol);
              const Verdict expected = model_of_packet(packet);
              const Verdict in_zeros = read_all(test::between(pool, packet, 0x00));
              const Verdict in_ones = read_all(test::between(pool, packet, 0xff));
              ASSERT_EQ(in_zeros.drop, expected.drop)
                  << w << " " << t << " " << i << " " << d << " " << u;
              ASSERT_EQ(in_zeros.text, expected.text);
              ASSERT_EQ(in_ones, in_zeros);
              seen.insert(expected.drop);
            }
  const std::set<Drop> wanted{Drop::none,
                              Drop::ip_truncated,
                              Drop::ip_bad_header_length,
                              Drop::tcp_truncated,
                              Drop::udp_malformed,
                              Drop::ip_bad_total_length,
                              Drop::tcp_bad_data_offset};
  EXPECT_TRUE(std::includes(seen.begin(), seen.end(), wanted.begin(), wanted.end()));
  EXPECT_EQ(pool.live_blocks(), 0u);
}

}  // namespace
}  // namespace acksu::wire::length_grid_test
