// UDP datagrams, over both families.
#include "fuzz/fuzz.h"
#include "wire/udp.h"

using namespace acksu;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes{data, size};
  BufferPool pool;
  for (const wire::PseudoHeader& ends : {fuzz::ends_v4, fuzz::ends_v6}) {
    wire::UdpDatagram datagram;
    wire::read_udp(fuzz::chain_of(pool, bytes), ends, false, datagram);
    const Drop drop = wire::read_udp(fuzz::chain_of(pool, bytes, 8), ends, true, datagram);
    if (drop != Drop::none) return 0;
    ACKSU_ASSERT(datagram.text.size() + 8 <= size);
    Slice head = pool.allocate(8);
    datagram.has_checksum = true;  // RFC 8200 8.1: over IPv6 always
    wire::write_udp(datagram, ends, head.writable());
    BufferChain whole{head};
    whole.append(datagram.text);
    wire::UdpDatagram again;
    ACKSU_ASSERT(wire::read_udp(std::move(whole), ends, false, again) == Drop::none);
    ACKSU_ASSERT(again.text.flatten() == datagram.text.flatten());
    ACKSU_ASSERT(again.destination_port == datagram.destination_port);
  }
  return 0;
}
