// Captures in the pcapng format (draft-ietf-opsawg-pcapng) as bytes; no files here.
#include "wire/pcapng.h"

#include "base/assert.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

constexpr std::uint32_t section_block = 0x0a0d'0d0a;
constexpr std::uint32_t interface_block = 1;
constexpr std::uint32_t enhanced_packet_block = 6;
constexpr std::uint32_t byte_order_magic = 0x1a2b'3c4d;
constexpr std::uint64_t length_unknown = ~std::uint64_t{0};
constexpr std::uint32_t block_frame_bytes = 12;  // type and both lengths
constexpr std::uint32_t option_head_bytes = 4;   // code and length; also an end of options
constexpr std::size_t largest_option = 0xfffc;   // bytes, a multiple of 4

struct Option {
  static constexpr std::uint16_t end = 0, comment = 1, interface_name = 2, time_resolution = 9,
                                 user_application = 4;
};

constexpr std::uint32_t padded(std::size_t bytes) {
  return static_cast<std::uint32_t>((bytes + 3) / 4 * 4);
}

// As much of the text as an option can hold, not ending inside a UTF-8 character.
std::string_view cut_to_option(std::string_view text) {
  if (text.size() <= largest_option) return text;
  std::size_t size = largest_option;
  while (size > 0 && (static_cast<std::uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

constexpr std::uint32_t option_bytes(std::size_t value_bytes) {
  return option_head_bytes + padded(value_bytes);
}

void put_option(Writer& to, std::uint16_t code, std::string_view value) {
  to.le16(code);
  to.le16(static_cast<std::uint16_t>(value.size()));
  for (const char character : value) to.u8(static_cast<std::uint8_t>(character));
  to.pad_to(4);
}

// A block of `body_bytes` at the end of `out`, begun and ended; the writer stands in between.
template <class PutBody>
void append_block(std::vector<std::uint8_t>& out, std::uint32_t type, std::uint32_t body_bytes,
                  PutBody put_body) {
  const std::uint32_t total = block_frame_bytes + body_bytes;
  const std::size_t start = out.size();
  out.resize(start + total);
  Writer to(MutableBytes(out).subspan(start));
  to.le32(type);
  to.le32(total);
  put_body(to);
  to.le32(total);
  ACKSU_ASSERT(!to.failed() && to.remaining() == 0);
}

// `put_bytes` fills a packet of `size` bytes.
template <class PutBytes>
void append_packet_block(std::vector<std::uint8_t>& out, const CapturedPacket& packet,
                         std::uint32_t size, PutBytes put_bytes) {
  ACKSU_ASSERT(nanoseconds(packet.time) >= 0);
  const auto time = static_cast<std::uint64_t>(nanoseconds(packet.time));
  const std::string_view comment = cut_to_option(packet.comment);
  const std::uint32_t options =
      comment.empty() ? 0 : option_bytes(comment.size()) + option_head_bytes;
  append_block(out, enhanced_packet_block, 20 + padded(size) + options, [&](Writer& to) {
    to.le32(packet.interface);
    to.le32(static_cast<std::uint32_t>(time >> 32));
    to.le32(static_cast<std::uint32_t>(time));
    to.le32(size);  // captured
    to.le32(size);  // on the wire
    put_bytes(to.room(size));
    to.pad_to(4);
    if (comment.empty()) return;
    put_option(to, Option::comment, comment);
    put_option(to, Option::end, {});
  });
}

}  // namespace

void append_section(std::vector<std::uint8_t>& out) {
  constexpr std::string_view application = "acksu";
  const std::uint32_t options = option_bytes(application.size()) + option_head_bytes;
  append_block(out, section_block, 16 + options, [&](Writer& to) {
    to.le32(byte_order_magic);
    to.le16(1);  // version 1.0
    to.le16(0);
    to.le64(length_unknown);
    put_option(to, Option::user_application, application);
    put_option(to, Option::end, {});
  });
}

void append_interface(std::vector<std::uint8_t>& out, LinkType type, std::string_view name) {
  constexpr std::string_view nanosecond = "\x09";  // 10^-9 s
  const std::string_view shown = cut_to_option(name);
  const std::uint32_t options =
      option_bytes(shown.size()) + option_bytes(nanosecond.size()) + option_head_bytes;
  append_block(out, interface_block, 8 + options, [&](Writer& to) {
    to.le16(static_cast<std::uint16_t>(type));
    to.le16(0);
    to.le32(0);  // packets are never cut
    put_option(to, Option::interface_name, shown);
    put_option(to, Option::time_resolution, nanosecond);
    put_option(to, Option::end, {});
  });
}

void append_packet(std::vector<std::uint8_t>& out, const CapturedPacket& packet, Bytes bytes) {
  append_packet_block(out, packet, static_cast<std::uint32_t>(bytes.size()),
                      [&](MutableBytes to) { std::copy(bytes.begin(), bytes.end(), to.begin()); });
}

void append_packet(std::vector<std::uint8_t>& out, const CapturedPacket& packet,
                   const BufferChain& bytes) {
  append_packet_block(out, packet, bytes.size(), [&](MutableBytes to) { bytes.copy_to(to); });
}

}  // namespace acksu::wire
