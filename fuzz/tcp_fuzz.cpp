// TCP segments: the header is read within its bounds, and what is read survives being written.
#include "fuzz/fuzz.h"
#include "wire/tcp.h"

using namespace acksu;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input({data, size});
  BufferPool pool;
  Segment segment;
  std::uint32_t header_bytes = 0;
  const Drop head_drop = wire::read_tcp_header(input.bytes(), segment, header_bytes);
  wire::read_tcp(fuzz::chain_of(pool, input.bytes()), fuzz::ends_v4, false, segment);
  const std::size_t cut = std::max<std::size_t>(header_bytes, 60);
  const Drop drop =
      wire::read_tcp(fuzz::chain_of(pool, input.bytes(), cut), fuzz::ends_v6, true, segment);
  ACKSU_ASSERT(drop == head_drop);
  if (drop != Drop::none) return 0;
  ACKSU_ASSERT(header_bytes + segment.text.size() == size);
  const std::uint32_t head_bytes = wire::tcp_header_bytes(segment.options, segment.flags);
  ACKSU_ASSERT(head_bytes >= 20 && head_bytes <= 60 && head_bytes % 4 == 0);
  Slice head = pool.allocate(head_bytes);
  segment.text_sum.reset();
  ACKSU_ASSERT(wire::write_tcp(segment, fuzz::ends_v6, head.writable()) == head_bytes);
  BufferChain whole{head};
  whole.append(segment.text);
  Segment again;
  ACKSU_ASSERT(wire::read_tcp(std::move(whole), fuzz::ends_v6, false, again) == Drop::none);
  ACKSU_ASSERT(again.seq == segment.seq && again.ack == segment.ack &&
               again.flags == segment.flags && again.window == segment.window &&
               again.text.flatten() == segment.text.flatten());
  return 0;
}
