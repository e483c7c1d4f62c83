// A link that is a line of PPP: from pieces of a stream to packets and back, and what its session
// tells about addresses.
#include "host/ppp_line.h"

#include "host/host.h"

namespace acksu {

using wire::PppProtocol;

namespace {

constexpr Prefix everywhere{IpcpSettings::none, 0};

std::uint16_t protocol_of(Bytes packet) {
  return packet[0] >> 4 == 6 ? PppProtocol::ipv6 : PppProtocol::ipv4;
}

Frame framed(BufferPool& pool, const PppSession& session, std::uint16_t protocol,
             const Frame& packet) {
  const std::size_t limit = wire::ppp_frame_limit(packet.bytes.size());
  Slice room = pool.allocate(static_cast<std::uint32_t>(limit));
  wire::PppFramer framer(room.writable(), session.framing(), protocol);
  for (std::uint32_t i = 0; i < packet.bytes.count(); ++i) framer.put(packet.bytes[i].bytes());
  room.drop_back(room.size() - static_cast<std::uint32_t>(framer.finish()));
  Frame frame;
  frame.bytes.append(std::move(room));
  return frame;
}

}  // namespace

Frame without_framing(const Frame& framed, BufferPool& pool) {
  const std::vector<std::uint8_t> octets = framed.bytes.flatten();
  wire::PppDeframer deframer(static_cast<std::uint32_t>(octets.size()));
  deframer.set_control_map(0);
  Bytes stream = octets;
  Frame frame;
  if (const auto arrival = deframer.next(stream)) frame.bytes.append(pool.copy_of(arrival->frame));
  return frame;
}

void PppLine::emit(std::vector<Frame>& frames, std::size_t most, BufferPool& pool,
                   HostCounters& counters) {
  for (std::size_t i = 0; i < most && session.has_frame(); ++i) {
    frames.emplace_back().bytes.append(pool.copy_of(*session.next_frame()));
    ++counters.frames_out;
    counters.bytes_out += frames.back().bytes.size();
  }
}

void PppLine::frame(std::vector<Frame>& frames, std::size_t first, BufferPool& pool,
                    HostCounters& counters) const {
  std::size_t kept = first;
  for (std::size_t i = first; i < frames.size(); ++i) {
    const std::uint16_t protocol = protocol_of(frames[i].bytes.front());
    if (!session.may_send(protocol)) {
      counters.drops.add(Drop::neighbour_unresolved);
      continue;
    }
    frames[kept++] = framed(pool, session, protocol, frames[i]);
  }
  frames.resize(kept);
}

// ---- The host's side ----------------------------------------------------------------------------

void Host::absorb_line(LinkId link, std::span<Frame> burst, Instant now) {
  PppSession& session = links_[link].ppp->session;
  std::vector<Frame> packets;
  for (const Frame& piece : burst) {
    for (std::uint32_t i = 0; i < piece.bytes.count(); ++i) {
      Bytes stream = piece.bytes[i].bytes();
      while (const auto arrival = session.next_arrival(stream, now)) {
        take_from_line(link, *arrival, packets, now);
      }
    }
  }
  absorb_all(link, packets, now);
  follow_line(link, now);
}

// Packets wait in `packets` until one comes that the session has taken, or while somebody looks.
void Host::take_from_line(LinkId link, const PppSession::Arrival& arrival,
                          std::vector<Frame>& packets, Instant now) {
  if (observer_ && !arrival.frame.empty()) {
    Frame seen;
    seen.bytes.append(pool_->copy_of(arrival.frame));
    observer_.get()->on_frame_in(now, link, seen);
  }
  Drop drop = arrival.drop;
  bool is_packet = arrival.packet.has_value();
  if (is_packet) {
    const Bytes bytes = arrival.packet->information;
    is_packet = !bytes.empty() && protocol_of(bytes) == arrival.packet->protocol;
    if (is_packet) {
      packets.emplace_back().bytes.append(pool_->copy_of(bytes));
      if (!observer_) return;
    } else {
      drop = Drop::ip_bad_version;
      counters_.drops.add(drop);
    }
  }
  absorb_all(link, packets, now);
  packets.clear();
  if (observer_ && !is_packet) observer_.get()->on_verdict(now, link, drop);
  follow_line(link, now);
}

void Host::close_line(LinkId link, Instant now) {
  if (!links_[link].ppp) return;
  links_[link].ppp->session.close(now);
  follow_line(link, now);
}

// The line gives the link its addresses and routes, and takes them away.
void Host::follow_line(LinkId link, Instant now) {
  PppLine& line = *links_[link].ppp;
  LinkSettings& settings = settings_.links[link];
  const auto forget = [&](PppNews& gone) {
    if (!gone.local.is_any()) remove_address(link, gone.local, now);
    gone = {};
  };
  if (const auto refused = line.session.take_refused()) counters_.drops.add(*refused);
  while (const auto news = line.session.next_news()) {
    switch (news->kind) {
      case PppNews::Kind::ipv4_up:
        line.ipv4 = *news;
        settings.mtu = std::min<std::uint32_t>(settings.mtu, news->mtu);
        if (news->local.is_any()) break;  // the peer gives none: there is no sending
        add_address(link, {news->local, 32}, now);
        if (!news->remote.is_any()) add_route({news->remote, 32}, {.link = link}, now);
        if (settings.ppp.is_way_out) add_route(everywhere, {.link = link}, now);
        break;
      case PppNews::Kind::ipv6_up:
        line.ipv6 = *news;
        add_address(link, {news->local, 64}, now);
        break;
      case PppNews::Kind::ipv4_down:
        if (settings.ppp.is_way_out) remove_route(everywhere, 0, now);
        if (!line.ipv4.remote.is_any()) remove_route({line.ipv4.remote, 32}, 0, now);
        forget(line.ipv4);
        break;
      case PppNews::Kind::ipv6_down: forget(line.ipv6); break;
      case PppNews::Kind::failed: line.failure = news->failure; break;
    }
  }
}

}  // namespace acksu
