// The raw sockets of a host: what each is about and has heard. They are few: a packet of a protocol
// that one of them wants is offered to all of that protocol, any other packet costs one look.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/index_list.h"
#include "base/slab.h"
#include "host/arrival.h"
#include "host/departure.h"
#include "host/raw_names.h"
#include "host/receive_queue.h"
#include "host/socket.h"

namespace acksu {

// A packet as it is offered to raw sockets.
struct RawOffer {
  RawPacket packet;
  std::uint8_t protocol = 0;
  std::uint32_t header_bytes = 0;  // of `whole`: all of IP
  BufferChain whole;
  std::optional<std::uint8_t> icmp_type{};

  // Of a packet with its header that was read.
  static RawOffer of(const Arrival& arrival, BufferChain whole);
  static RawOffer of_v6(const Arrival& arrival, BufferChain whole);

  IpVersion version() const { return packet.to.is_v4() ? IpVersion::v4 : IpVersion::v6; }
  bool has_good_checksum_at(std::uint32_t offset) const;
};

struct RawSocket {
  static constexpr std::size_t most_errors = 16;  // not yet taken; the oldest gives way

  RawName name;
  IpAddress remote;  // the only one heard and spoken to; any: everybody
  RawOptions options;
  std::uint8_t news = 0;
  IndexLinks events;
  ReceiveQueue<RawPacket> received;
  std::vector<DatagramError> errors;
  std::vector<GroupName> groups;  // that it has joined

  bool is_connected() const { return !remote.is_any(); }
  Departure departure() const {
    return {options.link, name.local, options.allows_broadcast, options.ttl};
  }
  // Where the checksum stands in the payload.
  std::optional<std::uint16_t> checksum_offset() const;
  bool is_about(IpVersion version, std::uint8_t protocol) const {
    return name.version == version && name.protocol == protocol;
  }
  bool hears(const RawOffer& offer) const;
};

class RawSockets {
 public:
  // Whether any socket is about that protocol.
  bool want(IpVersion version, std::uint8_t protocol) const {
    return count(version)[protocol] != 0;
  }
  std::uint32_t open(RawSocket socket) {
    ++count(socket.name.version)[socket.name.protocol];
    return sockets_.allocate(std::move(socket));
  }
  void close(std::uint32_t index) {
    const RawName& name = sockets_[index].name;
    --count(name.version)[name.protocol];
    sockets_.release(index);
  }

  RawSocket& operator[](std::uint32_t index) { return sockets_[index]; }
  RawSocket* find(Handle handle) {
    if (handle.kind != SocketKind::raw) return nullptr;
    return sockets_.find(handle.index, handle.generation);
  }
  const RawSocket* find(Handle handle) const { return const_cast<RawSockets*>(this)->find(handle); }
  std::uint32_t generation(std::uint32_t index) const { return sockets_.generation(index); }
  std::uint32_t size() const { return sockets_.size(); }
  // Calls f(index, socket) for every one that is about that protocol.
  template <class F>
  void for_each_about(IpVersion version, std::uint8_t protocol, F&& f) {
    if (!want(version, protocol)) return;
    sockets_.for_each([&](std::uint32_t index, RawSocket& socket) {
      if (socket.is_about(version, protocol)) f(index, socket);
    });
  }
  template <class F>
  void for_each(F&& f) const {
    sockets_.for_each(std::forward<F>(f));
  }

 private:
  using Counts = std::array<std::uint16_t, 256>;
  Counts& count(IpVersion version) { return counts_[static_cast<std::size_t>(version)]; }
  const Counts& count(IpVersion version) const {
    return const_cast<RawSockets*>(this)->count(version);
  }

  Slab<RawSocket, 3> sockets_;
  std::array<Counts, 2> counts_{};  // of sockets by protocol
};

}  // namespace acksu
