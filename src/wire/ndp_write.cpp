// Writing NDP messages (RFC 4861 section 4).
#include <algorithm>
#include <limits>

#include "wire/address.h"
#include "wire/ndp.h"
#include "wire/ndp_options.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

// The least of what the field can say, so that a peer never keeps what we gave up; infinity stays.
std::uint32_t seconds(Duration duration) {
  if (duration == forever) return 0xffff'ffff;
  const auto count = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, 0xffff'fffe));
}

std::uint32_t milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, 0xffff'ffff));
}

class NdpWriter {
 public:
  NdpWriter(std::uint8_t type, std::uint32_t rest, MutableBytes room) : room_(room), writer_(room) {
    writer_.be32(std::uint32_t{type} << 24);
    writer_.be32(rest);
  }
  Writer& fields() { return writer_; }
  void option(std::uint8_t type, std::size_t bytes) {
    ACKSU_ASSERT(bytes % 8 == 0 && bytes / 8 <= 255);
    writer_.u8(type);
    writer_.u8(static_cast<std::uint8_t>(bytes / 8));
  }
  void mac(std::uint8_t type, const std::optional<MacAddress>& mac) {
    if (!mac) return;
    option(type, 8);
    writer_.put(mac->octets);
  }
  std::uint32_t sign(const PseudoHeader& pseudo) {
    ACKSU_ASSERT(!writer_.failed());
    sign_icmpv6(room_.first(writer_.position()), pseudo);
    return static_cast<std::uint32_t>(writer_.position());
  }

 private:
  MutableBytes room_;
  Writer writer_;
};

void add(NdpWriter& writer, const PrefixInformation& information) {
  writer.option(NdpOption::prefix_information, 32);
  Writer& fields = writer.fields();
  fields.u8(information.prefix.length);
  fields.u8(static_cast<std::uint8_t>((information.is_on_link ? 0x80 : 0) |
                                      (information.is_for_addresses ? 0x40 : 0)));
  fields.be32(seconds(information.valid));
  fields.be32(seconds(information.preferred));
  fields.be32(0);
  write_ipv6(fields, information.prefix.address);
}

void add(NdpWriter& writer, const Resolvers& resolvers) {
  if (resolvers.addresses.count == 0) return;
  writer.option(NdpOption::resolvers, 8 + 16 * resolvers.addresses.count);
  writer.fields().be16(0);
  writer.fields().be32(seconds(resolvers.lifetime));
  for (const IpAddress address : resolvers.addresses) write_ipv6(writer.fields(), address);
}

}  // namespace

std::uint32_t write(const RouterSolicitation& ndp, const PseudoHeader& pseudo, MutableBytes room) {
  NdpWriter writer(Icmpv6Type::router_solicitation, 0, room);
  writer.mac(NdpOption::source_mac, ndp.source_mac);
  return writer.sign(pseudo);
}

std::uint32_t write(const RouterAdvertisement& ndp, const PseudoHeader& pseudo, MutableBytes room) {
  const std::uint32_t lifetime = std::min<std::uint32_t>(seconds(ndp.lifetime), 0xffff);
  const std::uint32_t rest = std::uint32_t{ndp.hop_limit} << 24 |
                             (ndp.is_managed ? 0x80'0000u : 0u) |
                             (ndp.has_other ? 0x40'0000u : 0u) | lifetime;
  NdpWriter writer(Icmpv6Type::router_advertisement, rest, room);
  writer.fields().be32(milliseconds(ndp.reachable));
  writer.fields().be32(milliseconds(ndp.retransmit));
  writer.mac(NdpOption::source_mac, ndp.source_mac);
  if (ndp.mtu) {
    writer.option(NdpOption::mtu, 8);
    writer.fields().be16(0);
    writer.fields().be32(*ndp.mtu);
  }
  for (const PrefixInformation& information : ndp.prefixes) add(writer, information);
  for (const Resolvers& resolvers : ndp.resolvers) add(writer, resolvers);
  return writer.sign(pseudo);
}

std::uint32_t write(const NeighbourSolicitation& ndp, const PseudoHeader& pseudo,
                    MutableBytes room) {
  NdpWriter writer(Icmpv6Type::neighbour_solicitation, 0, room);
  write_ipv6(writer.fields(), ndp.target);
  writer.mac(NdpOption::source_mac, ndp.source_mac);
  if (ndp.nonce) {
    writer.option(NdpOption::nonce, 8);
    writer.fields().put(*ndp.nonce);
  }
  return writer.sign(pseudo);
}

std::uint32_t write(const NeighbourAdvertisement& ndp, const PseudoHeader& pseudo,
                    MutableBytes room) {
  const std::uint32_t flags = (ndp.is_router ? 0x8000'0000u : 0u) |
                              (ndp.is_solicited ? 0x4000'0000u : 0u) |
                              (ndp.overrides ? 0x2000'0000u : 0u);
  NdpWriter writer(Icmpv6Type::neighbour_advertisement, flags, room);
  write_ipv6(writer.fields(), ndp.target);
  writer.mac(NdpOption::target_mac, ndp.target_mac);
  return writer.sign(pseudo);
}

std::uint32_t write(const Redirect& ndp, const PseudoHeader& pseudo, MutableBytes room) {
  NdpWriter writer(Icmpv6Type::redirect, 0, room);
  write_ipv6(writer.fields(), ndp.target);
  write_ipv6(writer.fields(), ndp.destination);
  writer.mac(NdpOption::target_mac, ndp.target_mac);
  // RFC 4861 4.6.3: as much of the packet as fits, in units of 8 bytes.
  constexpr std::uint32_t before_quote = 8 + 2 * 16 + 8 + 8;
  constexpr std::uint32_t longest_quote = (largest_ndp_message - before_quote) & ~7u;
  const std::uint32_t quoted = std::min(ndp.quote.size() & ~7u, longest_quote);
  if (quoted > 0) {
    writer.option(NdpOption::redirected_header, 8 + quoted);
    writer.fields().be16(0);
    writer.fields().be32(0);
    BufferChain quote = ndp.quote;
    quote.drop_back(quote.size() - quoted);
    quote.copy_to(writer.fields().room(quoted));
  }
  return writer.sign(pseudo);
}

}  // namespace acksu::wire
