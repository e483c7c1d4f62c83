// Frames of strangers for the benchmarks.
#include "tools/bench_strangers.h"

#include "base/rng.h"
#include "sim/packet.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

namespace acksu::tools {
namespace {

constexpr MacAddress client_mac{{2, 0, 0, 0, 0, 1}}, server_mac{{2, 0, 0, 0, 0, 2}};
constexpr std::uint16_t listening_port = 1;

// 198.18.0.0/15 is set aside for benchmarks (RFC 2544).
constexpr IpAddress stranger(std::uint32_t number) {
  return IpAddress::v4((198u << 24) | (18u << 16) | (number & 0x1'ffff));
}

}  // namespace

std::vector<Frame> spoofed_segments(BufferPool& pool, Flags flags, std::uint32_t count) {
  Rng rng{7};
  std::vector<Frame> frames;
  for (std::uint32_t i = 0; i < count; ++i) {
    sim::TcpPacket packet{client_mac, server_mac, stranger(i), BenchWire::server_address, {}};
    Segment& segment = packet.segment;
    segment.source_port = static_cast<std::uint16_t>(1024 + rng.below(60'000));
    segment.destination_port = listening_port;
    segment.seq = Seq{static_cast<std::uint32_t>(rng.next())};
    segment.flags = flags;
    if (flags.has(Flags::ack)) segment.ack = Seq{static_cast<std::uint32_t>(rng.next())};
    segment.window = 65535;
    if (flags.has(Flags::syn)) segment.options.mss = 1460;
    frames.push_back(sim::make_frame(packet, pool));
  }
  return frames;
}

std::vector<Frame> lone_fragments(BufferPool& pool, std::uint32_t count) {
  constexpr std::uint32_t text_bytes = 64;
  std::vector<Frame> frames;
  for (std::uint32_t i = 0; i < count; ++i) {
    wire::Ipv4Header ip;
    ip.total_length = wire::Ipv4Header::size + text_bytes;
    ip.identification = static_cast<std::uint16_t>(i);
    ip.more_fragments = true;
    ip.ttl = 64;
    ip.protocol = wire::IpProtocol::udp;
    ip.source = stranger(i);
    ip.destination = BenchWire::server_address;
    Slice slice = pool.allocate(wire::EthernetHeader::size + ip.total_length);
    const MutableBytes room = slice.writable();
    std::fill(room.begin(), room.end(), std::uint8_t{0});
    wire::write(wire::EthernetHeader{server_mac, client_mac, wire::EtherType::ipv4}, room);
    wire::write(ip, room.subspan(wire::EthernetHeader::size));
    frames.push_back({BufferChain{std::move(slice)}, 0, false});
  }
  return frames;
}

std::vector<Frame> every_second_octet(BenchWire& wire, const SocketPair& pair,
                                      std::uint32_t count) {
  const tcp::Info info = *wire.client.info(pair.client);
  static constexpr std::uint8_t octet[1] = {'p'};
  std::vector<Frame> frames;
  for (std::uint32_t i = 0; i < count; ++i) {
    sim::TcpPacket packet{
        client_mac, server_mac, BenchWire::client_address, BenchWire::server_address, {}};
    Segment& segment = packet.segment;
    segment.source_port = info.tuple.local.port;
    segment.destination_port = info.tuple.remote.port;
    segment.seq = info.snd.nxt + 1 + 2 * i;
    segment.ack = info.rcv.nxt;
    segment.flags = Flags{Flags::ack};
    segment.window = 65535;
    segment.text = BufferChain{wire.pool().copy_of(octet)};
    frames.push_back(sim::make_frame(packet, wire.pool()));
  }
  return frames;
}

}  // namespace acksu::tools
