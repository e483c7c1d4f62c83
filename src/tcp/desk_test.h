// For tests of TCP's parts: what a host lends them, with a clock that the test sets.
#pragma once

#include <cstdint>
#include <string>

#include "tcp/context.h"
#include "tcp/opening.h"

namespace acksu::tcp {

struct Desk {
  Context context() {
    Context context{now, pool, memory, settings, counters};
    if (names_tuple) context.tuple = &tuple;
    context.fast_open = fast_open;
    context.observer = observer;
    return context;
  }

  BufferPool pool;
  Budget memory{std::uint64_t{1} << 30};
  Settings settings;
  Counters counters;
  Instant now = Instant{} + 1h;
  FastOpen* fast_open = nullptr;  // null: SYNs carry no text
  Observer* observer = nullptr;   // null: nobody looks
  bool names_tuple = true;        // else each call of a connection has to
  FourTuple tuple{{IpAddress::v4(10, 0, 0, 1), 40000}, {IpAddress::v4(10, 0, 0, 2), 80}};
};

// What both ends agree on who count marks, and tell their counts (RFC 9768).
inline EcnAgreement accurate_agreement() {
  EcnAgreement ecn;
  ecn.mode = EcnMode::accurate;
  ecn.may_tell = true;
  return ecn;
}

// The text that all tests send: each byte tells its place.
inline std::uint8_t text_at(std::uint64_t position) {
  return static_cast<std::uint8_t>((position * 31 + (position >> 8) * 7) & 0xff);
}

inline std::string text_from(std::uint64_t position, std::uint64_t length) {
  std::string text(length, ' ');
  for (char& octet : text) octet = static_cast<char>(text_at(position++));
  return text;
}

inline Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string string_of(const BufferChain& chain) {
  const auto bytes = chain.flatten();
  return {bytes.begin(), bytes.end()};
}

}  // namespace acksu::tcp
