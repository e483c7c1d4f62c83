// A session of PPP: frames to the layers, the layers' news to one another, and to the owner.
#include "host/ppp_session.h"

#include <algorithm>
#include <utility>

namespace acksu {

using wire::PppCode;
using wire::PppControl;
using wire::PppFrame;
using wire::PppProtocol;

namespace {

constexpr std::size_t most_frames = 64;  // of the protocols, waiting for the line
constexpr std::size_t most_news = 64;
constexpr std::size_t most_bytes_of_rejected = 1500 - PppControl::header_bytes - 2;

SipKey derived(SipKey key, std::uint64_t number) { return {key.k0 ^ number, key.k1 + number}; }

// RFC 1661 section 6.1: 1500 octets must be taken, whatever was agreed.
std::uint32_t largest_information(const PppSettings& settings) {
  return std::max(settings.mru, LcpOptions::default_mru);
}

IpAddress link_local(std::uint64_t identifier) { return {0xfe80'0000'0000'0000, identifier}; }

}  // namespace

const char* name(PppNews::Failure failure) {
  using Failure = PppNews::Failure;
  switch (failure) {
    case Failure::none: return "none";
    case Failure::no_answer: return "the peer does not answer, or does not agree";
    case Failure::ended_by_peer: return "the peer has ended the line";
    case Failure::wants_authentication: return "the peer wants a name and a password";
    case Failure::looped_back: return "the line loops back: there is no peer";
    case Failure::dead: return "the peer does not answer echoes any more";
    case Failure::no_ipv4: return "the peer refuses IPv4";
    case Failure::no_address: return "the peer has no IPv4 address for us";
  }
  return "unknown";
}

PppSession::PppSession(const PppSettings& settings, SipKey key)
    : settings_(settings),
      lcp_options_(settings.mru, settings.control_map, derived(key, 1)),
      ipcp_options_(settings.ipv4),
      ipv6cp_options_(settings.interface_id, derived(key, 2)),
      lcp_(PppProtocol::lcp, settings.times),
      ipcp_(PppProtocol::ipcp, settings.times),
      ipv6cp_(PppProtocol::ipv6cp, settings.times),
      deframer_(largest_information(settings)) {}

void PppSession::open(Instant now) {
  if (is_wanted_) return;
  is_wanted_ = true;
  for_network(PppEvent::open, now);
  if (lcp_.state() == PppState::initial) lcp_.step(PppEvent::up, lcp_options_, now);
  lcp_.step(PppEvent::open, lcp_options_, now);
  follow(now);
}

void PppSession::close(Instant now) {
  is_wanted_ = false;
  retry_due_ = never;
  lcp_.step(PppEvent::close, lcp_options_, now);
  follow(now);  // RFC 1661 3.4: the network protocols go down with the line, and say nothing more
  for_network(PppEvent::close, now);
  follow(now);
}

void PppSession::for_network(PppEvent event, Instant now) {
  if (settings_.has_ipv4) ipcp_.step(event, ipcp_options_, now);
  if (settings_.has_ipv6) ipv6cp_.step(event, ipv6cp_options_, now);
}

std::optional<PppSession::Arrival> PppSession::next_arrival(Bytes& stream, Instant now) {
  const auto framed = deframer_.next(stream);
  if (!framed) return std::nullopt;
  Arrival arrival{framed->frame, framed->drop, {}};
  PppFrame frame;
  if (arrival.drop == Drop::none) arrival.drop = wire::read(arrival.frame, frame);
  if (arrival.drop == Drop::none) arrival.drop = take(frame, now);
  if (arrival.drop != Drop::none) {
    refuse(arrival.drop);
  } else if (may_send(frame.protocol)) {
    arrival.packet = frame;
  }
  return arrival;
}

std::optional<PppFrame> PppSession::next_packet(Bytes& stream, Instant now) {
  while (const auto arrival = next_arrival(stream, now)) {
    if (arrival->packet) return arrival->packet;
  }
  return std::nullopt;
}

void PppSession::refuse(Drop drop) {
  refused_.add(drop);
  has_refused_ = true;
}

std::optional<DropCounters> PppSession::take_refused() {
  if (!has_refused_) return std::nullopt;
  has_refused_ = false;
  return std::exchange(refused_, {});
}

bool PppSession::may_send(std::uint16_t protocol) const {
  return (protocol == PppProtocol::ipv4 && ipcp_.is_open()) ||
         (protocol == PppProtocol::ipv6 && ipv6cp_.is_open());
}

Drop PppSession::take(const PppFrame& frame, Instant now) {
  if (frame.protocol == PppProtocol::lcp) {
    return take_control(frame, lcp_, lcp_options_, now);
  }
  // RFC 1661 section 3.4: before the line is up, only LCP is heard.
  if (!lcp_.is_open()) return Drop::ppp_unexpected;
  if (settings_.has_ipv4 && frame.protocol == PppProtocol::ipcp) {
    return take_control(frame, ipcp_, ipcp_options_, now);
  }
  if (settings_.has_ipv6 && frame.protocol == PppProtocol::ipv6cp) {
    return take_control(frame, ipv6cp_, ipv6cp_options_, now);
  }
  const bool is_known = (settings_.has_ipv4 && frame.protocol == PppProtocol::ipv4) ||
                        (settings_.has_ipv6 && frame.protocol == PppProtocol::ipv6);
  if (is_known) return may_send(frame.protocol) ? Drop::none : Drop::ppp_unexpected;
  reject_protocol(frame);
  return Drop::ppp_unknown_protocol;
}

Drop PppSession::take_control(const PppFrame& frame, PppLayer& layer, PppNegotiator& options,
                              Instant now) {
  PppControl packet;
  Drop drop = wire::read(frame.information, frame.protocol, packet);
  if (drop == Drop::ppp_unknown_code) {
    layer.take_unknown(frame.information, options, now);
  } else if (drop == Drop::none) {
    const bool is_of_link = packet.code > PppCode::code_reject;
    const bool ends = &layer == &lcp_ && packet.code == PppCode::terminate_request;
    was_ended_ = was_ended_ || ends;
    drop = is_of_link ? take_link(packet, now) : layer.take(packet, options, now);
  }
  follow(now);
  return drop;
}

// The codes that only LCP has (RFC 1661 sections 5.7 to 5.9).
Drop PppSession::take_link(const PppControl& packet, Instant now) {
  if (!lcp_.is_open()) return Drop::ppp_unexpected;
  if (packet.code == PppCode::protocol_reject) {
    take_protocol_reject(packet.rejected_protocol, now);
    return Drop::none;
  }
  const bool is_own = packet.magic != 0 && packet.magic == lcp_options_.magic();
  // An answer to our request may carry our number only from those who have none of their own.
  if (is_own) {
    is_looped_ = true;
    return Drop::ppp_own_message;
  }
  if (packet.magic != lcp_options_.peer_magic() && packet.magic != 0) return Drop::ppp_wrong_magic;
  silent_echoes_ = 0;
  if (packet.code != PppCode::echo_request) return Drop::none;
  PppControl reply = packet;
  reply.code = PppCode::echo_reply;
  reply.magic = lcp_options_.magic();
  lcp_.send(reply);
  return Drop::none;
}

void PppSession::take_protocol_reject(std::uint16_t protocol, Instant now) {
  const auto fatal = PppEvent::fatal_reject;
  switch (protocol) {
    case PppProtocol::lcp: lcp_.step(fatal, lcp_options_, now); break;
    case PppProtocol::ipv4:
    case PppProtocol::ipcp: ipcp_.step(fatal, ipcp_options_, now); break;
    case PppProtocol::ipv6:
    case PppProtocol::ipv6cp: ipv6cp_.step(fatal, ipv6cp_options_, now); break;
    default: break;
  }
}

// RFC 1661 section 5.7: the rejected information, cut to what the peer takes.
void PppSession::reject_protocol(const PppFrame& frame) {
  const Bytes kept =
      frame.information.first(std::min(frame.information.size(), most_bytes_of_rejected));
  PppControl packet{.code = PppCode::protocol_reject, .id = lcp_.next_id()};
  packet.rejected_protocol = frame.protocol;
  packet.data.assign(kept.begin(), kept.end());
  lcp_.send(packet);
  collect(lcp_, PppProtocol::lcp);
}

void PppSession::follow(Instant now) {
  using Failure = PppNews::Failure;
  while (const auto news = lcp_.next_news()) follow_lcp(*news, now);
  const bool loops = is_looped_ || lcp_options_.loops() >= settings_.max_loops;
  if (loops && lcp_.state() != PppState::starting) fail(Failure::looped_back, now);
  // Who leaves before the line was open, because we showed no password, will not come back.
  const bool is_refused = was_ended_ && lcp_options_.was_asked_to_authenticate();
  if (is_refused && !lcp_.is_open() && has_restart_timer(lcp_.state())) {
    fail(Failure::wants_authentication, now);
  }
  while (const auto news = ipcp_.next_news()) tell_ipv4(*news);
  while (const auto news = ipv6cp_.next_news()) tell_ipv6(*news);
  collect(lcp_, PppProtocol::lcp);
  collect(ipcp_, PppProtocol::ipcp);
  collect(ipv6cp_, PppProtocol::ipv6cp);
}

void PppSession::follow_lcp(PppLayer::News news, Instant now) {
  switch (news) {
    case PppLayer::News::up:
      deframer_.set_control_map(lcp_options_.control_map());
      silent_echoes_ = 0;
      echo_due_ = later_by(now, settings_.echo_interval);
      for_network(PppEvent::up, now);
      break;
    case PppLayer::News::down:
      deframer_.set_control_map(wire::PppFraming::escape_all);
      echo_due_ = never;
      for_network(PppEvent::down, now);
      break;
    case PppLayer::News::finished: {
      if (!is_wanted_) break;
      const bool was_asked = lcp_options_.was_asked_to_authenticate();
      fail(was_asked    ? PppNews::Failure::wants_authentication
           : was_ended_ ? PppNews::Failure::ended_by_peer
                        : PppNews::Failure::no_answer,
           now);
      break;
    }
  }
}

// As if the line had gone down; it comes up again after a while.
void PppSession::fail(PppNews::Failure failure, Instant now) {
  is_looped_ = was_ended_ = false;
  lcp_options_.forget_loops();
  retry_due_ = later_by(now, settings_.retry_interval);
  if (news_.size() < most_news) news_.push_back({.failure = failure});
  lcp_.step(PppEvent::down, lcp_options_, now);
  while (const auto news = lcp_.next_news()) {
    if (*news == PppLayer::News::down) follow_lcp(*news, now);
  }
}

void PppSession::tell_ipv4(PppLayer::News news) {
  if (news_.size() >= most_news) return;
  if (news == PppLayer::News::finished) {
    if (is_wanted_ && lcp_.is_open()) news_.push_back({.failure = PppNews::Failure::no_ipv4});
    return;
  }
  PppNews told{.kind = PppNews::Kind::ipv4_down};
  if (news == PppLayer::News::up) {
    told = {.kind = PppNews::Kind::ipv4_up,
            .mtu = lcp_options_.peer_mru(),
            .local = ipcp_options_.local(),
            .remote = ipcp_options_.remote(),
            .name_servers = ipcp_options_.name_servers()};
  }
  const bool has_no_address = news == PppLayer::News::up && told.local.is_any();
  news_.push_back(std::move(told));
  if (has_no_address) news_.push_back({.failure = PppNews::Failure::no_address});
}

void PppSession::tell_ipv6(PppLayer::News news) {
  if (news == PppLayer::News::finished || news_.size() >= most_news) return;
  PppNews told{.kind = PppNews::Kind::ipv6_down};
  if (news == PppLayer::News::up) {
    const std::uint64_t remote = ipv6cp_options_.remote();
    told = {.kind = PppNews::Kind::ipv6_up,
            .mtu = lcp_options_.peer_mru(),
            .local = link_local(ipv6cp_options_.local()),
            .remote = remote == 0 ? IpAddress{} : link_local(remote)};
  }
  news_.push_back(std::move(told));
}

void PppSession::collect(PppLayer& layer, std::uint16_t protocol) {
  while (const auto packet = layer.next_packet()) {
    if (to_send_.size() >= most_frames) {
      refuse(Drop::link_queue_full);
      continue;
    }
    to_send_.push_back(wire::ppp_frame(framing(), protocol, *packet));
  }
}

std::optional<std::vector<std::uint8_t>> PppSession::next_frame() {
  if (to_send_.empty()) return std::nullopt;
  std::vector<std::uint8_t> frame = std::move(to_send_.front());
  to_send_.pop_front();
  return frame;
}

std::optional<PppNews> PppSession::next_news() {
  if (news_.empty()) return std::nullopt;
  PppNews news = std::move(news_.front());
  news_.pop_front();
  return news;
}

Instant PppSession::deadline() const {
  return std::min({lcp_.deadline(), ipcp_.deadline(), ipv6cp_.deadline(), echo_due_, retry_due_});
}

void PppSession::on_time(Instant now) {
  lcp_.on_time(lcp_options_, now);
  ipcp_.on_time(ipcp_options_, now);
  ipv6cp_.on_time(ipv6cp_options_, now);
  if (echo_due_ <= now) send_echo(now);
  if (retry_due_ <= now) {
    retry_due_ = never;
    lcp_.step(PppEvent::up, lcp_options_, now);
  }
  follow(now);
}

void PppSession::send_echo(Instant now) {
  if (silent_echoes_ >= settings_.max_silent_echoes) {
    fail(PppNews::Failure::dead, now);
    return;
  }
  ++silent_echoes_;
  echo_due_ = later_by(now, settings_.echo_interval);
  lcp_.send({.code = PppCode::echo_request, .id = lcp_.next_id(), .magic = lcp_options_.magic()});
}

void PppSession::digest(Digest& digest) const {
  lcp_.digest(digest);
  ipcp_.digest(digest);
  ipv6cp_.digest(digest);
  lcp_options_.digest(digest);
  ipcp_options_.digest(digest);
  ipv6cp_options_.digest(digest);
  deframer_.digest(digest);
  digest.add(echo_due_);
  digest.add(retry_due_);
  digest.add(std::uint64_t{silent_echoes_} << 2 | (is_wanted_ ? 2u : 0u) | (is_looped_ ? 1u : 0u));
  digest.add(was_ended_ ? 1u : 0u);
  for (const auto& frame : to_send_) digest.add(Bytes(frame));
  digest.add(news_.size());
}

}  // namespace acksu
