// The DHCP server: what its answers say, and where they go.
#include <utility>

#include "host/dhcp_server.h"

namespace acksu {

using wire::DhcpMessage;
using wire::DhcpType;

namespace {

constexpr IpAddress all_clients = IpAddress::v4(255, 255, 255, 255);

std::uint32_t seconds_of(Duration duration) {
  if (duration >= std::chrono::seconds{DhcpMessage::infinite}) return DhcpMessage::infinite;
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

}  // namespace

DhcpMessage DhcpServer::reply_to(const DhcpMessage& message, DhcpType type) const {
  DhcpMessage reply;
  reply.is_reply = true;
  reply.type = type;
  reply.transaction = message.transaction;
  reply.wants_broadcast = message.wants_broadcast;
  reply.hardware = message.hardware;
  reply.client_id = message.client_id;  // RFC 6842 section 3
  reply.server_id = settings_.address.address;
  return reply;
}

void DhcpServer::configure(DhcpMessage& reply) const {
  reply.prefix_length = settings_.address.length;
  reply.routers = settings_.routers;
  reply.name_servers = settings_.name_servers;
  reply.routes = settings_.routes;
  reply.domain = settings_.domain;
  reply.mtu = settings_.mtu;
  if (reply.yours == DhcpMessage::no_address) return;
  const std::uint32_t lease = seconds_of(settings_.lease);
  reply.lease_seconds = lease;
  if (lease == DhcpMessage::infinite) return;
  reply.renewal_seconds = lease / 2;
  reply.rebinding_seconds = static_cast<std::uint32_t>(std::uint64_t{lease} * 7 / 8);
}

// RFC 2131 section 4.3.5: no lease, no time.
Drop DhcpServer::on_inform(const DhcpMessage& message) {
  if (!settings_.address.contains(message.client)) return Drop::dhcp_wrong_network;
  ++counters_.acks;
  DhcpMessage ack = reply_to(message, DhcpType::ack);
  ack.client = message.client;
  configure(ack);
  answer(message, std::move(ack));
  return Drop::none;
}

// RFC 2131 section 4.1: to the address the client has; else to all, if it asks for that or is
// refused; else to the address it is about to have.
void DhcpServer::answer(const DhcpMessage& to, DhcpMessage message) {
  Endpoint remote{all_clients, DhcpMessage::client_port};
  std::optional<MacAddress> mac;
  if (message.type != DhcpType::nak) {
    if (to.client != DhcpMessage::no_address) {
      remote.address = to.client;
    } else if (!to.wants_broadcast) {
      remote.address = message.yours;
      mac = to.hardware;
    }
  }
  to_send_.push_back(
      {{settings_.address.address, DhcpMessage::server_port}, remote, mac, to_bytes(message)});
}

std::optional<DhcpDatagram> DhcpServer::next_datagram() {
  if (to_send_.empty()) return std::nullopt;
  std::optional<DhcpDatagram> datagram = std::move(to_send_.front());
  to_send_.pop_front();
  return datagram;
}

}  // namespace acksu
