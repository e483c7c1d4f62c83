// A DHCP client (RFC 2131 section 4.4, figure 5) as a value without sockets: from nothing to a
// lease and through its life. The owner sends what `next_datagram()` gives (from port 68, also
// while the link has no address), hands in what arrives there, and sets up the link as
// `next_news()` says. It probes a new address (RFC 5227) and reports a conflict with `on_conflict`.
// Left out on purpose: DHCPINFORM, using a lease of old when no server answers (RFC 2131 section
// 3.2 point 3), choosing among several offers (the first good one is taken).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/drop.h"
#include "host/secret_numbers.h"
#include "host/transitions.h"
#include "wire/dhcp.h"

namespace acksu {

struct DhcpClientSettings {
  MacAddress hardware;
  std::vector<std::uint8_t> client_id{};  // empty: the hardware address (RFC 2132 section 9.14)
  std::string host_name{};
  bool wants_broadcast = true;    // else offers come to the address offered
  Duration max_start_delay = 1s;  // RFC 2131 4.4.1 says one to ten seconds, for whole buildings
  Duration decline_delay = 10s;   // RFC 2131 3.1 point 5: at least
  Duration min_lease = 10s;       // shorter ones are not worth their traffic
  unsigned max_requests = 4;      // RFC 2131 3.1 point 5, before it begins again
};

struct DhcpLease {
  IpAddress address = wire::DhcpMessage::no_address;
  std::uint8_t prefix_length = 0;
  IpAddress server = wire::DhcpMessage::no_address;
  std::vector<wire::DhcpRoute> routes{};  // with the default ones
  std::vector<IpAddress> name_servers{};
  std::string domain{};
  std::optional<std::uint16_t> mtu{};
  Instant renewal = never;    // T1
  Instant rebinding = never;  // T2
  Instant expiry = never;
  bool operator==(const DhcpLease&) const = default;
};

struct DhcpNews {
  enum class Kind : std::uint8_t { bound, renewed, lost };
  Kind kind = Kind::bound;
  DhcpLease lease;  // of `lost`: that was
};

struct DhcpDatagram {
  Endpoint from;
  Endpoint to;
  std::optional<MacAddress> mac;  // whom the address is to be given to: ask no ARP for it
  std::vector<std::uint8_t> message;
};

class DhcpClient {
 public:
  enum class State : std::uint8_t {
    stopped,
    init,
    selecting,
    requesting,
    init_reboot,
    rebooting,
    bound,
    renewing,
    rebinding,
  };
  enum class Event : std::uint8_t {
    started,
    remembered,  // started with an address of before
    asked,
    offered,
    acknowledged,
    refused,
    unanswered,
    renewal_due,
    rebinding_due,
    expired,
    conflict,
    moved,  // the link was away and is back, perhaps somewhere else
    stopped,
  };
  static constexpr Transition<State, Event> rows[] = {
      {State::stopped, Event::started, State::init, "RFC 2131 4.4.1"},
      {State::stopped, Event::remembered, State::init_reboot, "RFC 2131 4.4.2"},
      {State::init, Event::asked, State::selecting, "RFC 2131 4.4.1"},
      {State::selecting, Event::offered, State::requesting, "RFC 2131 4.4.1"},
      {State::requesting, Event::acknowledged, State::bound, "RFC 2131 4.4.1"},
      {State::requesting, Event::refused, State::init, "RFC 2131 3.1 (4)"},
      {State::requesting, Event::unanswered, State::init, "RFC 2131 3.1 (5)"},
      {State::init_reboot, Event::asked, State::rebooting, "RFC 2131 4.4.2"},
      {State::rebooting, Event::acknowledged, State::bound, "RFC 2131 3.2 (3)"},
      {State::rebooting, Event::refused, State::init, "RFC 2131 3.2 (3)"},
      {State::rebooting, Event::unanswered, State::init, "RFC 2131 3.2 (3)"},
      {State::bound, Event::renewal_due, State::renewing, "RFC 2131 4.4.5"},
      {State::bound, Event::conflict, State::init, "RFC 2131 3.1 (5)"},
      {State::bound, Event::moved, State::init_reboot, "RFC 2131 3.7"},
      {State::renewing, Event::acknowledged, State::bound, "RFC 2131 4.4.5"},
      {State::renewing, Event::refused, State::init, "RFC 2131 4.4.5"},
      {State::renewing, Event::rebinding_due, State::rebinding, "RFC 2131 4.4.5"},
      {State::renewing, Event::conflict, State::init, "RFC 2131 3.1 (5)"},
      {State::renewing, Event::moved, State::init_reboot, "RFC 2131 3.7"},
      {State::rebinding, Event::acknowledged, State::bound, "RFC 2131 4.4.5"},
      {State::rebinding, Event::refused, State::init, "RFC 2131 4.4.5"},
      {State::rebinding, Event::expired, State::init, "RFC 2131 4.4.5"},
      {State::rebinding, Event::conflict, State::init, "RFC 2131 3.1 (5)"},
      {State::rebinding, Event::moved, State::init_reboot, "RFC 2131 3.7"},
      {State::init, Event::stopped, State::stopped, "RFC 2131 4.4.6"},
      {State::selecting, Event::stopped, State::stopped, "RFC 2131 4.4.6"},
      {State::requesting, Event::stopped, State::stopped, "RFC 2131 4.4.6"},
      {State::init_reboot, Event::stopped, State::stopped, "RFC 2131 4.4.6"},
      {State::rebooting, Event::stopped, State::stopped, "RFC 2131 4.4.6"},
      {State::bound, Event::stopped, State::stopped, "RFC 2131 4.4.6"},
      {State::renewing, Event::stopped, State::stopped, "RFC 2131 4.4.6"},
      {State::rebinding, Event::stopped, State::stopped, "RFC 2131 4.4.6"},
  };

  DhcpClient(DhcpClientSettings settings, SipKey key);

  // ---- CALL
  // Begins; with an address of before, asks whether it may be kept (INIT-REBOOT).
  void start(std::optional<IpAddress> remembered, Instant now);
  // Gives the lease back and ends.
  void release(Instant now);
  // Somebody else uses the address of the lease: declines it and begins again.
  void on_conflict(Instant now);
  // The link is back: asks whether the lease is still good here.
  void on_link_up(Instant now);

  // ---- IN: a datagram to port 68. The drop was counted.
  Drop on_datagram(Endpoint from, Bytes message, Instant now);

  // ---- OUT
  std::optional<DhcpDatagram> next_datagram();
  std::optional<DhcpNews> next_news();

  // ---- TIME
  Instant deadline() const { return due_; }
  void on_time(Instant now);

  State state() const { return state_; }
  const std::optional<DhcpLease>& lease() const { return lease_; }
  const DropCounters& refused() const { return refused_; }
  void digest(Digest& digest) const;

 private:
  bool step(Event event);
  void begin_again(Event event, Duration delay, Instant now);
  void fire(Instant now);
  Drop judge(Endpoint from, const wire::DhcpMessage& message) const;
  Drop judge_server(const wire::DhcpMessage& message) const;
  Drop judge_lease(const wire::DhcpMessage& message) const;
  void take_offer(const wire::DhcpMessage& offer, Instant now);
  void take_lease(const wire::DhcpMessage& ack, Instant now);
  void lose_lease();
  wire::DhcpMessage message_of(wire::DhcpType type, Instant now) const;
  void broadcast(const wire::DhcpMessage& message);
  void send_discover(Instant now);
  void send_request(Instant now);
  void extend(Instant limit, Instant now);
  Duration back_off();

  DhcpClientSettings settings_;
  SecretNumbers numbers_;
  State state_ = State::stopped;
  Instant due_ = never;
  Instant began_{};  // for `secs`
  Instant asked_{};  // a lease counts from here
  std::uint32_t transaction_ = 0;
  unsigned tries_ = 0;                                // in this state
  IpAddress wanted_ = wire::DhcpMessage::no_address;  // offered, or of before
  IpAddress chosen_server_ = wire::DhcpMessage::no_address;
  std::optional<DhcpLease> lease_;
  std::deque<DhcpDatagram> to_send_;
  std::deque<DhcpNews> news_;
  DropCounters refused_;
};

const char* name(DhcpClient::State state);  // as RFC 2131 spells it: "INIT-REBOOT"

static_assert(is_deterministic(DhcpClient::rows));
static_assert(is_connected(DhcpClient::rows, 9, DhcpClient::State::stopped,
                           DhcpClient::State::stopped));

}  // namespace acksu
