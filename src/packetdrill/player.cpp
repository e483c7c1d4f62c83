// Events and their times; packets. Calls and code are played in player_calls.cpp.
#include "packetdrill/player.h"

#include <cstdio>

#include "api/freebsd_profile.h"
#include "api/linux_profile.h"
#include "packetdrill/failure.h"
#include "packetdrill/mistake.h"
#include "packetdrill/packet_text.h"

namespace acksu::packetdrill {
namespace {

using TimeKind = Event::TimeKind;

constexpr Duration lead = 100ms;        // from the host's beginning to the script's
constexpr Duration most_late = 2s;      // so much later than expected a packet is still awaited
constexpr Duration most_patience = 1h;  // of packets that may come at any time

HostSettings settings_for(const PlayOptions& options) {
  HostSettings settings;
  settings.name = "acksu";
  LinkSettings link;
  link.name = "tun0";
  link.kind = LinkKind::ip;
  link.mtu = options.mtu;
  link.addresses = {{options.local, options.prefix_bits}};
  link.ipv6.duplicate_probes = 0;
  link.ipv6.router_solicitations = 0;
  link.ipv6.believes_routers = false;
  link.max_split_bytes = 65535;
  settings.links = {link};
  (options.is_v6() ? settings.gateway_v6 : settings.gateway) = options.gateway;
  if (options.is_freebsd()) {
    use_freebsd_profile(settings);
  } else {
    use_linux_profile(settings);
  }
  return settings;
}

bool is_anchored(TimeKind kind) { return kind == TimeKind::absolute || kind == TimeKind::relative; }

// What is there beside what was expected: how far into the script's times it happened.
std::string at_seconds(double seconds) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6f", seconds);
  return text;
}

}  // namespace

Player::Player(const Script& script, const std::vector<ScriptOption>& more)
    : script_(script),
      options_(play_options(script, more)),
      commands_(settings_for(options_)),
      conversations_(options_) {
  if (script_.preparation) commands_.run(script_.preparation->text);
  machine_ = std::make_unique<Machine>(commands_.settings());
  machine_->set_mute(commands_.is_mute());
  calls_ = std::make_unique<Calls>(*machine_, conversations_, options_);
  machine_->run_until(machine_->now() + lead);
  machine_->heard().clear();
  machine_->when_awakened([this] {
    go_on();
    try_blocked();
  });
  start_ = previous_ = machine_->now();
}

Report Player::play() {
  Report report;
  try {
    for (const Event& event : script_.events) play_event(event);
    await_blocked();
    report.has_passed = true;
  } catch (const Failure& failure) {
    report = failure.report();
  } catch (const Mistake& mistake) {
    report = packet_failure(mistake.line(), mistake.what(), {});
    report.is_readable = false;
  }
  report.notes = commands_.notes();
  if (!assertions_.printed().empty()) report.notes.push_back("printed: " + assertions_.printed());
  return report;
}

void Player::play_event(const Event& event) {
  event_time_ = time_of(event);
  if (const auto* packet = std::get_if<PacketLine>(&event.action)) {
    play_packet(event, *packet);
  } else {
    if (std::holds_alternative<SystemCall>(event.action)) await_blocked();
    wait_for(event);
    if (const auto* call = std::get_if<SystemCall>(&event.action)) play_call(event, *call);
    if (const auto* command = std::get_if<Command>(&event.action)) play_command(event, *command);
    if (const auto* code = std::get_if<Code>(&event.action)) play_code(event, *code);
  }
  previous_ = event_time_;
  is_anchored_ = is_anchored(event.time_kind);
}

// Relative to the event before, where both stand at times of their own; else to now.
Instant Player::time_of(const Event& event) {
  const bool is_absolute =
      event.time_kind == TimeKind::absolute || event.time_kind == TimeKind::absolute_range;
  const bool follows = is_anchored_ && is_anchored(event.time_kind);
  const Instant origin = is_absolute ? start_ : follows ? previous_ : machine_->now();
  event_end_ = origin + event.time_end;
  return origin + event.time;
}

void Player::wait_for(const Event& event) {
  if (event_time_ < machine_->now() - options_.tolerance_after(event_time_ - previous_)) {
    fail(event,
         "the time of this event is over: it is " + at_seconds(seconds(machine_->now())) + " s");
  }
  machine_->run_until(std::max(event_time_, machine_->now()));
}

void Player::play_packet(const Event& event, const PacketLine& line) {
  if (!line.is_from_host) wait_for(event);
  Conversation* const conversation = conversations_.of_script(line);
  if (conversation == nullptr) {
    fail(event, "this packet belongs to no socket of the script");
  }
  if (line.is_from_host) {
    expect(event, line, *conversation);
  } else {
    say(event, line, *conversation);
  }
}

void Player::say(const Event& event, const PacketLine& line, Conversation& conversation) {
  const auto* tcp = std::get_if<TcpLine>(&line.content);
  if (tcp != nullptr) conversation.take_from_peer(*tcp);
  const std::optional<PacketLine> live = conversation.to_wire(line, options_.scales_echoed_stamps);
  if (!live) fail(event, "this packet echoes a time stamp that the host has not sent");
  FourTuple tuple{conversation.tuple.remote, conversation.tuple.local};
  const auto take_ports = [&](const auto& content) {
    if (content.source_port != 0) tuple.local.port = content.source_port;
    if (content.destination_port != 0) tuple.remote.port = content.destination_port;
  };
  if (tcp != nullptr) take_ports(*tcp);
  if (const auto* udp = std::get_if<UdpLine>(&line.content)) take_ports(*udp);
  try {
    machine_->inject(packet_bytes(*live, tuple));
  } catch (const std::runtime_error& error) {
    throw Mistake{event.line, error.what()};
  }
}

HeardPacket Player::next_heard(const Event& event, const PacketLine& line,
                               const Conversation& conversation) {
  const bool is_any = event.time_kind == TimeKind::any;
  const Instant last = std::max(event_time_, event_end_);
  const Instant limit =
      is_any ? machine_->now() + most_patience : std::max(last, machine_->now()) + most_late;
  std::deque<HeardPacket>& heard = machine_->heard();
  for (;;) {
    while (!heard.empty()) {
      HeardPacket packet = std::move(heard.front());
      heard.pop_front();
      const Conversation* const whose = conversations_.of_wire(packet);
      if (whose == &conversation) return packet;
    }
    if (!machine_->step(limit)) break;
  }
  fail(event, "the host has not sent this packet", {"- " + to_string(line)});
}

// Segments that a device would have split from one are that one.
void Player::expect(const Event& event, const PacketLine& line, Conversation& conversation) {
  HeardPacket heard = next_heard(event, line, conversation);
  const auto* wanted = std::get_if<TcpLine>(&line.content);
  auto* tcp = std::get_if<TcpLine>(&heard.line.content);
  if (wanted != nullptr && tcp != nullptr) {
    conversation.take_from_host(*wanted, *tcp);
    while (options_.joins_segments && tcp->bytes > 0 && tcp->bytes < wanted->bytes) {
      const HeardPacket next = next_heard(event, line, conversation);
      const auto* more = std::get_if<TcpLine>(&next.line.content);
      const std::optional<TcpLine> both = more == nullptr ? std::nullopt : joined(*tcp, *more);
      if (!both) break;  // the comparison says what is missing
      *tcp = *both;
      heard.at = next.at;
    }
    if (wanted->options) conversation.learn_stamps(*wanted->options, *tcp->options);
  }
  heard.line = conversation.to_script(heard.line);
  if (tcp != nullptr) conversation.count_stamps(*tcp->options);
  compare(event, line, heard);
}

void Player::compare(const Event& event, const PacketLine& line, const HeardPacket& heard) {
  PacketLine actual = heard.line;
  const auto* wanted = std::get_if<TcpLine>(&line.content);
  auto* tcp = std::get_if<TcpLine>(&actual.content);
  Comparison comparison;
  comparison.is_loose = options_.is_loose;
  comparison.orders_options = comparison.wants_fin_again = !options_.is_freebsd();
  if (options_.stamp_tick) {
    const Duration tolerance = options_.tolerance_after(event_time_ - start_);
    comparison.most_ticks_off =
        static_cast<std::uint32_t>(tolerance / std::max(*options_.stamp_tick, Duration{1us}));
  }
  const std::vector<Difference> found = differences(line, actual, comparison);
  // Shown as the script would say it: what it does not name is not shown.
  if (wanted != nullptr && tcp != nullptr) {
    tcp->has_ace = wanted->has_ace;
    if (!wanted->window) tcp->window.reset();
  }
  if (line.ip.tos_check == IpFields::Tos::any) actual.ip.tos_check = IpFields::Tos::any;
  if (line.ip.tos_check == IpFields::Tos::ecn) actual.ip.tos_check = IpFields::Tos::ecn;
  if (line.ip.ttl == 0) actual.ip.ttl = 0;
  if (!line.ip.flow_label) actual.ip.flow_label.reset();
  if (!found.empty()) {
    fail(event, "the host has sent another packet",
         difference_lines(to_string(line), to_string(actual), found));
  }
  check_time(event, line, heard.at);
}

void Player::check_time(const Event& event, const PacketLine& line, Instant actual) const {
  if (event.time_kind == TimeKind::any) return;
  const Duration tolerance = options_.tolerance_after(event_time_ - previous_);
  const bool is_range = !is_anchored(event.time_kind);
  const Instant last = is_range ? event_end_ : event_time_;
  if (actual >= event_time_ - tolerance && actual <= last + tolerance) return;
  const std::string until = is_range ? "~" + at_seconds(seconds(last)) : "";
  fail(event,
       "the host has sent this packet at " + at_seconds(seconds(actual)) + " s, expected at " +
           at_seconds(seconds(event_time_)) + until + " s",
       {"- " + to_string(line)});
}

double Player::seconds(Instant instant) const {
  return static_cast<double>(nanoseconds(instant - start_)) / 1e9;
}

void Player::fail(const Event& event, const std::string& sentence,
                  std::vector<std::string> details) const {
  throw Failure{packet_failure(event.line, sentence, details)};
}

}  // namespace acksu::packetdrill
