// What wire costs a segment: headers read and written, without the sum of the text.
#include <benchmark/benchmark.h>

#include <array>

#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace acksu::wire {
namespace {

constexpr IpAddress source = IpAddress::v4(10, 0, 0, 1), destination = IpAddress::v4(10, 0, 0, 2);
constexpr PseudoHeader pseudo{source, destination};

enum class Layout { timestamps, plain, sack, syn };

Segment segment_with(Layout layout) {
  Segment segment;
  segment.source_port = 49152;
  segment.destination_port = 80;
  segment.seq = Seq{1000};
  segment.ack = Seq{2000};
  segment.flags = Flags{Flags::ack};
  segment.window = 502;
  SegmentOptions& options = segment.options;
  options.has_timestamps = layout != Layout::plain;
  options.timestamps = {123456, 654321};
  if (layout == Layout::sack) {
    options.sack.push_back({Seq{5000}, Seq{6460}});
    options.sack.push_back({Seq{8000}, Seq{9460}});
    options.sack.push_back({Seq{3000}, Seq{4460}});
  }
  if (layout == Layout::syn) {
    segment.flags = Flags{Flags::syn};
    options.mss = 1460;
    options.sack_permitted = true;
    options.window_scale = 7;
  }
  return segment;
}

// A segment with its header in one slice and `text_bytes` of text behind it in the same.
Slice packet_of(BufferPool& pool, Segment segment, std::uint32_t text_bytes) {
  Slice text = pool.allocate(text_bytes);
  if (text_bytes > 0)
    for (std::uint8_t& byte : text.writable()) byte = 'x';
  segment.text.append(text);
  std::array<std::uint8_t, largest_tcp_header> header;
  const std::uint32_t header_bytes = write_tcp(segment, pseudo, header);
  Slice packet = pool.allocate(header_bytes + text_bytes);
  std::copy_n(header.begin(), header_bytes, packet.writable().begin());
  segment.text.copy_to(packet.writable().subspan(header_bytes));
  return packet;
}

void read_segment(benchmark::State& state, Layout layout, std::uint32_t text_bytes,
                  bool is_checksum_trusted) {
  BufferPool pool;
  const Slice packet = packet_of(pool, segment_with(layout), text_bytes);
  for (auto _ : state) {
    Segment segment;
    BufferChain chain{packet};
    const Drop drop = read_tcp(std::move(chain), pseudo, is_checksum_trusted, segment);
    if (drop != Drop::none) state.SkipWithError("dropped");
    benchmark::DoNotOptimize(segment);
  }
}
BENCHMARK_CAPTURE(read_segment, ack_plain, Layout::plain, 0, false);
BENCHMARK_CAPTURE(read_segment, ack_timestamps, Layout::timestamps, 0, false);
BENCHMARK_CAPTURE(read_segment, ack_sack, Layout::sack, 0, false);
BENCHMARK_CAPTURE(read_segment, syn, Layout::syn, 0, false);
BENCHMARK_CAPTURE(read_segment, text_trusted, Layout::timestamps, 1448, true);
BENCHMARK_CAPTURE(read_segment, text_summed, Layout::timestamps, 1448, false);

// What read_segment spends on making and ending its chain and segment.
void empty_frame(benchmark::State& state) {
  BufferPool pool;
  const Slice packet = packet_of(pool, segment_with(Layout::timestamps), 1448);
  for (auto _ : state) {
    Segment segment;
    BufferChain chain{packet};
    benchmark::DoNotOptimize(chain);
    benchmark::DoNotOptimize(segment);
  }
}
BENCHMARK(empty_frame);

void write_segment(benchmark::State& state, Layout layout, std::uint32_t text_bytes) {
  BufferPool pool;
  Segment segment = segment_with(layout);
  segment.text.append(pool.allocate(text_bytes));
  segment.text_sum = Sum{0x1234};
  std::array<std::uint8_t, largest_tcp_header> room;
  for (auto _ : state) {
    benchmark::DoNotOptimize(segment);
    benchmark::DoNotOptimize(write_tcp(segment, pseudo, room));
    benchmark::DoNotOptimize(room);
  }
}
BENCHMARK_CAPTURE(write_segment, ack_plain, Layout::plain, 0);
BENCHMARK_CAPTURE(write_segment, ack_timestamps, Layout::timestamps, 0);
BENCHMARK_CAPTURE(write_segment, ack_sack, Layout::sack, 0);
BENCHMARK_CAPTURE(write_segment, syn, Layout::syn, 0);
BENCHMARK_CAPTURE(write_segment, text_sum_known, Layout::timestamps, 1448);

void read_lower_layers(benchmark::State& state) {
  std::array<std::uint8_t, 64> frame{};
  Ipv4Header ip;
  ip.total_length = 50;
  ip.ttl = 64;
  ip.protocol = IpProtocol::tcp;
  ip.source = source;
  ip.destination = destination;
  EthernetHeader ethernet;
  ethernet.type = EtherType::ipv4;
  write(ethernet, frame);
  write(ip, MutableBytes(frame).subspan(EthernetHeader::size));
  for (auto _ : state) {
    benchmark::DoNotOptimize(frame);
    if (read(frame, ethernet) != Drop::none) state.SkipWithError("dropped");
    if (read(Bytes(frame).subspan(EthernetHeader::size), ip) != Drop::none)
      state.SkipWithError("dropped");
    benchmark::DoNotOptimize(ethernet);
    benchmark::DoNotOptimize(ip);
  }
}
BENCHMARK(read_lower_layers);

void write_lower_layers(benchmark::State& state) {
  std::array<std::uint8_t, 64> frame{};
  Ipv4Header ip;
  ip.source = source;
  ip.destination = destination;
  EthernetHeader ethernet;
  ethernet.type = EtherType::ipv4;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ip);
    benchmark::DoNotOptimize(ethernet);
    write(ethernet, frame);
    write(ip, MutableBytes(frame).subspan(EthernetHeader::size));
    benchmark::DoNotOptimize(frame);
  }
}
BENCHMARK(write_lower_layers);

}  // namespace
}  // namespace acksu::wire
