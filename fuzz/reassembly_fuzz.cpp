// The reassembler under any sequence of fragments. Six bytes of input are one fragment: source and
// identification, family and flags, offset, length, a salt of its text, and the time before it.
// Whatever comes, budgets hold; what comes out is one packet that our own readers take.
#include "fuzz/fuzz.h"
#include "host/reassembly.h"

using namespace acksu;

namespace {

constexpr std::size_t step_bytes = 6;

struct Step {
  std::uint8_t name, flags, offset, length, salt, wait;

  bool is_v4() const { return (flags & 1) != 0; }
  bool has_more() const { return (flags & 2) != 0; }
  std::uint8_t ecn() const { return flags >> 2 & 3; }
  std::uint8_t protocol() const {
    constexpr std::uint8_t protocols[] = {200, 6, 17, 60};
    return protocols[flags >> 4 & 3];
  }
  std::uint32_t offset_bytes() const { return (flags & 0x40) != 0 ? offset * 256u : offset * 8u; }
};

fuzz::Octets text_of(const Step& step) {
  const std::uint32_t length = (step.flags & 0x80) != 0 ? step.length * 8u : step.length;
  fuzz::Octets text(length);
  for (std::uint32_t i = 0; i < length; ++i)
    text[i] = static_cast<std::uint8_t>(step.offset_bytes() + i + (step.salt & 1));
  return text;
}

// A packet of this step, in a block of many sizes.
BufferChain packet_of(BufferPool& pool, const Step& step, fuzz::Octets head) {
  const fuzz::Octets text = text_of(step);
  head.insert(head.end(), text.begin(), text.end());
  Slice slice = pool.allocate(static_cast<std::uint32_t>(head.size()), step.salt * 256u);
  std::copy(head.begin(), head.end(), slice.writable().begin());
  return BufferChain{std::move(slice)};
}

std::optional<Fragment> v4_fragment(BufferPool& pool, const Step& step) {
  wire::Ipv4Header header;
  header.total_length = static_cast<std::uint16_t>(20 + text_of(step).size());
  header.identification = step.name & 0xf;
  header.more_fragments = step.has_more();
  header.fragment_offset_bytes = static_cast<std::uint16_t>(step.offset_bytes() & 0xfff8);
  header.protocol = step.protocol();
  header.dscp_ecn = step.ecn();
  header.source = IpAddress::v4(10, 0, 0, step.name >> 4);
  header.destination = IpAddress::v4(10, 1, 0, 1);
  fuzz::Octets head(20);
  write(header, head);
  BufferChain packet = packet_of(pool, step, std::move(head));
  const Drop drop = read(packet[0].bytes(), header);
  if (drop != Drop::none || !header.is_fragment()) return std::nullopt;
  return Fragment::of(header, std::move(packet));
}

std::optional<Fragment> v6_fragment(BufferPool& pool, const Step& step) {
  wire::Ipv6Header header;
  header.payload_length = static_cast<std::uint16_t>(8 + text_of(step).size());
  header.next_header = wire::NextHeader::fragment;
  header.traffic_class = step.ecn();
  header.source = {0x2001'0db8'0000'0000, std::uint64_t{step.name} >> 4};
  header.destination = {0x2001'0db8'0001'0000, 1};
  fuzz::Octets head(48);
  write(header, head);
  write(wire::FragmentHeader{step.protocol(),
                             static_cast<std::uint16_t>(step.offset_bytes() & 0xfff8),
                             step.has_more(), step.name & 0xfu},
        MutableBytes(head).subspan(40));
  BufferChain packet = packet_of(pool, step, std::move(head));
  wire::ExtensionHeaders extensions;
  if (read(packet[0].bytes(), header) != Drop::none) return std::nullopt;
  if (read(packet[0].bytes(), header, extensions) != Drop::none) return std::nullopt;
  return Fragment::of(header, extensions, std::move(packet));
}

void check_whole(const BufferChain& packet, bool is_v4) {
  const fuzz::Octets bytes = packet.flatten();
  if (is_v4) {
    wire::Ipv4Header header;
    ACKSU_ASSERT(read(bytes, header) == Drop::none && !header.is_fragment());
    ACKSU_ASSERT(header.total_length == bytes.size());
    return;
  }
  wire::Ipv6Header header;
  ACKSU_ASSERT(read(packet[0].bytes(), packet.size(), header) == Drop::none);
  ACKSU_ASSERT(header.total_length() == bytes.size());
  wire::ExtensionHeaders extensions;
  if (read(packet[0].bytes(), header, extensions) == Drop::none) {
    ACKSU_ASSERT(!extensions.fragment && extensions.upper_offset <= bytes.size());
  }
}

std::uint64_t digest_of(const Reassembly& reassembly) {
  Digest digest;
  reassembly.digest(digest);
  return digest.value();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ReassemblySettings settings;
  settings.max_bytes = 24'000;
  settings.max_bytes_per_source = 12'000;
  settings.max_datagrams = 8;
  settings.max_datagrams_per_source = 4;
  settings.max_fragments = 6;
  BufferPool pool;
  {
    Reassembly reassembly(settings, SipKey{1, 2});
    Instant now{};
    for (std::size_t at = 0; at + step_bytes <= size; at += step_bytes) {
      const Step step{data[at],     data[at + 1], data[at + 2],
                      data[at + 3], data[at + 4], data[at + 5]};
      now += step.wait * 200ms;
      reassembly.on_time(now);
      reassembly.take_expired();
      auto fragment = step.is_v4() ? v4_fragment(pool, step) : v6_fragment(pool, step);
      if (!fragment) continue;
      Reassembly copy = reassembly;
      auto result = reassembly.on_fragment(*fragment, now);
      const auto result_of_copy = copy.on_fragment(std::move(*fragment), now);
      reassembly.check();
      ACKSU_ASSERT(digest_of(copy) == digest_of(reassembly));
      ACKSU_ASSERT(result.drop == result_of_copy.drop);
      ACKSU_ASSERT(result.packet.flatten() == result_of_copy.packet.flatten());
      ACKSU_ASSERT(result.packet.is_empty() || result.drop == Drop::none);
      if (!result.packet.is_empty()) check_whole(result.packet, step.is_v4());
    }
    reassembly.on_time(now + 60s);
    reassembly.take_expired();
    ACKSU_ASSERT(reassembly.held_bytes() == 0 && reassembly.datagrams() == 0);
  }
  ACKSU_ASSERT(pool.live_blocks() == 0);
  return 0;
}
