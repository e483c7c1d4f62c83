// Writing DHCP messages.
#include <algorithm>

#include "base/assert.h"
#include "wire/dhcp.h"
#include "wire/mac.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

using Octets = std::vector<std::uint8_t>;

void put_be32(Octets& to, std::uint32_t value) {
  to.resize(to.size() + 4);
  store_be32(&to[to.size() - 4], value);
}

Octets octets_of(std::uint32_t value) {
  Octets octets;
  put_be32(octets, value);
  return octets;
}
Octets octets_of(IpAddress address) { return octets_of(address.as_v4()); }
Octets octets_of(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}
Octets octets_of(const std::vector<IpAddress>& addresses) {
  Octets octets;
  for (const IpAddress address : addresses) put_be32(octets, address.as_v4());
  return octets;
}
Octets octets_of(const std::string& text) { return {text.begin(), text.end()}; }
const Octets& octets_of(const Octets& octets) { return octets; }
Octets octets_of(const std::vector<DhcpRoute>& routes) {
  Octets octets;
  for (const DhcpRoute& route : routes) {
    const unsigned width = route.destination.length;
    octets.push_back(static_cast<std::uint8_t>(width));
    for (unsigned i = 0; i < (width + 7) / 8; ++i)
      octets.push_back(
          static_cast<std::uint8_t>(route.destination.address.as_v4() >> (24 - 8 * i)));
    put_be32(octets, route.gateway.as_v4());
  }
  return octets;
}

class OptionWriter {
 public:
  explicit OptionWriter(Octets& to) : to_(to) {}

  void put(DhcpOption code, const Octets& value) {
    // RFC 3396: what is longer than 255 octets goes on in another option of that code.
    std::size_t at = 0;
    do {
      const std::size_t count = std::min<std::size_t>(value.size() - at, 255);
      to_.push_back(static_cast<std::uint8_t>(code));
      to_.push_back(static_cast<std::uint8_t>(count));
      const auto from = value.begin() + static_cast<std::ptrdiff_t>(at);
      to_.insert(to_.end(), from, from + static_cast<std::ptrdiff_t>(count));
      at += count;
    } while (at < value.size());
  }
  template <class Value>
  void put(DhcpOption code, const std::optional<Value>& value) {
    if (value) put(code, octets_of(*value));
  }
  // Lists and texts: nothing when empty.
  template <class List>
  void put_list(DhcpOption code, const List& list) {
    if (!list.empty()) put(code, octets_of(list));
  }

 private:
  Octets& to_;
};

void put_fixed(const DhcpMessage& message, Octets& to) {
  to.resize(240);
  Writer writer(to);
  const auto fixed = writer.take<44>();
  fixed.u8<0>(message.is_reply ? 2 : 1);
  fixed.u8<1>(1);
  fixed.u8<2>(6);
  fixed.be32<4>(message.transaction);
  fixed.be16<8>(message.seconds);
  fixed.be16<10>(message.wants_broadcast ? 0x8000 : 0);
  fixed.be32<12>(message.client.as_v4());
  fixed.be32<16>(message.yours.as_v4());
  fixed.be32<20>(message.next_server.as_v4());
  fixed.be32<24>(message.relay.as_v4());
  put_mac_at<28>(fixed, message.hardware);
  writer.room(192);  // server and file name
  writer.be32(0x63825363);
}

}  // namespace

std::vector<std::uint8_t> to_bytes(const DhcpMessage& message) {
  Octets bytes;
  put_fixed(message, bytes);
  OptionWriter options(bytes);
  options.put(DhcpOption::type, Octets{static_cast<std::uint8_t>(message.type)});
  options.put_list(DhcpOption::client_id, message.client_id);
  options.put(DhcpOption::server_id, message.server_id);
  options.put(DhcpOption::requested_address, message.requested);
  options.put(DhcpOption::lease_time, message.lease_seconds);
  options.put(DhcpOption::renewal_time, message.renewal_seconds);
  options.put(DhcpOption::rebinding_time, message.rebinding_seconds);
  if (message.prefix_length) {
    ACKSU_ASSERT(*message.prefix_length <= 32);
    const std::uint64_t mask = 0xffff'ffff'0000'0000ull >> *message.prefix_length;
    options.put(DhcpOption::subnet_mask, octets_of(static_cast<std::uint32_t>(mask)));
  }
  // RFC 3442: clients that know the routes ignore the routers; both may stand together.
  options.put_list(DhcpOption::routes, message.routes);
  options.put_list(DhcpOption::routers, message.routers);
  options.put_list(DhcpOption::name_servers, message.name_servers);
  options.put_list(DhcpOption::domain, message.domain);
  options.put_list(DhcpOption::host_name, message.host_name);
  options.put(DhcpOption::mtu, message.mtu);
  options.put(DhcpOption::max_message_bytes, message.max_message_bytes);
  options.put_list(DhcpOption::parameter_list, message.parameter_list);
  options.put_list(DhcpOption::message, message.message);
  bytes.push_back(static_cast<std::uint8_t>(DhcpOption::end));
  bytes.resize(std::max<std::size_t>(bytes.size(), 300));
  return bytes;
}

}  // namespace acksu::wire
