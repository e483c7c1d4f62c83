// Flows to shards by SipHash.
#include "host/steering.h"

#include <array>

#include "host/tuple.h"

namespace acksu {

std::uint32_t Steering::of_tcp(const FourTuple& flow) const {
  if (shards_ == 1) return 0;
  const bool is_turned = flow.remote < flow.local;
  return shard_of(siphash<1, 3>(key_, is_turned ? FourTuple{flow.remote, flow.local} : flow));
}

std::uint32_t Steering::of_udp(const FourTuple& flow) const {
  return is_ephemeral(flow.local.port) ? of_udp_port(flow.local.port) : of_tcp(flow);
}

std::uint32_t Steering::of_udp_port(std::uint16_t port) const {
  return shard_of(siphash<1, 3>(key_, FourTuple{{{}, port}, {}}));
}

std::uint64_t Steering::name_of(IpAddress source, IpAddress destination,
                                std::uint64_t identity) const {
  const std::array<std::uint64_t, 5> words{source.high(), source.low(), destination.high(),
                                           destination.low(), identity};
  return siphash_1_3(key_, words) | 1;
}

}  // namespace acksu
