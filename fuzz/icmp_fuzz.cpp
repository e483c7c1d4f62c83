// ICMP messages and the packets they quote.
#include "fuzz/fuzz.h"
#include "wire/icmp.h"

using namespace acksu;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  BufferPool pool;
  const Bytes bytes{data, size};
  wire::QuotedPacket quoted;
  read(fuzz::Input(bytes).bytes(), quoted);
  wire::IcmpMessage message;
  wire::read_icmp(fuzz::chain_of(pool, bytes), false, message);
  if (wire::read_icmp(fuzz::chain_of(pool, bytes, 8), true, message) != Drop::none) return 0;
  ACKSU_ASSERT(message.payload.size() + 8 == size);
  Slice head = pool.allocate(8);
  wire::write_icmp(message, head.writable());
  BufferChain whole{head};
  whole.append(message.payload);
  wire::IcmpMessage again;
  ACKSU_ASSERT(wire::read_icmp(std::move(whole), false, again) == Drop::none);
  ACKSU_ASSERT(again.type == message.type && again.sequence == message.sequence);
  if (message.is_error()) read(message.payload.flatten(), quoted);
  return 0;
}
