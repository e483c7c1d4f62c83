// DNS messages: read within their bounds, the same again after they were written, and cut to the
// size of a datagram.
// SECURITY G1, I7: any bytes as a message, and as a name at any place.
#include "fuzz/fuzz.h"
#include "wire/dns.h"

using namespace acksu;

namespace {

void check_name_at(Bytes message, std::size_t position) {
  wire::DnsName name;
  const std::size_t before = position;
  if (wire::DnsName::read(message, position, name) != Drop::none) return;
  ACKSU_ASSERT(position > before && position <= message.size());
  ACKSU_ASSERT(name.octets().size() <= wire::DnsName::max_octets && name.labels() <= 127);
  const auto again = wire::DnsName::parse(to_string(name));
  ACKSU_ASSERT(again && again->is_spelled_like(name));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input({data, size});
  check_name_at(input.bytes(), std::min<std::size_t>(size, 12));
  check_name_at(input.bytes(), size / 2);
  wire::DnsMessage message;
  if (read(input.bytes(), message) != Drop::none) return 0;
  for (const wire::DnsRecord& record : message.answers) ACKSU_ASSERT(!to_string(record).empty());
  fuzz::Octets room(wire::max_dns_bytes);
  const std::uint32_t written = write(message, room);
  if (written > 0) {
    wire::DnsMessage again;
    ACKSU_ASSERT(read(Bytes(room).first(written), again) == Drop::none && again == message);
  }
  const fuzz::Octets cut = wire::to_bytes(message, wire::plain_dns_bytes);
  ACKSU_ASSERT(cut.size() <= wire::plain_dns_bytes || message.questions.size() > 1);
  wire::DnsMessage of_cut;
  ACKSU_ASSERT(read(cut, of_cut) == Drop::none && of_cut.id == message.id);
  return 0;
}
