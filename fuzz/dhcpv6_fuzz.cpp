// DHCPv6 messages: the same again after they were written, and given to a client that waits for
// one. SECURITY A8, I7: any options.
#include "fuzz/fuzz.h"
#include "host/dhcpv6_client.h"

using namespace acksu;

namespace {

// The message as an answer to the question that the client asked.
void give_to_client(fuzz::Octets message) {
  Dhcpv6Client client({.hardware = {{2, 0, 0, 0, 0, 1}}}, SipKey{1, 2});
  client.start(Instant{1s});
  Instant now = client.deadline();
  client.on_time(now);
  const auto asked = client.next_datagram();
  ACKSU_ASSERT(asked);
  wire::Dhcpv6Message question;
  ACKSU_ASSERT(read(asked->message, question) == Drop::none);
  if (message.size() >= 4) {
    std::copy(asked->message.begin() + 1, asked->message.begin() + 4, message.begin() + 1);
  }
  // The same with the client's name behind it: without it nothing is believed.
  fuzz::Octets named = message;
  const fuzz::Octets& id = question.client_id;
  const fuzz::Octets head{0, 1, 0, static_cast<std::uint8_t>(id.size())};
  named.insert(named.end(), head.begin(), head.end());
  named.insert(named.end(), id.begin(), id.end());
  for (const fuzz::Octets& each : {message, named}) {
    const Drop drop = client.on_datagram({fuzz::source_v6, 547}, each, now);
    ACKSU_ASSERT((drop == Drop::none) == client.next_information().has_value());
    ACKSU_ASSERT(client.deadline() > now && client.deadline() != never);
    now = client.deadline();
    client.on_time(now);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input({data, size});
  wire::Dhcpv6Message message;
  if (read(input.bytes(), message) == Drop::none) {
    wire::Dhcpv6Message again;
    ACKSU_ASSERT(read(to_bytes(message), again) == Drop::none && again == message);
  }
  give_to_client({data, data + size});
  return 0;
}
