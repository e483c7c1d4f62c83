// For the tests of this room: bytes from hexadecimal text, slices between other bytes, comparing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/segment.h"
#include "wire/header_sum.h"

namespace acksu::wire::test {

inline constexpr PseudoHeader pseudo{IpAddress::v4(10, 0, 0, 1), IpAddress::v4(10, 0, 0, 2)};

// Blanks are skipped.
inline std::vector<std::uint8_t> hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  bool is_second = false;
  for (const char digit : text) {
    if (digit == ' ' || digit == '\n') continue;
    const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    if (is_second) {
      bytes.back() = static_cast<std::uint8_t>(bytes.back() << 4 | value);
    } else {
      bytes.push_back(static_cast<std::uint8_t>(value));
    }
    is_second = !is_second;
  }
  return bytes;
}

inline std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

inline std::vector<std::uint8_t> operator+(std::vector<std::uint8_t> a,
                                           const std::vector<std::uint8_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A copy of `bytes` in the middle of a block whose other bytes are `around`: a parser that looks
// past its slice comes to see them.
inline Slice between(BufferPool& pool, Bytes bytes, std::uint8_t around) {
  constexpr std::uint32_t margin = 64;
  const auto size = static_cast<std::uint32_t>(bytes.size());
  Slice slice = pool.allocate(size + 2 * margin);
  const MutableBytes room = slice.writable();
  std::fill(room.begin(), room.end(), around);
  std::copy(bytes.begin(), bytes.end(), room.begin() + margin);
  return slice.part(margin, size);
}

inline BufferChain chain(BufferPool& pool, Bytes bytes) {
  return BufferChain{between(pool, bytes, 0xa5)};
}

inline bool are_equal(const SegmentOptions& a, const SegmentOptions& b) {
  return a.mss == b.mss && a.window_scale == b.window_scale &&
         a.sack_permitted == b.sack_permitted && a.has_timestamps == b.has_timestamps &&
         a.timestamps == b.timestamps && a.fast_open == b.fast_open && a.acc_ecn == b.acc_ecn &&
         a.user_timeout == b.user_timeout && a.sack.size() == b.sack.size() &&
         std::equal(a.sack.begin(), a.sack.end(), b.sack.begin());
}

inline bool are_equal(const Segment& a, const Segment& b) {
  return a.source_port == b.source_port && a.destination_port == b.destination_port &&
         a.seq == b.seq && a.ack == b.ack && a.flags == b.flags && a.window == b.window &&
         a.urgent_pointer == b.urgent_pointer && are_equal(a.options, b.options) &&
         a.text.flatten() == b.text.flatten();
}

// What a header's option bytes should be read as, told by RFC 9293 3.1 in the plainest way.
struct OptionModel {
  bool is_legal = true;
  SegmentOptions options;
};

inline OptionModel model_of_options(const std::uint8_t* bytes, std::size_t count) {
  OptionModel model;
  SegmentOptions& options = model.options;
  std::size_t at = 0;
  while (at < count && bytes[at] != 0) {
    if (bytes[at] == 1) {
      at += 1;
      continue;
    }
    if (at + 1 >= count || bytes[at + 1] < 2 || at + bytes[at + 1] > count) {
      model.is_legal = false;
      return model;
    }
    const std::uint8_t* body = bytes + at + 2;
    const unsigned kind_and_length = bytes[at] * 256u + bytes[at + 1];
    if (kind_and_length == 0x0204) options.mss = load_be16(body);
    if (kind_and_length == 0x0303) options.window_scale = body[0] > 14 ? 14 : body[0];
    if (kind_and_length == 0x0402) options.sack_permitted = true;
    if (kind_and_length == 0x080a) {
      options.has_timestamps = true;
      options.timestamps = {load_be32(body), load_be32(body + 4)};
    }
    if (kind_and_length == 0x1c04) {
      options.user_timeout = load_be16(body) % 0x8000 == 0 ? 0 : load_be16(body);
    }
    if (kind_and_length == 0x2202 ||
        (kind_and_length >= 0x2206 && kind_and_length <= 0x2212 && kind_and_length % 2 == 0)) {
      options.fast_open = *FastOpenOption::of({body, bytes[at + 1] - 2u});
    }
    if (kind_and_length == 0x050a || kind_and_length == 0x0512 || kind_and_length == 0x051a ||
        kind_and_length == 0x0522) {
      options.sack.clear();
      for (unsigned i = 0; i < bytes[at + 1] / 8u; ++i)
        options.sack.push_back({Seq{load_be32(body + 8 * i)}, Seq{load_be32(body + 8 * i + 4)}});
    }
    if (bytes[at] == 0xac || bytes[at] == 0xae) {
      const unsigned counts = (bytes[at + 1] - 2u) / 3 > 3 ? 3 : (bytes[at + 1] - 2u) / 3;
      options.acc_ecn = AccEcnOption{
          bytes[at] == 0xac ? AccEcnOption::Order::zero : AccEcnOption::Order::one, counts};
      for (unsigned i = 0; i < counts; ++i) {
        options.acc_ecn.set(i, load_be16(body + 3 * i) * 256u + body[3 * i + 2]);
      }
    }
    at += bytes[at + 1];
  }
  return model;
}

}  // namespace acksu::wire::test
