// Hand-made traces for the tests of this room: two or more hosts, frames between them, moves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/recorder.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace acksu::trace {

struct Fields {
  std::uint16_t flags = Flags::ack;
  std::uint32_t seq = 0, ack = 0;
  std::string_view text = {};
  std::uint16_t window = 65535;
  SegmentOptions options = {};
  std::uint16_t client_port = 49152;
};

// Host 0 is the client 10.0.0.1, host 1 the server 10.0.0.2 with port 80.
class Scene {
 public:
  static constexpr std::uint32_t client = 0, server = 1;
  static constexpr std::uint32_t client_iss = 1000, server_iss = 5000;

  Scene() {
    ears.push_back(recorder.observer(0, "client", "10.0.0.1"));
    ears.push_back(recorder.observer(1, "server", "10.0.0.2"));
  }

  static IpAddress address(std::uint32_t host) {
    return IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(host + 1));
  }
  static MacAddress mac(std::uint32_t host) {
    return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(host + 1)}};
  }
  static FourTuple tuple(std::uint32_t host, std::uint16_t client_port = 49152) {
    const FourTuple mine{{address(0), client_port}, {address(1), 80}};
    return host == client ? mine : FourTuple{mine.remote, mine.local};
  }

  static std::vector<std::uint8_t> segment(std::uint32_t from, const Fields& fields) {
    BufferPool texts;
    Segment segment;
    const FourTuple names = tuple(from, fields.client_port);
    segment.source_port = names.local.port;
    segment.destination_port = names.remote.port;
    segment.seq = Seq{fields.seq + (from == client ? client_iss : server_iss)};
    segment.ack = Seq{fields.ack + (from == client ? server_iss : client_iss)};
    if ((fields.flags & Flags::ack) == 0) segment.ack = Seq{};
    segment.flags.bits = fields.flags;
    segment.window = fields.window;
    segment.options = fields.options;
    const auto text = reinterpret_cast<const std::uint8_t*>(fields.text.data());
    segment.text.append(texts.copy_of({text, fields.text.size()}));
    const std::uint32_t header = wire::tcp_header_bytes(segment.options, segment.flags);
    const std::size_t total = 34 + header + fields.text.size();
    std::vector<std::uint8_t> bytes(total);
    const MutableBytes room{bytes};
    wire::write(wire::EthernetHeader{mac(1 - from), mac(from), wire::EtherType::ipv4}, room);
    wire::Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(total - 14);
    ip.ttl = 64;
    ip.protocol = wire::IpProtocol::tcp;
    ip.source = names.local.address;
    ip.destination = names.remote.address;
    wire::write(ip, room.subspan(14));
    wire::write_tcp(segment, {names.local.address, names.remote.address}, room.subspan(34));
    std::copy(fields.text.begin(), fields.text.end(), bytes.begin() + 34 + header);
    return bytes;
  }

  static std::vector<std::uint8_t> arp(std::uint32_t from, wire::ArpPacket::Operation operation) {
    std::vector<std::uint8_t> bytes(42);
    const bool is_request = operation == wire::ArpPacket::Operation::request;
    const MacAddress to = is_request ? MacAddress::broadcast() : mac(1 - from);
    wire::write(wire::EthernetHeader{to, mac(from), wire::EtherType::arp}, bytes);
    wire::write(wire::ArpPacket{operation, mac(from), address(from), is_request ? MacAddress{} : to,
                                address(1 - from)},
                MutableBytes{bytes}.subspan(14));
    return bytes;
  }

  Frame frame(const std::vector<std::uint8_t>& bytes) {
    return {BufferChain{pool.copy_of(bytes)}, 0, false};
  }
  void out(Duration at, std::uint32_t from, const std::vector<std::uint8_t>& bytes) {
    ears[from]->on_frame_out(Instant{at}, 0, frame(bytes));
  }
  void in(Duration at, std::uint32_t to, const std::vector<std::uint8_t>& bytes,
          Drop drop = Drop::none) {
    ears[to]->on_frame_in(Instant{at}, 0, frame(bytes));
    ears[to]->on_verdict(Instant{at}, 0, drop);
  }
  // A segment and its arrival after `way`.
  void pass(Duration at, std::uint32_t from, const Fields& fields, Duration way = 10ms) {
    out(at, from, segment(from, fields));
    in(at + way, 1 - from, segment(from, fields));
  }
  void move(Duration at, std::uint32_t host, tcp::State state, tcp::Event event) {
    ears[host]->on_move(Instant{at}, tuple(host), tcp::rows[*tcp::find_row(state, event)]);
  }
  const Trace& trace() const { return recorder.trace(); }

  BufferPool pool;
  Recorder recorder;
  std::vector<HostObserver*> ears;
};

inline SegmentOptions syn_options() {
  SegmentOptions options;
  options.mss = 1460;
  options.window_scale = 7;
  options.sack_permitted = true;
  return options;
}

// A whole connection: ARP, handshake, a request and its answer, the client closes.
inline void play_connection(Scene& scene) {
  using enum tcp::State;
  using tcp::Event;
  constexpr std::uint16_t syn = Flags::syn, ack = Flags::ack, push = Flags::psh | Flags::ack,
                          fin = Flags::fin | Flags::ack;
  const std::uint32_t client = Scene::client, server = Scene::server;
  scene.move(0ms, server, closed, Event::passive_open);
  scene.move(0ms, client, closed, Event::active_open);
  const auto question = Scene::arp(client, wire::ArpPacket::Operation::request);
  const auto answer = Scene::arp(server, wire::ArpPacket::Operation::reply);
  scene.out(0ms, client, question);
  scene.in(10ms, server, question);
  scene.out(10ms, server, answer);
  scene.in(20ms, client, answer);
  scene.pass(20ms, client, {.flags = syn, .options = syn_options()});
  scene.move(30ms, server, listen, Event::syn_received);
  scene.ears[server]->on_memory(Instant{30ms}, Scene::tuple(server), "half-open record", 96);
  scene.pass(30ms, server, {.flags = syn | ack, .ack = 1, .options = syn_options()});
  scene.move(40ms, client, syn_sent, Event::syn_ack_received);
  scene.pass(40ms, client, {.seq = 1, .ack = 1, .window = 512});
  scene.move(50ms, server, syn_received, Event::syn_acked);
  const std::string_view request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  scene.pass(60ms, client, {.flags = push, .seq = 1, .ack = 1, .text = request, .window = 512});
  scene.pass(
      70ms, server,
      {.flags = push, .seq = 1, .ack = 28, .text = "HTTP/1.1 200 OK\r\n\r\nhello", .window = 512});
  scene.pass(80ms, client, {.seq = 28, .ack = 25, .window = 512});
  scene.move(90ms, client, established, Event::close);
  scene.pass(90ms, client, {.flags = fin, .seq = 28, .ack = 25, .window = 512});
  scene.move(100ms, server, established, Event::fin_received);
  scene.pass(100ms, server, {.seq = 25, .ack = 29, .window = 512});
  scene.move(110ms, client, fin_wait_1, Event::fin_acked);
  scene.move(120ms, server, close_wait, Event::close);
  scene.pass(120ms, server, {.flags = fin, .seq = 25, .ack = 29, .window = 512});
  scene.move(130ms, client, fin_wait_2, Event::fin_received);
  scene.ears[client]->on_timer(Instant{130ms}, Scene::tuple(client),
                               {tcp::Timer::time_wait, tcp::TimerChange::armed, Instant{60130ms}});
  scene.pass(130ms, client, {.seq = 29, .ack = 26, .window = 512});
  scene.move(140ms, server, last_ack, Event::fin_acked);
  scene.ears[server]->on_memory(Instant{140ms}, Scene::tuple(server), "connection", -1288);
  scene.move(60130ms, client, time_wait, Event::time_wait_over);
}

}  // namespace acksu::trace
