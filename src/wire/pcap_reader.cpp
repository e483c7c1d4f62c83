// Reading captures.
#include "wire/pcap_reader.h"

#include <algorithm>
#include <array>

namespace acksu::wire {
namespace {

constexpr std::uint32_t pcap_microseconds = 0xa1b2'c3d4, pcap_nanoseconds = 0xa1b2'3c4d;
constexpr std::uint32_t section = 0x0a0d'0d0a, byte_order = 0x1a2b'3c4d;
constexpr std::uint32_t interface_description = 1, old_packet = 2, simple_packet = 3,
                        enhanced_packet = 6;
constexpr std::uint16_t end_of_options = 0, time_resolution = 9;
constexpr std::size_t block_frame = 12;  // type and both lengths
// Until the year 2262: what nanoseconds in 64 bits hold.
constexpr std::uint64_t latest_second = 9'000'000'000;

std::uint32_t swapped(std::uint32_t value) { return __builtin_bswap32(value); }

constexpr std::uint64_t billion = 1'000'000'000;

// False: later than anybody can say.
bool take_seconds(std::uint64_t seconds, std::uint64_t nanoseconds_more, Instant& time) {
  if (seconds > latest_second) return false;
  const std::uint64_t all = seconds * billion + nanoseconds_more;
  time = Instant{Duration{static_cast<std::int64_t>(all)}};
  return true;
}

// `units` of 2^-bits seconds.
bool take_binary_time(std::uint64_t units, unsigned bits, Instant& time) {
  if (bits > 63) return false;
  const std::uint64_t fraction = units & ((std::uint64_t{1} << bits) - 1);
  // 32 bits of the fraction are finer than a nanosecond.
  const std::uint64_t fine = bits > 32 ? fraction >> (bits - 32) : fraction;
  return take_seconds(units >> bits, (fine * billion) >> std::min(bits, 32u), time);
}

bool take_decimal_time(std::uint64_t units, unsigned digits, Instant& time) {
  if (digits > 19) return false;
  std::uint64_t per_second = 1;
  for (unsigned i = 0; i < digits; ++i) per_second *= 10;
  const std::uint64_t rest = units % per_second;
  const std::uint64_t fine =
      per_second >= billion ? rest / (per_second / billion) : rest * (billion / per_second);
  return take_seconds(units / per_second, fine, time);
}

bool take_time(std::uint64_t units, std::uint8_t resolution, Instant& time) {
  const unsigned digits = resolution & 0x7fu;
  return (resolution & 0x80) != 0 ? take_binary_time(units, digits, time)
                                  : take_decimal_time(units, digits, time);
}

}  // namespace

// No read goes past the end: it gives zeros, and `failed` says so.
class PcapReader::Cursor {
 public:
  Cursor(Bytes bytes, bool is_big_endian) : bytes_(bytes), is_big_endian_(is_big_endian) {}

  std::size_t remaining() const { return bytes_.size(); }
  bool failed() const { return failed_; }
  std::uint16_t u16() {
    const std::uint32_t value = load(2);
    return static_cast<std::uint16_t>(value);
  }
  std::uint32_t u32() { return load(4); }
  Bytes bytes(std::size_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const Bytes result = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return result;
  }

 private:
  std::uint32_t load(std::size_t count) {
    std::uint32_t value = 0;
    const Bytes all = bytes(count);
    for (std::size_t i = 0; i < all.size(); ++i) {
      value = value << 8 | all[is_big_endian_ ? i : count - 1 - i];
    }
    return value;
  }

  Bytes bytes_;
  bool is_big_endian_;
  bool failed_ = false;
};

bool PcapReader::is_capture(Bytes file) {
  if (file.size() < 4) return false;
  const std::uint32_t magic = load_be32(file.data());
  constexpr std::array all{section, pcap_microseconds, pcap_nanoseconds};
  return std::find(all.begin(), all.end(), magic) != all.end() ||
         std::find(all.begin() + 1, all.end(), swapped(magic)) != all.end();
}

PcapReader::PcapReader(Bytes file) : rest_(file) {
  if (!is_capture(file)) {
    fail("it is neither pcap nor pcapng");
    return;
  }
  const std::uint32_t magic = load_be32(file.data());
  is_pcapng_ = magic == section;
  if (is_pcapng_) return;
  is_big_endian_ = magic == pcap_microseconds || magic == pcap_nanoseconds;
  const bool is_fine = magic == pcap_nanoseconds || swapped(magic) == pcap_nanoseconds;
  pcap_resolution_ = is_fine ? 9 : 6;
  Cursor head = take(24);
  head.bytes(20);
  const std::uint32_t link_type = head.u32();  // above it may stand the length of a checksum
  pcap_link_type_ = static_cast<std::uint16_t>(link_type);
  if (head.failed()) fail("its head is cut off");
}

PcapReader::Cursor PcapReader::take(std::size_t count) {
  const Bytes taken = rest_.first(std::min(count, rest_.size()));
  rest_ = rest_.subspan(taken.size());
  return {taken, is_big_endian_};
}

bool PcapReader::fail(const char* problem) {
  problem_ = problem;
  rest_ = {};
  return false;
}

bool PcapReader::next(ReadPacket& packet) {
  if (problem_ != nullptr) return false;
  return is_pcapng_ ? next_of_pcapng(packet) : next_of_pcap(packet);
}

bool PcapReader::next_of_pcap(ReadPacket& packet) {
  if (rest_.empty()) return false;
  Cursor head = take(16);
  const std::uint32_t seconds = head.u32(), fraction = head.u32(), captured = head.u32();
  packet = {};
  packet.link_type = pcap_link_type_;
  packet.original_bytes = head.u32();
  if (head.failed()) return fail("the head of a packet is cut off");
  if (captured > most_bytes) return fail("a packet is longer than any");
  const std::uint64_t scale = pcap_resolution_ == 9 ? 1 : 1000;
  take_seconds(seconds, fraction * scale, packet.time);
  Cursor body = take(captured);
  return finish(packet, 0, body, captured);
}

// What both formats end a packet with.
bool PcapReader::finish(ReadPacket& packet, std::uint32_t interface, Cursor& body,
                        std::uint32_t captured) {
  packet.interface = interface;
  packet.bytes = body.bytes(captured);
  if (body.failed()) return fail("a packet is cut off");
  packet.original_bytes =
      std::clamp(packet.original_bytes, captured, std::max(captured, most_bytes));
  return true;
}

bool PcapReader::next_of_pcapng(ReadPacket& packet) {
  while (!rest_.empty()) {
    if (rest_.size() < block_frame) return fail("a block is cut off");
    if (load_be32(rest_.data()) == section && !begin_section()) return false;
    Cursor head(rest_.first(8), is_big_endian_);
    const std::uint32_t type = head.u32(), length = head.u32();
    if (length < block_frame || length % 4 != 0) return fail("a block has an impossible length");
    if (length > rest_.size()) return fail("a block is cut off");
    take(8);
    Cursor body = take(length - block_frame);
    if (take(4).u32() != length) return fail("a block does not end with its length");
    if (type == interface_description && !add_interface(body)) return false;
    const bool is_packet = type == enhanced_packet || type == old_packet || type == simple_packet;
    if (is_packet) return read_packet(type, body, packet);
  }
  return false;
}

// The byte order of what follows stands in the block itself.
bool PcapReader::begin_section() {
  Cursor head(rest_.subspan(8, 4), true);
  const std::uint32_t order = head.u32();
  if (order != byte_order && swapped(order) != byte_order)
    return fail("a section has no byte order");
  is_big_endian_ = order == byte_order;
  first_of_section_ = static_cast<std::uint32_t>(interfaces_.size());
  return true;
}

bool PcapReader::add_interface(Cursor body) {
  Interface interface;
  interface.link_type = body.u16();
  body.bytes(6);  // reserved, and how much of a packet is captured
  if (body.failed()) return fail("the description of an interface is cut off");
  while (body.remaining() >= 4) {
    const std::uint16_t code = body.u16(), length = body.u16();
    if (code == end_of_options) break;
    const Bytes value = body.bytes((std::size_t{length} + 3) / 4 * 4);
    if (body.failed()) return fail("an option is cut off");
    if (code == time_resolution && length == 1) interface.resolution = value[0];
  }
  if (interfaces_.size() >= most_interfaces) return fail("it has too many interfaces");
  interfaces_.push_back(interface);
  return true;
}

bool PcapReader::read_packet(std::uint32_t type, Cursor body, ReadPacket& packet) {
  packet = {};
  std::uint32_t number = 0, captured = 0;
  std::uint64_t units = 0;
  if (type == simple_packet) {
    packet.original_bytes = body.u32();
    captured = std::min(packet.original_bytes, static_cast<std::uint32_t>(body.remaining()));
  } else {
    number = type == old_packet ? body.u16() : body.u32();
    if (type == old_packet) body.u16();  // how many were dropped
    units = std::uint64_t{body.u32()} << 32;
    units |= body.u32();
    captured = body.u32();
    packet.original_bytes = body.u32();
  }
  if (body.failed()) return fail("the head of a packet is cut off");
  if (captured > most_bytes) return fail("a packet is longer than any");
  if (number >= interfaces_.size() - first_of_section_) return fail("a packet has no interface");
  const std::uint32_t interface = first_of_section_ + number;
  packet.link_type = interfaces_[interface].link_type;
  if (!take_time(units, interfaces_[interface].resolution, packet.time)) {
    return fail("the time of a packet is beyond all");
  }
  return finish(packet, interface, body, captured);
}

}  // namespace acksu::wire
