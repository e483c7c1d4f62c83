// Captures in the pcapng format (draft-ietf-opsawg-pcapng) as bytes; no files here. Always
// little-endian with nanosecond times, so that one run gives the same bytes on every machine.
//
//   std::vector<std::uint8_t> out;
//   append_section(out);
//   append_interface(out, LinkType::ethernet, "client");    // interface 0
//   append_packet(out, {.interface = 0, .time = now, ...}); // and so on; take `out` at any time
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/time.h"

namespace acksu::wire {

enum class LinkType : std::uint16_t { ethernet = 1, ppp = 9, raw_ip = 101 };

// What a packet block says besides the packet's bytes.
struct CapturedPacket {
  std::uint32_t interface = 0;  // in the order of append_interface
  Instant time{};               // shown as time since 1970; not negative
  std::string_view comment;     // UTF-8; empty: none; cut to what an option can hold
};

// The section header that begins a capture. Each of these appends one whole block to `out`.
void append_section(std::vector<std::uint8_t>& out);
void append_interface(std::vector<std::uint8_t>& out, LinkType type, std::string_view name);
void append_packet(std::vector<std::uint8_t>& out, const CapturedPacket& packet, Bytes bytes);
void append_packet(std::vector<std::uint8_t>& out, const CapturedPacket& packet,
                   const BufferChain& bytes);

}  // namespace acksu::wire
