// TCP segments on the wire (RFC 9293 section 3.1; options of RFC 9293, 7323, 2018, 5482, 7413,
// 9768). What a segment means is judged in `tcp`. Text is never copied. Not read: other options.
#pragma once

#include <cstdint>

#include "base/drop.h"
#include "base/segment.h"
#include "wire/header_sum.h"

namespace acksu::wire {

inline constexpr std::uint32_t tcp_header_size = 20;     // bytes, without options
inline constexpr std::uint32_t largest_tcp_header = 60;  // bytes, with all options that fit

// Takes the text out of what follows the IP header, trimmed to the packet; its first slice holds
// the whole TCP header. A packet without text is left alone. `out` is of no use unless `Drop::none`
// is returned. Unless the checksum is trusted (a device verified it) `out.text_sum` is set. Of an
// option given twice the last counts. Drops: tcp_truncated, tcp_bad_data_offset, tcp_bad_checksum,
// tcp_port_zero, tcp_malformed_option.
Drop read_tcp(BufferChain&& packet, PseudoHeader pseudo, bool is_checksum_trusted, Segment& out);
// The header alone: everything but checksum and text. `header_bytes` is set, with `Drop::none`, to
// where the text begins.
Drop read_tcp_header(Bytes packet, Segment& out, std::uint32_t& header_bytes);

// Bytes of header (20..60, a multiple of 4) that write_tcp needs. MSS, window scale, SACK
// permitted and Fast Open are written on a SYN only; an AccECN option and SACK blocks that do not
// fit are left out.
std::uint32_t tcp_header_bytes(const SegmentOptions& options, Flags flags);
// Writes the header that stands before `segment.text`, with its checksum. Returns the bytes
// written; the room is at least as large.
std::uint32_t write_tcp(const Segment& segment, PseudoHeader pseudo, MutableBytes room);

}  // namespace acksu::wire
