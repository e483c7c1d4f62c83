// What translation costs a packet: of a session that is known, among as many as the argument says.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "host/nat.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

namespace acksu {
namespace {

constexpr Instant now{1h};

class Traffic {
 public:
  explicit Traffic(std::uint32_t flows) : nat_(settings(), SipKey{1, 2}) {
    for (std::uint32_t i = 0; i < flows; ++i) {
      BufferChain packet = datagram(inside(i), far);
      nat_.outbound(packet, now);
      if (packets_.size() < 4096) {
        packets_.push_back(datagram(inside(i * 31 % flows), far));
        BufferChain sent = packets_.back();
        nat_.outbound(sent, now);
        const Bytes bytes = sent[0].bytes();
        const Endpoint outside{IpAddress::v4(load_be32(bytes.data() + 12)),
                               load_be16(bytes.data() + 20)};
        answers_.push_back(datagram(far, outside));
      }
    }
  }
  Nat& nat() { return nat_; }
  const std::vector<BufferChain>& packets() const { return packets_; }
  const std::vector<BufferChain>& answers() const { return answers_; }

 private:
  static constexpr Endpoint far{IpAddress::v4(8, 8, 8, 8), 53};

  static NatSettings settings() {
    NatSettings settings;
    for (std::uint8_t i = 1; i < 20; ++i)
      settings.external.push_back(IpAddress::v4(203, 0, 113, i));
    settings.max_mappings = settings.max_sessions = settings.max_sessions_per_host = 2'000'000;
    return settings;
  }
  static Endpoint inside(std::uint32_t flow) {
    return {IpAddress::v4(0x0a00'0000 + flow / 50), static_cast<std::uint16_t>(2000 + flow % 50)};
  }
  BufferChain datagram(const Endpoint& from, const Endpoint& to) {
    Slice head = pool_.allocate(28);
    wire::UdpDatagram datagram;
    datagram.source_port = from.port;
    datagram.destination_port = to.port;
    datagram.text = BufferChain{pool_.allocate(1000)};
    wire::Ipv4Header ip;
    ip.total_length = 1028;
    ip.ttl = 64;
    ip.protocol = wire::IpProtocol::udp;
    ip.source = from.address;
    ip.destination = to.address;
    const MutableBytes room = head.writable();
    wire::write(ip, room);
    wire::write_udp(datagram, {from.address, to.address}, room.subspan(20));
    BufferChain packet{std::move(head)};
    packet.append(std::move(datagram.text));
    return packet;
  }

  BufferPool pool_;
  Nat nat_;
  std::vector<BufferChain> packets_;
  std::vector<BufferChain> answers_;
};

void translate_out(benchmark::State& state) {
  Traffic traffic(static_cast<std::uint32_t>(state.range(0)));
  std::size_t at = 0;
  for (auto _ : state) {
    BufferChain packet = traffic.packets()[at++ % traffic.packets().size()];
    traffic.nat().outbound(packet, now);
    benchmark::DoNotOptimize(packet);
  }
}
BENCHMARK(translate_out)->Arg(100)->Arg(100'000);

void translate_in(benchmark::State& state) {
  Traffic traffic(static_cast<std::uint32_t>(state.range(0)));
  std::size_t at = 0;
  for (auto _ : state) {
    BufferChain packet = traffic.answers()[at++ % traffic.answers().size()];
    traffic.nat().inbound(packet, now);
    benchmark::DoNotOptimize(packet);
  }
  state.counters["sessions"] = static_cast<double>(traffic.nat().table().sessions());
}
BENCHMARK(translate_in)->Arg(100)->Arg(100'000);

}  // namespace
}  // namespace acksu
