// Two hosts back to back on a wire of the test's own: every frame that one emits the other absorbs
// at once, unless the test takes it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace acksu {

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// What a host did with a frame: the one reason that was counted, or none.
inline Drop drop_of(Host& host, Frame frame, Instant now) {
  const DropCounters before = host.counters().drops;
  host.absorb(0, std::span(&frame, 1), now);
  for (std::size_t i = 1; i < drop_reasons; ++i) {
    const auto drop = static_cast<Drop>(i);
    if (host.counters().drops[drop] != before[drop]) return drop;
  }
  return Drop::none;
}

class Pair {
 public:
  static constexpr IpAddress a_address = IpAddress::v4(10, 0, 0, 1);
  static constexpr IpAddress b_address = IpAddress::v4(10, 0, 0, 2);

  static HostSettings settings(std::uint8_t number) {
    HostSettings settings;
    settings.name = number == 1 ? "a" : "b";
    settings.links.push_back({.name = "eth0",
                              .mac = {{2, 0, 0, 0, 0, number}},
                              .addresses = {{IpAddress::v4(10, 0, 0, number), 24}}});
    return settings;
  }

  explicit Pair(HostSettings of_a = settings(1), HostSettings of_b = settings(2))
      : a(std::move(of_a), {{1, 2}, 3}, pool), b(std::move(of_b), {{4, 5}, 6}, pool) {}

  // A frame on the wire, from a or from b; false takes it away.
  std::function<bool(const Frame&, bool from_a)> passes = [](const Frame&, bool) { return true; };

  // Moves frames until nobody has anything to say. Returns how many there were.
  std::size_t settle() {
    std::size_t count = 0;
    while (true) {
      const std::size_t moved = carry(a, b, true) + carry(b, a, false);
      if (moved == 0) return count;
      count += moved;
      EXPECT_LT(count, 100'000u) << "they never stop talking";
      if (count >= 100'000) return count;
    }
  }
  // Lets time pass, timer by timer.
  void pass(Duration duration) {
    const Instant end = now + duration;
    settle();
    while (true) {
      const Instant next = earliest(a.deadline(), b.deadline());
      if (next > end) break;
      now = std::max(now, next);
      a.on_time(now);
      b.on_time(now);
      settle();
    }
    now = end;
  }

  // An established connection: the end at a, and the end at b.
  struct Ends {
    Handle at_a, at_b;
  };
  Ends establish(std::uint16_t port = 80) {
    const Handle listener = *b.listen({{}, port}, {}, now);
    const Handle at_a = *a.connect({b_address, port}, {}, now);
    settle();
    const Handle at_b = *b.accept(listener, now);
    EXPECT_EQ(b.close(listener, now), Error::none);
    settle();
    return {at_a, at_b};
  }

  tcp::State state(const Host& host, Handle handle) const {
    const auto info = host.info(handle);
    return info ? info->state : tcp::State::closed;
  }
  std::string read(Host& host, Handle handle, std::size_t most = 1 << 20) {
    // Kept from read to read: to fill so much anew is most of the time that some tests take.
    if (room_.size() < most) room_.resize(most);
    std::string text;
    while (true) {
      const auto count = host.read(handle, std::span(room_).first(most), now);
      if (!count || *count == 0) return text;
      text.append(room_.begin(), room_.begin() + *count);
    }
  }
  std::uint8_t news(Host& host, Handle handle) {
    while (const auto event = host.next_event()) news_[event->socket] |= event->readiness.bits;
    return std::exchange(news_[handle], std::uint8_t{0});
  }
  static std::uint64_t moves(const Host& host, tcp::State from, tcp::Event event) {
    return host.counters().tcp.moves[*tcp::find_row(from, event)];
  }
  void expect_nothing_held() {
    heard.clear();
    for (const Host* host : {&a, &b}) {
      const HostHoldings held = host->holdings();
      EXPECT_EQ(held.connections, 0u);
      EXPECT_EQ(held.half_open, 0u);
      EXPECT_EQ(held.time_wait, 0u);
      EXPECT_EQ(held.listeners, 0u);
      EXPECT_EQ(held.udp_sockets, 0u);
      EXPECT_EQ(held.raw_sockets, 0u);
      EXPECT_EQ(held.timers, 0u);
      EXPECT_EQ(held.replies, 0u);
      EXPECT_EQ(held.text_bytes, 0u);
    }
    EXPECT_EQ(pool->live_blocks(), 0u);
  }

  // The segment in a frame of TCP, or nothing.
  static std::optional<Segment> segment_in(const Frame& frame) {
    BufferChain packet = frame.bytes;
    wire::EthernetHeader ethernet;
    wire::Ipv4Header ip;
    if (wire::read(packet.front(), ethernet) != Drop::none) return std::nullopt;
    packet.drop_front(wire::EthernetHeader::size);
    if (ethernet.type != wire::EtherType::ipv4) return std::nullopt;
    if (wire::read(packet.front(), packet.size(), ip) != Drop::none) return std::nullopt;
    if (ip.protocol != wire::IpProtocol::tcp) return std::nullopt;
    packet.drop_front(ip.header_bytes);
    Segment segment;
    const Drop drop =
        wire::read_tcp(std::move(packet), {ip.source, ip.destination}, false, segment);
    if (drop != Drop::none) return std::nullopt;
    return segment;
  }
  // A frame of TCP as b would get it from somebody.
  Frame frame_to_b(IpAddress source, Segment segment) {
    const std::uint32_t header_bytes = wire::tcp_header_bytes(segment.options, segment.flags);
    Slice headers = pool->allocate(34 + header_bytes);
    const MutableBytes room = headers.writable();
    wire::write(
        wire::EthernetHeader{{{2, 0, 0, 0, 0, 2}}, {{2, 0, 0, 0, 0, 1}}, wire::EtherType::ipv4},
        room);
    const auto length = static_cast<std::uint16_t>(20 + header_bytes + segment.text.size());
    wire::write(wire::Ipv4Header{.total_length = length,
                                 .ttl = 64,
                                 .protocol = wire::IpProtocol::tcp,
                                 .source = source,
                                 .destination = b_address},
                room.subspan(14));
    wire::write_tcp(segment, {source, b_address}, room.subspan(34));
    Frame frame;
    frame.bytes = BufferChain(std::move(headers));
    frame.bytes.append(segment.text);
    return frame;
  }
  void give_to_b(Frame frame) { b.absorb(0, std::span(&frame, 1), now); }

  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  Instant now{1s};
  Host a;
  Host b;
  std::vector<Segment> heard;  // every segment that passed

 private:
  std::size_t carry(Host& from, Host& to, bool is_from_a) {
    std::vector<Frame> frames;
    from.emit(0, frames, 64, now);
    const std::size_t count = frames.size();
    std::erase_if(frames, [&](const Frame& frame) { return !passes(frame, is_from_a); });
    for (const Frame& frame : frames) {
      if (auto segment = segment_in(frame)) heard.push_back(std::move(*segment));
    }
    to.absorb(0, frames, now);
    return count;
  }

  std::map<Handle, std::uint8_t> news_;
  std::vector<std::uint8_t> room_;
};

}  // namespace acksu
