// A DHCPv6 client without leases (RFC 8415 sections 6.1, 18.2.6 and 21.23): learns name servers and
// search domains, and asks again when they are old. A value without sockets: the owner sends what
// `next_datagram()` gives from the link's own address and port 546, and hands in what arrives
// there.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/drop.h"
#include "host/secret_numbers.h"
#include "host/transitions.h"
#include "wire/dhcpv6.h"

namespace acksu {

struct Dhcpv6Settings {
  MacAddress hardware;             // RFC 8415 section 11.4: of the DUID
  Duration max_start_delay = 1s;   // INF_MAX_DELAY
  Duration first_timeout = 1s;     // INF_TIMEOUT
  Duration max_timeout = 1h;       // INF_MAX_RT
  Duration default_refresh = 24h;  // IRT_DEFAULT
  Duration min_refresh = 600s;     // IRT_MINIMUM
};

struct Dhcpv6Information {
  std::vector<IpAddress> name_servers{};
  std::vector<wire::DnsName> domains{};
  bool operator==(const Dhcpv6Information&) const = default;
};

struct Dhcpv6Datagram {
  Endpoint to;
  std::vector<std::uint8_t> message;
};

class Dhcpv6Client {
 public:
  enum class State : std::uint8_t { stopped, waiting, requesting, informed };
  enum class Event : std::uint8_t { started, waited, answered, refresh_due, link_up, stopped };
  static constexpr Transition<State, Event> rows[] = {
      {State::stopped, Event::started, State::waiting, "RFC 8415 18.2.6"},
      {State::waiting, Event::waited, State::requesting, "RFC 8415 18.2.6"},
      {State::requesting, Event::answered, State::informed, "RFC 8415 18.2.10.4"},
      {State::requesting, Event::link_up, State::waiting, "RFC 8415 18.2.12"},
      {State::informed, Event::refresh_due, State::waiting, "RFC 8415 21.23"},
      {State::informed, Event::link_up, State::waiting, "RFC 8415 18.2.12"},
      {State::waiting, Event::stopped, State::stopped, "RFC 8415 18.2.6"},
      {State::requesting, Event::stopped, State::stopped, "RFC 8415 18.2.6"},
      {State::informed, Event::stopped, State::stopped, "RFC 8415 18.2.6"},
  };

  Dhcpv6Client(Dhcpv6Settings settings, SipKey key);

  void start(Instant now);
  void stop();
  // The link is back, perhaps somewhere else.
  void on_link_up(Instant now);

  // A datagram to port 546. The drop was counted.
  Drop on_datagram(Endpoint from, Bytes message, Instant now);
  std::optional<Dhcpv6Datagram> next_datagram();
  // What is new, once after each answer.
  std::optional<Dhcpv6Information> next_information();

  Instant deadline() const { return due_; }
  void on_time(Instant now);

  State state() const { return state_; }
  const DropCounters& refused() const { return refused_; }
  void digest(Digest& digest) const;

 private:
  bool step(Event event);
  void wait(Instant now);
  void send(Instant now);
  Drop judge(Endpoint from, const wire::Dhcpv6Message& message) const;

  Dhcpv6Settings settings_;
  std::vector<std::uint8_t> client_id_;
  SecretNumbers numbers_;
  State state_ = State::stopped;
  Instant due_ = never;
  Instant began_{};
  std::uint32_t transaction_ = 0;
  Duration timeout_ = 0s;  // of the last message sent; zero: none yet
  std::deque<Dhcpv6Datagram> to_send_;
  std::optional<Dhcpv6Information> news_;
  DropCounters refused_;
};

static_assert(is_deterministic(Dhcpv6Client::rows));
static_assert(is_connected(Dhcpv6Client::rows, 4, Dhcpv6Client::State::stopped,
                           Dhcpv6Client::State::stopped));

}  // namespace acksu
