// Packets on their way out: IPv4 and Ethernet headers, the next hop, and the queue of whole frames.
// Every packet is atomic (RFC 6864): it may not be fragmented, so it needs no identification.
#include "host/host.h"
#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

namespace acksu {
namespace {

std::uint64_t bytes_of(std::span<const Frame> frames) {
  std::uint64_t bytes = 0;
  for (const Frame& frame : frames) bytes += frame.bytes.size();
  return bytes;
}

}  // namespace

// Room for Ethernet's header, then IPv4's, then `transport_header_bytes` for the caller to write.
Slice HostPaths::start_packet(const wire::Ipv4Header& header,
                              std::uint32_t transport_header_bytes) const {
  constexpr std::uint32_t before = wire::EthernetHeader::size + wire::Ipv4Header::size;
  Slice headers = pool_->allocate(before + transport_header_bytes);
  wire::write(header, headers.writable().subspan(wire::EthernetHeader::size));
  return headers;
}

std::optional<Route> HostPaths::route_to(IpAddress destination) const {
  if (destination == IpAddress::v4(0xffff'ffff)) {
    if (links_.empty()) return std::nullopt;
    return Route{0, destination, routes_.source_on(0, destination)};
  }
  std::optional<Route> route = routes_.find(destination);
  // RFC 1112 6.1: without a route to groups, by the first link.
  if (!route && wire::is_multicast(destination) && !links_.empty()) {
    route = Route{0, destination, routes_.source_on(0, destination)};
  }
  return route;
}

Neighbours::Hop Host::hop_to(LinkId link, IpAddress next_hop, Instant now) {
  Link& out = links_[link];
  if (out.last_next_hop != next_hop || !out.neighbours.holds(out.last_hop)) {
    out.last_next_hop = next_hop;
    out.last_hop = out.neighbours.find_or_add(next_hop, now);
  }
  return out.last_hop;
}

void Host::park(const Outlet& outlet, Frame&& frame) {
  frame.bytes.drop_front(wire::EthernetHeader::size);
  if (!links_[outlet.link].neighbours.park(outlet.hop, std::move(frame), outlet.sender)) {
    counters_.drops.add(Drop::neighbour_queue_full);
  }
}

bool Host::enqueue(LinkId link, Frame&& frame) {
  if (links_[link].queue.size() >= settings_.max_replies) {
    counters_.drops.add(Drop::reply_queue_full);
    return false;
  }
  links_[link].queue.push_back(std::move(frame));
  return true;
}

Error Host::send(const Route& route, Frame&& frame, Instant now) {
  if (!route.next_hop.is_v4()) return send_v6(route, std::move(frame), now);
  if (routes_.is_broadcast(route.next_hop)) {
    wire::write(wire::EthernetHeader{MacAddress::broadcast(), links_[route.link].mac,
                                     wire::EtherType::ipv4},
                frame.bytes[0].writable());
    return enqueue(route.link, std::move(frame)) ? Error::none : Error::out_of_memory;
  }
  return send_to_neighbour(route, std::move(frame), wire::EtherType::ipv4, now);
}

Error Host::send_to_neighbour(const Route& route, Frame&& frame, std::uint16_t ether_type,
                              Instant now) {
  Link& link = links_[route.link];
  const Neighbours::Hop hop = hop_to(route.link, route.next_hop, now);
  bool is_kept = true;
  if (link.address(frame, hop, ether_type, now)) [[likely]] {
    is_kept = enqueue(route.link, std::move(frame));
  } else {
    park({route.link, hop, {}, ether_type}, std::move(frame));
  }
  if (link.neighbours.has_work()) serve_neighbours(route.link, now);
  return is_kept ? Error::none : Error::out_of_memory;
}

// ---- The one door out ---------------------------------------------------------------------------

std::size_t Host::emit(LinkId link, std::vector<Frame>& frames, std::size_t max_frames,
                       Instant now) {
  ACKSU_ASSERT(link < links_.size());
  Link& out = links_[link];
  const std::size_t before = frames.size();
  const std::size_t most = before + max_frames;
  if (out.ppp) [[unlikely]]
    out.ppp->emit(frames, max_frames, *pool_, counters_);
  const std::size_t packets = frames.size();
  if (!out.queue.is_empty()) out.queue.move_to(frames, most);
  if (!out.ready.is_empty()) {
    tcp::Context context = context_at(now);
    while (!out.ready.is_empty() && frames.size() < most) {
      emit_connection(out.ready.pop_front(ready_links()), frames, most, context);
    }
    // What connections had to ask neighbours for.
    if (!out.queue.is_empty()) out.queue.move_to(frames, most);
  }
  const std::span<Frame> emitted = std::span(frames).subspan(packets);
  if (out.kind != LinkKind::ethernet) [[unlikely]]
    put_link_headers(link, emitted);
  counters_.frames_out += emitted.size();
  counters_.bytes_out += bytes_of(emitted);
  if (out.ppp) [[unlikely]]
    out.ppp->frame(frames, packets, *pool_, counters_);
  for (std::size_t i = before; observer_ && i < frames.size(); ++i) {
    observer_.get()->on_frame_out(now, link,
                                  out.ppp ? without_framing(frames[i], *pool_) : frames[i]);
  }
  return frames.size() - before;
}

}  // namespace acksu
