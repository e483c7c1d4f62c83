// Lengths of two layers that disagree, over IPv6: the cross product of {bytes on the wire, payload
// length, length of an extension header, TCP data offset, UDP length} at their edges, against a
// plain model. The bytes around the packet are changed, too: nobody may look at them.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/test_frames.h"
#include "wire/udp.h"

namespace acksu::wire::length_grid6_test {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr unsigned exact_payload = 16 + 32 + 5;  // bytes: options, TCP with time stamps, text

struct Lengths {
  unsigned wire;
  unsigned payload;
  unsigned extension;  // in units of 8 bytes behind the first
  unsigned data_offset;
  unsigned udp;
};

struct Verdict {
  Drop drop = Drop::none;
  Octets text;
  bool operator==(const Verdict&) const = default;
};

// A packet of which `lengths.wire` bytes are there; all but its lengths is well.
Octets packet_of(const Lengths& lengths, std::uint8_t protocol) {
  auto packet = test::hex(
      "60000000 0000 3c 40 20010db8000000000000000000000001 20010db8000000000000000000000002"
      "00001e0c 00000000 00000000 00000000"
      "00350035 00000000 00000000 00100000 00000000 0101080a 00000001 00000002"
      "6865 6c6c 6f");
  store_be16(&packet[4], static_cast<std::uint16_t>(lengths.payload));
  packet[40] = protocol;
  packet[41] = static_cast<std::uint8_t>(lengths.extension);
  packet[68] = static_cast<std::uint8_t>(lengths.data_offset << 4);
  if (protocol == IpProtocol::udp) store_be16(&packet[60], static_cast<std::uint16_t>(lengths.udp));
  packet.resize(lengths.wire, 0xcc);
  return packet;
}

Verdict read_all(const Slice& packet) {
  Ipv6Header ip;
  ExtensionHeaders extensions;
  Drop drop = read(packet.bytes(), ip);
  if (drop == Drop::none) drop = read(packet.bytes(), ip, extensions);
  if (drop != Drop::none) return {drop, {}};
  BufferChain chain{packet.part(0, ip.total_length())};
  chain.drop_front(extensions.upper_offset);
  const PseudoHeader pseudo{ip.source, ip.destination};
  if (extensions.protocol == IpProtocol::udp) {
    UdpDatagram datagram;
    drop = read_udp(std::move(chain), pseudo, true, datagram);
    return {drop, drop == Drop::none ? datagram.text.flatten() : Octets{}};
  }
  Segment segment;
  drop = read_tcp(std::move(chain), pseudo, true, segment);
  return {drop, drop == Drop::none ? segment.text.flatten() : Octets{}};
}

Verdict model_of_tcp(const Octets& bytes) {
  if (bytes.size() < 20) return {Drop::tcp_truncated, {}};
  const std::size_t header_bytes = (bytes[12] >> 4) * 4u;
  if (header_bytes < 20 || header_bytes > bytes.size()) return {Drop::tcp_bad_data_offset, {}};
  if (load_be16(&bytes[0]) == 0 || load_be16(&bytes[2]) == 0) return {Drop::tcp_port_zero, {}};
  if (!test::model_of_options(bytes.data() + 20, header_bytes - 20).is_legal)
    return {Drop::tcp_malformed_option, {}};
  return {Drop::none, {bytes.begin() + static_cast<std::ptrdiff_t>(header_bytes), bytes.end()}};
}

Verdict model_of_udp(const Octets& bytes) {
  if (bytes.size() < 8) return {Drop::udp_malformed, {}};
  const std::size_t length = load_be16(&bytes[4]);
  if (length < 8 || length > bytes.size()) return {Drop::udp_malformed, {}};
  return {Drop::none, {bytes.begin() + 8, bytes.begin() + static_cast<std::ptrdiff_t>(length)}};
}

// The option of 12 bytes ends with 16 bytes of header; a shorter header cuts it, and one that is
// longer goes on with what would be the transport.
Verdict model_of_packet(const Octets& packet) {
  if (packet.size() < 40) return {Drop::ip_truncated, {}};
  const std::size_t end = 40u + load_be16(&packet[4]);
  if (end > packet.size()) return {Drop::ip_truncated, {}};
  if (end < 48) return {Drop::ip_truncated, {}};
  const std::size_t extension = (packet[41] + 1u) * 8;
  if (extension > 1024) return {Drop::ip_header_limit, {}};
  if (40 + extension > end) return {Drop::ip_truncated, {}};
  if (extension < 16) return {Drop::ip_bad_option, {}};
  const Octets payload(packet.begin() + 40 + static_cast<std::ptrdiff_t>(extension),
                       packet.begin() + static_cast<std::ptrdiff_t>(end));
  return packet[40] == IpProtocol::udp ? model_of_udp(payload) : model_of_tcp(payload);
}

// SECURITY A2, A6: the same over IPv6.
TEST(LengthGrid, SecurityA2EveryCombinationOverIpv6) {
  constexpr std::array<unsigned, 7> wire{0,   39, 40, 47, 40 + exact_payload, 41 + exact_payload,
                                         1500};
  constexpr std::array<unsigned, 9> payload{
      0, 7, 8, 15, 16, exact_payload - 1, exact_payload, exact_payload + 1, 0xffff};
  constexpr std::array<unsigned, 5> extension{0, 1, 7, 127, 255};
  constexpr std::array<unsigned, 7> data_offset{0, 1, 4, 5, 8, 9, 15};
  constexpr std::array<unsigned, 7> udp{0, 1, 7, 8, 37, 38, 0xffff};
  BufferPool pool;
  std::set<Drop> seen;
  for (const unsigned w : wire)
    for (const unsigned p : payload)
      for (const unsigned e : extension)
        for (const unsigned d : data_offset)
          for (const unsigned u : udp)
            for (const std::uint8_t protocol : {IpProtocol::tcp, IpProtocol::udp}) {
              const auto packet = packet_of({w, p, e, d, u}, protocol);
              if (e == 7 && 40 + p >= 104 && w >= 104) continue;  // options that are not modelled
              const Verdict expected = model_of_packet(packet);
              const Verdict in_zeros = read_all(test::between(pool, packet, 0x00));
              const Verdict in_ones = read_all(test::between(pool, packet, 0xff));
              ASSERT_EQ(in_zeros.drop, expected.drop)
                  << w << " " << p << " " << e << " " << d << " " << u;
              ASSERT_EQ(in_zeros.text, expected.text);
              ASSERT_EQ(in_ones, in_zeros);
              seen.insert(expected.drop);
            }
  const std::set<Drop> wanted{
      Drop::none,          Drop::ip_truncated,    Drop::ip_bad_option,      Drop::tcp_truncated,
      Drop::udp_malformed, Drop::ip_header_limit, Drop::tcp_bad_data_offset};
  EXPECT_TRUE(std::includes(seen.begin(), seen.end(), wanted.begin(), wanted.end()));
  EXPECT_EQ(pool.live_blocks(), 0u);
}

}  // namespace
}  // namespace acksu::wire::length_grid6_test
