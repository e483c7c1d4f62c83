// DHCP messages: the same again after they were written; and the client and the server that are
// given them as if they came in time and for the right exchange.
// SECURITY A8, I7: any options, and no lease whose times do not rise.
#include "fuzz/fuzz.h"
#include "host/dhcp_client.h"
#include "host/dhcp_server.h"

using namespace acksu;

namespace {

constexpr MacAddress hardware{{2, 0, 0, 0, 0, 1}};
constexpr std::size_t transaction_at = 4, hardware_at = 28;

void check_lease(const DhcpClient& client) {
  if (!client.lease()) return;
  const DhcpLease& lease = *client.lease();
  ACKSU_ASSERT(lease.renewal <= lease.rebinding && lease.rebinding <= lease.expiry);
  ACKSU_ASSERT(lease.prefix_length <= 32 && lease.address.is_v4());
}

// What the client says last, and its transaction in the message that is to answer it.
void answer(DhcpClient& client, fuzz::Octets message, Instant now) {
  while (const auto said = client.next_datagram()) {
    wire::DhcpMessage ours;
    ACKSU_ASSERT(read(said->message, ours) == Drop::none && !ours.is_reply);
    if (message.size() < hardware_at + 6) continue;
    store_be32(&message[transaction_at], ours.transaction);
    std::copy(hardware.octets.begin(), hardware.octets.end(), &message[hardware_at]);
  }
  client.on_datagram({IpAddress::v4(10, 0, 0, 254), 67}, message, now);
  while (client.next_news()) {
  }
  check_lease(client);
}

void give_to_client(const fuzz::Octets& message) {
  DhcpClient client({.hardware = hardware}, SipKey{1, 2});
  Instant now{1s};
  client.start({}, now);
  for (int i = 0; i < 2 && client.deadline() != never; ++i) {
    now = std::max(now, client.deadline());
    client.on_time(now);
    answer(client, message, now);
    fuzz::Octets as_offer = message, as_ack = message;
    for (std::size_t at = 240; at + 2 < message.size(); ++at) {
      // Both kinds of reply, wherever the message names its type.
      if (message[at] != 53 || message[at + 1] != 1) continue;
      as_offer[at + 2] = 2;
      as_ack[at + 2] = 5;
      break;
    }
    answer(client, as_offer, now);
    answer(client, as_ack, now);
  }
}

void give_to_server(const fuzz::Octets& message) {
  DhcpServer server({.address = {IpAddress::v4(10, 0, 0, 254), 24},
                     .first = IpAddress::v4(10, 0, 0, 1),
                     .last = IpAddress::v4(10, 0, 0, 3)});
  for (int i = 0; i < 2; ++i) {
    server.on_datagram(message, Instant{1s * i});
    while (const auto said = server.next_datagram()) {
      wire::DhcpMessage reply;
      ACKSU_ASSERT(read(said->message, reply) == Drop::none && reply.is_reply);
    }
    ACKSU_ASSERT(server.bindings().size() <= 3);
  }
  server.on_time(Instant{24h});
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input({data, size});
  wire::DhcpMessage message;
  if (read(input.bytes(), message) == Drop::none) {
    const fuzz::Octets written = to_bytes(message);
    wire::DhcpMessage again;
    ACKSU_ASSERT(written.size() >= 300 && read(written, again) == Drop::none);
    ACKSU_ASSERT(again == message);
  }
  const fuzz::Octets octets(data, data + size);
  give_to_client(octets);
  give_to_server(octets);
  return 0;
}
