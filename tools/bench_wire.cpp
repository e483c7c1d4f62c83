// The in-memory wire of the benchmarks.
#include "tools/bench_wire.h"

namespace acksu::tools {
namespace {

constexpr std::size_t burst_frames = 64;

Instant real_time() {
  return Instant{
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

HostSettings host_settings(const BenchSettings& settings, IpAddress address, std::uint8_t number) {
  HostSettings host;
  host.name = number == 1 ? "client" : "server";
  LinkSettings link;
  link.mac.octets = {2, 0, 0, 0, 0, number};
  link.addresses = {{address, 24}};
  link.mtu = settings.mtu;
  link.max_split_bytes = settings.max_split_bytes;
  host.links = {link};
  // Whoever is on no link is said to be behind the other host.
  host.gateway = number == 1 ? BenchWire::server_address : BenchWire::client_address;
  host.tcp.receive_buffer = settings.buffer_bytes;
  host.tcp.send_buffer = settings.buffer_bytes;
  host.tcp.congestion = settings.congestion;
  host.tcp.max_time_wait = settings.max_time_wait;
  host.tcp.max_half_open = settings.max_half_open;
  host.tcp.timestamps = settings.timestamps;
  host.tcp.max_connections = 0xffff'ffff;
  host.first_ephemeral_port = 1024;
  host.last_ephemeral_port = 65535;
  host.max_memory_bytes = 16ull << 30;
  host.shard = settings.shard;
  return host;
}

// Only the first of several shards says which MAC address they have: here somebody stands in for
// it, and both ends know each other from then on.
void introduce(Host& client, Host& server, Host first, Instant now) {
  (void)client.ping(BenchWire::server_address, {}, {}, now);
  std::vector<Frame> question, answer;
  client.emit(0, question, burst_frames, now);
  std::vector<Frame> the_same = question;
  server.absorb(0, the_same, now);
  first.absorb(0, question, now);
  first.emit(0, answer, burst_frames, now);
  client.absorb(0, answer, now);
}

}  // namespace

BenchWire::BenchWire(const BenchSettings& settings)
    : BenchWire(settings, std::make_shared<BufferPool>()) {}

BenchWire::BenchWire(const BenchSettings& settings, std::shared_ptr<BufferPool> pool)
    : client(host_settings(settings, client_address, 1), {{1, 2}, 3}, pool),
      server(host_settings(settings, server_address, 2), {{4, 5}, 6}, pool),
      pool_(std::move(pool)),
      tick_(settings.tick),
      now_(tick_ == Duration::zero() ? real_time() : Instant{}) {
  burst_.reserve(burst_frames);
  if (!settings.shard || settings.shard->number == 0) return;
  BenchSettings of_first = settings;
  of_first.shard.reset();
  introduce(client, server, {host_settings(of_first, server_address, 2), {}, pool_}, now_);
}

void BenchWire::tick() {
  now_ = tick_ == Duration::zero() ? real_time() + skipped_ : now_ + tick_;
  if (client.deadline() <= now_) client.on_time(now_);
  if (server.deadline() <= now_) server.on_time(now_);
}

bool BenchWire::pump() {
  const bool is_forth = carry_forth();
  const bool is_back = carry_back();
  return is_forth || is_back;
}

void BenchWire::settle() {
  tick();
  while (pump()) {
  }
}

bool BenchWire::carry(Host& from, Host& to) {
  if (!from.has_output(0)) return false;
  const std::size_t count = from.emit(0, burst_, burst_frames, now_);
  if (count == 0) return false;
  frames_ += count;
  to.absorb(0, burst_, now_);
  burst_.clear();
  return true;
}

}  // namespace acksu::tools
