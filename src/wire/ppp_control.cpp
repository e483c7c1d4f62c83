// Control packets of PPP: reading and writing.
#include "wire/ppp_control.h"

#include "base/assert.h"
#include "wire/reader.h"

namespace acksu::wire {
namespace {

constexpr std::size_t option_header_bytes = 2;

void append_be16(std::vector<std::uint8_t>& bytes, std::uint16_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void append(std::vector<std::uint8_t>& bytes, Bytes more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

std::vector<std::uint8_t> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Drop read_options(Bytes bytes, std::vector<PppOption>& options) {
  Reader reader(bytes);
  while (reader.remaining() > 0) {
    PppOption option;
    option.type = reader.u8();
    const std::size_t length = reader.u8();
    // RFC 1661 section 6: the length counts type and length too.
    if (reader.failed() || length < option_header_bytes) return Drop::ppp_bad_option;
    option.data = copy_of(reader.bytes(length - option_header_bytes));
    if (reader.failed()) return Drop::ppp_bad_option;
    options.push_back(std::move(option));
  }
  return Drop::none;
}

}  // namespace

PppOption PppOption::number(std::uint8_t type, std::uint64_t value, std::size_t octets) {
  ACKSU_ASSERT(octets <= 8);
  PppOption option{type, std::vector<std::uint8_t>(octets)};
  for (std::size_t i = 0; i < octets; ++i) {
    option.data[octets - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return option;
}

std::optional<std::uint64_t> PppOption::number(std::size_t octets) const {
  if (data.size() != octets || octets > 8) return std::nullopt;
  std::uint64_t value = 0;
  for (const std::uint8_t octet : data) value = value << 8 | octet;
  return value;
}

bool is_known_code(std::uint16_t protocol, std::uint8_t code) {
  const PppCode last =
      protocol == PppProtocol::lcp ? PppCode::discard_request : PppCode::code_reject;
  return code >= 1 && code <= static_cast<std::uint8_t>(last);
}

Drop read(Bytes information, std::uint16_t protocol, PppControl& out) {
  out = {};
  Reader reader(information);
  const auto header = reader.take<PppControl::header_bytes>();
  const std::size_t length = header.be16<2>();
  if (reader.failed() || length < PppControl::header_bytes || length > information.size()) {
    return Drop::ppp_malformed;
  }
  out.code = PppCode{header.u8<0>()};
  out.id = header.u8<1>();
  const Bytes rest = reader.bytes(length - PppControl::header_bytes);
  if (!is_known_code(protocol, header.u8<0>())) {
    out.data = copy_of(rest);
    return Drop::ppp_unknown_code;
  }
  if (out.has_options()) return read_options(rest, out.options);
  Reader fields(rest);
  if (out.code == PppCode::protocol_reject) out.rejected_protocol = fields.be16();
  if (out.has_magic()) out.magic = fields.be32();
  if (fields.failed()) return Drop::ppp_malformed;
  out.data = copy_of(fields.rest());
  return Drop::none;
}

std::vector<std::uint8_t> to_bytes(const PppControl& packet) {
  std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(packet.code), packet.id, 0, 0};
  if (packet.has_options()) {
    for (const PppOption& option : packet.options) {
      ACKSU_ASSERT(option.data.size() + option_header_bytes <= 0xff);
      bytes.push_back(option.type);
      bytes.push_back(static_cast<std::uint8_t>(option.data.size() + option_header_bytes));
      append(bytes, option.data);
    }
  } else {
    if (packet.code == PppCode::protocol_reject) append_be16(bytes, packet.rejected_protocol);
    if (packet.has_magic()) {
      append_be16(bytes, static_cast<std::uint16_t>(packet.magic >> 16));
      append_be16(bytes, static_cast<std::uint16_t>(packet.magic));
    }
    append(bytes, packet.data);
  }
  ACKSU_ASSERT(bytes.size() <= 0xffff);
  store_be16(&bytes[2], static_cast<std::uint16_t>(bytes.size()));
  return bytes;
}

}  // namespace acksu::wire
