// Two hosts on a cable in a simulated world, and the sockets of a program on each, for tests of the
// POSIX-shaped layer.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/posix_sockets.h"
#include "sim/world.h"

namespace acksu::posix {

struct Scene {
  static constexpr std::uint16_t port = 80;
  static constexpr IpAddress client_v4 = IpAddress::v4(10, 0, 0, 1);
  static constexpr IpAddress server_v4 = IpAddress::v4(10, 0, 0, 2);

  static HostSettings settings(std::uint8_t number) {
    HostSettings settings;
    settings.name = number == 1 ? "client" : "server";
    LinkSettings link;
    link.mac = {{2, 0, 0, 0, 0, number}};
    link.addresses = {{IpAddress::v4(10, 0, 0, number), 24}};
    settings.links.push_back(link);
    return settings;
  }

  sim::World world{1};
  sim::HostId client_host, server_host;
  sim::CableId cable;
  Sockets client, server;

  explicit Scene(HostSettings of_client = settings(1), HostSettings of_server = settings(2))
      : client_host(world.add_host(std::move(of_client))),
        server_host(world.add_host(std::move(of_server))),
        cable(world.connect({client_host, 0}, {server_host, 0},
                            sim::CableSettings::both({.delay = 5ms}))),
        client(world.host(client_host)),
        server(world.host(server_host)) {}

  Instant now() const { return world.now(); }
  void pass(Duration duration) { ASSERT_TRUE(world.run_until(world.now() + duration)); }

  // Makes a call again and again, as a blocking one would, while time passes.
  Outcome wait(const std::function<Outcome()>& call, Duration limit = 1h) {
    const Instant end = now() + limit;
    Outcome outcome = call();
    while (!outcome.is_over() && now() < end && world.step()) outcome = call();
    return outcome;
  }

  // ---- Names
  static WrittenName name_v4(IpAddress address, std::uint16_t at = port) {
    return write_name(AF_INET, {address, at});
  }
  static const sockaddr* pointer(const WrittenName& name) {
    return reinterpret_cast<const sockaddr*>(&name.name);
  }
  Outcome bind(Sockets& sockets, int descriptor, const WrittenName& name) {
    return sockets.bind(descriptor, pointer(name), name.bytes, now());
  }
  Outcome connect(Sockets& sockets, int descriptor, const WrittenName& name) {
    return sockets.connect(descriptor, pointer(name), name.bytes, now());
  }
  Endpoint local_name(Sockets& sockets, int descriptor) {
    WrittenName name;
    EXPECT_TRUE(sockets.getsockname(descriptor, name));
    return read_name(name.name.ss_family, pointer(name), name.bytes).endpoint;
  }
  Endpoint peer_name(Sockets& sockets, int descriptor) {
    WrittenName name;
    EXPECT_TRUE(sockets.getpeername(descriptor, name));
    return read_name(name.name.ss_family, pointer(name), name.bytes).endpoint;
  }

  // ---- Usual beginnings
  static int made(Outcome outcome) { return static_cast<int>(outcome.value); }
  int listening(int type_flags = 0, int backlog = 5) {
    const int descriptor = made(server.socket(AF_INET, SOCK_STREAM | type_flags, 0));
    EXPECT_TRUE(bind(server, descriptor, name_v4({})));
    EXPECT_TRUE(server.listen(descriptor, backlog, now()));
    return descriptor;
  }
  struct Ends {
    int listener, at_client, at_server;
  };
  Ends established(int type_flags = 0) {
    const int listener = listening();
    const int at_client = made(client.socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_TRUE(wait([&] { return connect(client, at_client, name_v4(server_v4)); }));
    const int at_server =
        made(wait([&] { return server.accept(listener, type_flags & SOCK_NONBLOCK, now()); }));
    if ((type_flags & SOCK_NONBLOCK) != 0) {
      EXPECT_TRUE(client.fcntl(at_client, F_SETFL, O_NONBLOCK));
    }
    return {listener, at_client, at_server};
  }

  // ---- Text
  static Bytes bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  }
  Outcome write(Sockets& sockets, int descriptor, std::string_view text) {
    return sockets.write(descriptor, bytes_of(text), now());
  }
  // What one read gives; "(end)", or "errno N".
  std::string read(Sockets& sockets, int descriptor, std::size_t most = 4096, int flags = 0) {
    std::string text(most, '?');
    Transfer transfer = Transfer::of(descriptor, text.data(), most, flags);
    const Outcome outcome = sockets.receive(transfer, now());
    if (!outcome) return "errno " + std::to_string(outcome.error);
    if (outcome.value == 0) return "(end)";
    return text.substr(0, static_cast<std::size_t>(outcome.value));
  }
  int option(Sockets& sockets, int descriptor, OptionName name) {
    std::array<std::uint8_t, sizeof(int)> bytes{};
    const Outcome outcome = sockets.getsockopt(descriptor, name, bytes, now());
    EXPECT_TRUE(outcome);
    int value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  Outcome set(Sockets& sockets, int descriptor, OptionName name, int value) {
    std::array<std::uint8_t, sizeof value> bytes;
    std::memcpy(bytes.data(), &value, sizeof value);
    return sockets.setsockopt(descriptor, name, bytes, now());
  }
};

inline std::string repeated(char letter, std::size_t count) { return std::string(count, letter); }

}  // namespace acksu::posix
