// Raw sockets: how they begin and end, what they are given, and what ICMP says about their packets
// (RFC 1122 3.4, RFC 3542).
#include "host/host.h"
#include "wire/address.h"

namespace acksu {
namespace {

IpVersion version_of(IpAddress address) { return address.is_v4() ? IpVersion::v4 : IpVersion::v6; }

// Headers of IP itself, which no packet ends with.
bool is_extension(std::uint8_t protocol) {
  using Next = wire::NextHeader;
  return protocol == Next::hop_by_hop || protocol == Next::routing || protocol == Next::fragment ||
         protocol == Next::none || protocol == Next::destination_options;
}

Error fault_of(const RawName& name) {
  using Protocol = wire::IpProtocol;
  if (name.protocol == Protocol::tcp || name.protocol == Protocol::udp) return Error::not_supported;
  const bool is_none =
      name.version == IpVersion::v4 ? name.protocol == 0 : is_extension(name.protocol);
  const bool is_mixed = !name.local.is_any() && version_of(name.local) != name.version;
  return is_none || is_mixed ? Error::invalid_argument : Error::none;
}

// RFC 3542 3.1.
bool is_odd(const RawOptions& options) { return options.checksum_offset.value_or(0) % 2 != 0; }

}  // namespace

// ---- IN -----------------------------------------------------------------------------------------

bool Host::offer_raw(const RawOffer& offer) {
  bool is_heard = false;
  raw_.for_each_about(offer.version(), offer.protocol, [&](std::uint32_t index, RawSocket& socket) {
    if (!socket.hears(offer)) return;
    is_heard = true;
    const std::optional<std::uint16_t> checked = socket.options.checksum_offset;
    if (checked && !offer.has_good_checksum_at(*checked)) {
      counters_.drops.add(Drop::raw_bad_checksum);
      return;
    }
    BufferChain text = offer.whole;
    if (!socket.options.has_header) text.drop_front(offer.header_bytes);
    RawPacket packet = offer.packet;
    packet.length = text.size();
    const std::uint32_t most = socket.options.max_queue_bytes != 0 ? socket.options.max_queue_bytes
                                                                   : settings_.max_raw_queue_bytes;
    if (socket.received.push(packet, std::move(text), {*pool_, memory_, most})) {
      raise(SocketKind::raw, index, Readiness::readable);
    } else {
      counters_.drops.add(Drop::raw_queue_full);
    }
  });
  return is_heard;
}

// RFC 1122 3.2.2.1: of a protocol that nobody here speaks.
Drop Host::take_other(const Arrival& arrival, Instant now) {
  if (offer_raw(RawOffer::of(arrival, arrival.packet))) return Drop::none;
  // RFC 5382 REQ-4: what a translator was sent in vain, it does not say.
  if (!is_outside(arrival.link)) {
    send_icmp_error(arrival, arrival.packet, {.code = wire::UnreachableCode::protocol}, now);
  }
  return Drop::ip_unknown_protocol;
}

// RFC 8200 4, RFC 4443 3.4.
Drop Host::take_other_v6(Arrival& arrival, Instant now) {
  if (offer_raw(RawOffer::of_v6(arrival, arrival.packet))) return Drop::none;
  arrival.fault = Drop::ip_unknown_protocol;
  arrival.extensions.problem =
      wire::ParameterProblem{.code = wire::ParameterProblem::unknown_next_header,
                             .pointer = arrival.extensions.protocol_place};
  return take_faulty_v6(arrival, now);
}

// Like what UDP sockets are told, this may be a lie: no state follows it.
Drop Host::tell_raw_error(const Quoted& quoted, DatagramError told) {
  Drop drop = Drop::icmp_unmatched;
  told.remote = {quoted.destination.address, 0};
  const IpAddress source = quoted.source.address;
  raw_.for_each_about(version_of(source), quoted.protocol,
                      [&](std::uint32_t index, RawSocket& socket) {
                        if (!socket.name.local.is_any() && socket.name.local != source) return;
                        if (socket.is_connected() && socket.remote != told.remote.address) return;
                        if (socket.errors.size() == RawSocket::most_errors) {
                          socket.errors.erase(socket.errors.begin());
                        }
                        socket.errors.push_back(told);
                        raise(SocketKind::raw, index, Readiness::readable);
                        drop = Drop::none;
                      });
  return drop;
}

// ---- CALL ---------------------------------------------------------------------------------------

Result<Handle> Host::open_raw(const RawName& name, const RawOptions& options, Instant) {
  if (const Error error = fault_of(name); error != Error::none) return error;
  if ((options.link && *options.link >= wires()) || is_odd(options)) return Error::invalid_argument;
  if (!name.local.is_any() && !routes_.is_ours(name.local)) return Error::address_not_available;
  if (raw_.size() >= settings_.max_raw_sockets) return Error::out_of_memory;
  RawSocket socket;
  socket.name = name;
  socket.options = options;
  const std::uint32_t index = raw_.open(std::move(socket));
  return Handle{index, raw_.generation(index), SocketKind::raw};
}

Error Host::set_raw_options(Handle raw, const RawOptions& options) {
  RawSocket* const socket = raw_.find(raw);
  if (socket == nullptr) return Error::bad_handle;
  if (options.link != socket->options.link || is_odd(options)) return Error::invalid_argument;
  socket->options = options;
  return Error::none;
}

Error Host::connect_raw(Handle raw, IpAddress remote) {
  RawSocket* const socket = raw_.find(raw);
  if (socket == nullptr) return Error::bad_handle;
  if (!remote.is_any()) {
    if (version_of(remote) != socket->name.version) return Error::invalid_argument;
    const DatagramTarget target{.remote = {remote, 0}};
    if (remote.is_v4()) {
      const Result<PacketPath> path = path_from(socket->departure(), target);
      if (!path) return path.error();
    } else if (!path_from_v6(socket->departure(), target)) {
      return Error::network_unreachable;
    }
  }
  socket->remote = remote;
  socket->received.clear(memory_);
  socket->errors.clear();
  return Error::none;
}

Error Host::close_raw(Handle handle, Instant now) {
  RawSocket* const socket = raw_.find(handle);
  if (socket == nullptr) return Error::bad_handle;
  while (!socket->groups.empty()) leave_group(handle, GroupName(socket->groups.back()), now);
  forget_events(SocketKind::raw, handle.index);
  socket->received.clear(memory_);
  raw_.close(handle.index);
  return Error::none;
}

Result<RawPacket> Host::receive_raw(Handle raw, MutableBytes bytes) {
  RawSocket* const socket = raw_.find(raw);
  if (socket == nullptr) return Error::bad_handle;
  if (const std::optional<DatagramError> told = take_raw_error(raw)) return told->error;
  if (socket->received.is_empty()) return Error::would_block;
  return socket->received.take(bytes, memory_);
}

std::optional<DatagramError> Host::take_raw_error(Handle raw) {
  RawSocket* const socket = raw_.find(raw);
  if (socket == nullptr || socket->errors.empty()) return std::nullopt;
  const DatagramError oldest = socket->errors.front();
  socket->errors.erase(socket->errors.begin());
  return oldest;
}

}  // namespace acksu
