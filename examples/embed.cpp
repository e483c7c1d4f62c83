// Two machines inside one program, without a kernel, a device or a clock: the program carries their
// frames and says what time it is. One asks, the other answers, both close; minutes of TIME-WAIT
// pass at once.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"

using namespace acksu;

namespace {

constexpr IpAddress address_of(std::uint8_t number) { return IpAddress::v4(10, 0, 0, number); }

HostSettings machine(const char* name, std::uint8_t number) {
  HostSettings settings;
  settings.name = name;
  settings.links.push_back(
      {.name = "eth0", .mac = {{2, 0, 0, 0, 0, number}}, .addresses = {{address_of(number), 24}}});
  return settings;
}

struct World {
  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  Host client{machine("client", 1), {{1, 2}, 3}, pool};
  Host server{machine("server", 2), {{4, 5}, 6}, pool};
  Instant now{};
  std::size_t frames_carried = 0;

  // One after the other speaks, until nobody has any more to say.
  void carry() {
    while (carry(client, server) + carry(server, client) > 0) {
    }
  }
  std::size_t carry(Host& from, Host& to) {
    std::vector<Frame> frames;
    const std::size_t count = from.emit(0, frames, 64, now);
    to.absorb(0, frames, now);
    frames_carried += count;
    return count;
  }
  // Goes on to when something is due by itself; false: nothing ever is.
  bool wait() {
    const Instant due = std::min(client.deadline(), server.deadline());
    if (due == never) return false;
    now = std::max(now, due);
    client.on_time(now);
    server.on_time(now);
    carry();
    return true;
  }
};

std::string read_all(Host& host, Handle connection, Instant now) {
  std::uint8_t text[100];
  const Result<std::uint32_t> count = host.read(connection, text, now);
  return count ? std::string(text, text + *count) : name(count.error());
}

void write_all(Host& host, Handle connection, std::string_view text, Instant now) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const Result<std::uint32_t> count = host.write(connection, {bytes, text.size()}, now);
  if (!count) std::printf("not written: %s\n", name(count.error()));
}

std::size_t held_by(const Host& host) {
  const HostHoldings held = host.holdings();
  return held.connections + held.half_open + held.time_wait + held.listeners;
}

}  // namespace

int main() {
  World world;
  const Endpoint name_of_server{address_of(2), 7};
  const Result<Handle> listener = world.server.listen(name_of_server, {}, world.now);
  const Result<Handle> asks = world.client.connect(name_of_server, {}, world.now);
  if (!listener || !asks) return 1;
  world.carry();
  const Result<Handle> answers = world.server.accept(*listener, world.now);
  if (!answers) return 1;

  write_all(world.client, *asks, "Who is there?", world.now);
  world.carry();
  std::printf("the server reads: %s\n", read_all(world.server, *answers, world.now).c_str());
  write_all(world.server, *answers, "acksu", world.now);
  world.carry();
  std::printf("the client reads: %s\n", read_all(world.client, *asks, world.now).c_str());

  world.client.close(*asks, world.now);
  world.carry();
  world.server.close(*answers, world.now);
  world.server.close(*listener, world.now);
  world.carry();
  while (world.wait()) {
  }
  const std::size_t held = held_by(world.client) + held_by(world.server);
  std::printf("%zu frames and %lld s later %zu connections are held\n", world.frames_carried,
              static_cast<long long>(nanoseconds(world.now) / 1'000'000'000), held);
  return held == 0 ? 0 : 1;
}
