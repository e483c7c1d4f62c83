// The options of LCP, IPCP and IPV6CP: asking, judging, learning.
#include "host/ppp_options.h"

#include "host/address_kinds.h"

namespace acksu {

using wire::IpcpOption;
using wire::Ipv6cpOption;
using wire::LcpOption;
using wire::PppOption;

namespace {

using Judgement = PppNegotiator::Judgement;

Judgement reject() { return {Judgement::Verdict::reject, {}}; }
Judgement nak(std::uint8_t type, std::uint64_t value, std::size_t octets) {
  return {Judgement::Verdict::nak, PppOption::number(type, value, octets)};
}
// RFC 1661 section 6: an option of a wrong length is asked for as it should be.
Judgement ack_if(bool is_good, std::uint8_t type, std::uint64_t better, std::size_t octets) {
  return is_good ? Judgement{} : nak(type, better, octets);
}

IpAddress address_in(const PppOption& option) {
  return IpAddress::v4(static_cast<std::uint32_t>(option.number(4).value_or(0)));
}
bool is_host_address(IpAddress address) {
  return !address.is_any() && !is_multicast(address) &&
         !is_martian_source(address, Martians::reserved);
}

}  // namespace

// ---- LCP

void LcpOptions::begin() {
  mru_ = wanted_mru_;
  map_ = wanted_map_;
  magic_ = draw_magic();
  has_mru_ = wanted_mru_ != default_mru;
  has_map_ = has_magic_ = has_short_protocol_ = has_no_address_ = true;
  peer_mru_ = default_mru;
  peer_magic_ = 0;
  framing_ = {};
  was_asked_to_authenticate_ = false;
}

std::uint32_t LcpOptions::draw_magic() {
  const auto magic = static_cast<std::uint32_t>(numbers_.next());
  return magic == 0 ? 1 : magic;
}

std::vector<PppOption> LcpOptions::wishes() const {
  std::vector<PppOption> options;
  if (has_mru_) options.push_back(PppOption::number(LcpOption::mru, mru_, 2));
  if (has_map_) options.push_back(PppOption::number(LcpOption::control_map, map_, 4));
  if (has_magic_) options.push_back(PppOption::number(LcpOption::magic, magic_, 4));
  if (has_short_protocol_) options.push_back({LcpOption::compress_protocol, {}});
  if (has_no_address_) options.push_back({LcpOption::compress_address, {}});
  return options;
}

Judgement LcpOptions::judge(const PppOption& option) {
  switch (option.type) {
    case LcpOption::mru: {
      const auto mru = option.number(2);
      return ack_if(mru && *mru >= smallest_mru, option.type, mru ? smallest_mru : default_mru, 2);
    }
    case LcpOption::control_map: return ack_if(option.number(4).has_value(), option.type, 0, 4);
    case LcpOption::magic: {
      // RFC 1661 section 6.4: our own number says that the line may loop back.
      const auto magic = option.number(4);
      const bool is_ours = has_magic_ && magic == magic_;
      loops_ = is_ours ? loops_ + 1 : 0;
      const bool is_good = magic && *magic != 0 && !is_ours;
      return ack_if(is_good, option.type, is_good ? 0 : draw_magic(), 4);
    }
    case LcpOption::compress_protocol:
    case LcpOption::compress_address: return option.data.empty() ? Judgement{} : reject();
    case LcpOption::authentication: was_asked_to_authenticate_ = true; return reject();
    default: return reject();
  }
}

void LcpOptions::grant(const std::vector<PppOption>& options) {
  peer_mru_ = default_mru;
  peer_magic_ = 0;
  framing_ = {};
  for (const PppOption& option : options) {
    const auto value = option.number(option.data.size()).value_or(0);
    switch (option.type) {
      case LcpOption::mru: peer_mru_ = static_cast<std::uint16_t>(value); break;
      case LcpOption::control_map: framing_.control_map = static_cast<std::uint32_t>(value); break;
      case LcpOption::magic: peer_magic_ = static_cast<std::uint32_t>(value); break;
      case LcpOption::compress_protocol: framing_.compresses_protocol = true; break;
      case LcpOption::compress_address: framing_.compresses_address = true; break;
      default: break;
    }
  }
}

void LcpOptions::take_nak(const PppOption& option) {
  switch (option.type) {
    case LcpOption::mru: {
      const auto mru = option.number(2);
      if (mru && *mru >= smallest_mru && *mru <= wanted_mru_) {
        mru_ = static_cast<std::uint16_t>(*mru);
      }
      break;
    }
    case LcpOption::control_map:
      // RFC 1662 section 7.1: what either end asks for is escaped.
      map_ |= static_cast<std::uint32_t>(option.number(4).value_or(0));
      break;
    // RFC 1661 section 6.4: a new number of our own, whatever the peer says.
    case LcpOption::magic: magic_ = draw_magic(); break;
    default: take_reject(option.type);
  }
}

void LcpOptions::take_reject(std::uint8_t type) {
  switch (type) {
    case LcpOption::mru: has_mru_ = false; break;
    case LcpOption::control_map: has_map_ = false; break;
    case LcpOption::magic: has_magic_ = false; break;
    case LcpOption::compress_protocol: has_short_protocol_ = false; break;
    case LcpOption::compress_address: has_no_address_ = false; break;
    default: break;
  }
}

void LcpOptions::digest(Digest& digest) const {
  for (const PppOption& option : wishes())
    digest.add(option.number(option.data.size()).value_or(0));
  numbers_.digest(digest);
  digest.add(std::uint64_t{peer_mru_} << 32 | peer_magic_);
  digest.add(std::uint64_t{framing_.control_map} << 2 | (framing_.compresses_address ? 2u : 0u) |
             (framing_.compresses_protocol ? 1u : 0u));
  digest.add(std::uint64_t{loops_} << 1 | (was_asked_to_authenticate_ ? 1u : 0u));
}

// ---- IPCP

void IpcpOptions::begin() {
  local_ = settings_.local;
  remote_ = settings_.remote;
  has_address_ = true;
  first_server_.reset();
  second_server_.reset();
  if (settings_.asks_name_servers) first_server_ = second_server_ = IpcpSettings::none;
}

std::vector<PppOption> IpcpOptions::wishes() const {
  std::vector<PppOption> options;
  const auto ask = [&](std::uint8_t type, IpAddress address) {
    options.push_back(PppOption::number(type, address.as_v4(), 4));
  };
  if (has_address_) ask(IpcpOption::address, local_);
  if (first_server_) ask(IpcpOption::first_name_server, *first_server_);
  if (second_server_) ask(IpcpOption::second_name_server, *second_server_);
  return options;
}

Judgement IpcpOptions::judge(const PppOption& option) {
  const bool is_first = option.type == IpcpOption::first_name_server;
  if (is_first || option.type == IpcpOption::second_name_server) {
    const std::size_t place = is_first ? 0 : 1;
    if (place >= settings_.name_servers.size()) return reject();
    const IpAddress server = settings_.name_servers[place];
    return ack_if(address_in(option) == server, option.type, server.as_v4(), 4);
  }
  if (option.type != IpcpOption::address) return reject();
  // RFC 1332 section 3.3: a peer that has no address, or a wrong one, is given ours to give.
  const IpAddress given = settings_.remote;
  const IpAddress asked = address_in(option);
  if (!given.is_any()) return ack_if(asked == given, option.type, given.as_v4(), 4);
  const bool has_none = asked.as_v4() == 0 && !settings_.stand_in.is_any();
  if (has_none) return nak(option.type, settings_.stand_in.as_v4(), 4);
  return is_host_address(asked) && asked != local_ ? Judgement{} : reject();
}

void IpcpOptions::grant(const std::vector<PppOption>& options) {
  remote_ = settings_.remote;
  for (const PppOption& option : options) {
    if (option.type == IpcpOption::address) remote_ = address_in(option);
  }
}

void IpcpOptions::take_nak(const PppOption& option) {
  const IpAddress said = address_in(option);
  if (!is_host_address(said)) return;
  if (option.type == IpcpOption::address && settings_.local.is_any()) local_ = said;
  if (option.type == IpcpOption::first_name_server && first_server_) first_server_ = said;
  if (option.type == IpcpOption::second_name_server && second_server_) second_server_ = said;
}

void IpcpOptions::take_reject(std::uint8_t type) {
  if (type == IpcpOption::address) has_address_ = false;
  if (type == IpcpOption::first_name_server) first_server_.reset();
  if (type == IpcpOption::second_name_server) second_server_.reset();
}

std::vector<IpAddress> IpcpOptions::name_servers() const {
  std::vector<IpAddress> servers;
  for (const auto& server : {first_server_, second_server_}) {
    if (server && !server->is_any()) servers.push_back(*server);
  }
  return servers;
}

void IpcpOptions::digest(Digest& digest) const {
  for (const PppOption& option : wishes()) digest.add(option.number(4).value_or(0));
  digest.add(local_.low());
  digest.add(remote_.low());
}

// ---- IPV6CP

std::uint64_t Ipv6cpOptions::draw() {
  // RFC 5072 section 4.1: not zero, and not universally unique.
  constexpr std::uint64_t universal = std::uint64_t{2} << 56;
  const std::uint64_t identifier = numbers_.next() & ~universal;
  return identifier == 0 ? 1 : identifier;
}

void Ipv6cpOptions::begin() {
  local_ = wanted_ == 0 ? draw() : wanted_;
  remote_ = 0;
  has_identifier_ = true;
}

std::vector<PppOption> Ipv6cpOptions::wishes() const {
  if (!has_identifier_) return {};
  return {PppOption::number(Ipv6cpOption::interface_id, local_, 8)};
}

// RFC 5072 section 4.1: both ends have one, and not the same.
Judgement Ipv6cpOptions::judge(const PppOption& option) {
  if (option.type != Ipv6cpOption::interface_id) return reject();
  const auto identifier = option.number(8);
  const bool is_good = identifier && *identifier != 0 && *identifier != local_;
  return ack_if(is_good, option.type, is_good ? 0 : draw(), 8);
}

void Ipv6cpOptions::grant(const std::vector<PppOption>& options) {
  remote_ = 0;
  for (const PppOption& option : options) {
    if (option.type == Ipv6cpOption::interface_id) remote_ = option.number(8).value_or(0);
  }
}

void Ipv6cpOptions::take_nak(const PppOption& option) {
  if (option.type != Ipv6cpOption::interface_id) return;
  const std::uint64_t said = option.number(8).value_or(0);
  // Our own number again: the peer has drawn the same, or the line loops back.
  local_ = said == 0 || said == local_ || said == remote_ ? draw() : said;
}

void Ipv6cpOptions::take_reject(std::uint8_t type) {
  if (type == Ipv6cpOption::interface_id) has_identifier_ = false;
}

void Ipv6cpOptions::digest(Digest& digest) const {
  digest.add(local());
  digest.add(remote_);
  numbers_.digest(digest);
}

}  // namespace acksu
