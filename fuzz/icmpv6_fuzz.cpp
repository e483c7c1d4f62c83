// ICMPv6 messages: echo, errors, neighbour discovery and MLD. What is read is read again after it
// was written. The first byte of an input chooses who sent the message.
#include "fuzz/fuzz.h"
#include "wire/icmpv6.h"
#include "wire/mld.h"
#include "wire/ndp.h"

using namespace acksu;

namespace {

template <class Ndp>
void check_ndp(const wire::Icmpv6Message& message, const wire::NdpCarrier& carrier) {
  Ndp ndp;
  if (read(message, carrier, ndp) != Drop::none) return;
  ACKSU_ASSERT(carrier.hop_limit == 255 && message.code == 0);
  const wire::PseudoHeader ends{carrier.source, carrier.destination};
  std::uint8_t room[wire::largest_ndp_message];
  const std::uint32_t written = write(ndp, ends, room);
  BufferPool pool;
  wire::Icmpv6Message again;
  const Bytes bytes = Bytes(room).first(written);
  ACKSU_ASSERT(wire::read_icmpv6(fuzz::chain_of(pool, bytes), ends, false, again) == Drop::none);
  Ndp ndp_again;
  ACKSU_ASSERT(read(again, carrier, ndp_again) == Drop::none);
  if constexpr (requires { ndp == ndp_again; }) ACKSU_ASSERT(ndp == ndp_again);
}

void check_mld(const wire::Icmpv6Message& message, const wire::MembershipCarrier& carrier) {
  wire::MembershipMessage mld;
  if (read_mld(message, carrier, mld) != Drop::none) return;
  fuzz::Octets room(mld_bytes(mld));
  ACKSU_ASSERT(write_mld(mld, fuzz::ends_v6, room) == room.size());
  BufferPool pool;
  wire::Icmpv6Message again;
  ACKSU_ASSERT(wire::read_icmpv6(fuzz::chain_of(pool, room), fuzz::ends_v6, false, again) ==
               Drop::none);
  wire::MembershipMessage mld_again;
  ACKSU_ASSERT(read_mld(again, carrier, mld_again) == Drop::none && mld == mld_again);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::uint8_t choice = data[0];
  const Bytes bytes{data + 1, size - 1};
  BufferPool pool;
  wire::Icmpv6Message message;
  wire::read_icmpv6(fuzz::chain_of(pool, bytes), fuzz::ends_v6, false, message);
  const std::size_t cut = (choice & 0x80) != 0 ? 8 + (choice & 0x3f) : bytes.size();
  const auto drop =
      wire::read_icmpv6(fuzz::chain_of(pool, bytes, cut), fuzz::ends_v6, true, message);
  if (drop != Drop::none) return 0;
  const wire::NdpCarrier carrier{
      (choice & 1) != 0 ? IpAddress{} : fuzz::source_v6,
      (choice & 2) != 0 ? *parse_ip("ff02::1:ff00:2") : fuzz::destination_v6,
      static_cast<std::uint8_t>((choice & 4) != 0 ? 1 : 255), false};
  switch (message.type) {
    case wire::Icmpv6Type::router_solicitation:
      check_ndp<wire::RouterSolicitation>(message, carrier);
      break;
    case wire::Icmpv6Type::router_advertisement:
      check_ndp<wire::RouterAdvertisement>(message, carrier);
      break;
    case wire::Icmpv6Type::neighbour_solicitation:
      check_ndp<wire::NeighbourSolicitation>(message, carrier);
      break;
    case wire::Icmpv6Type::neighbour_advertisement:
      check_ndp<wire::NeighbourAdvertisement>(message, carrier);
      break;
    case wire::Icmpv6Type::redirect: check_ndp<wire::Redirect>(message, carrier); break;
    default: check_mld(message, {carrier.source, 1, true});
  }
  if (message.is_error()) {
    wire::QuotedPacket6 quoted;
    wire::read(message.payload.flatten(), quoted);
  }
  return 0;
}
