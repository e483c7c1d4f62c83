// What applications write, and what they make of what they read: copied, or shared with the host.
#include <algorithm>
#include <array>

#include "sim/traffic.h"

namespace acksu::sim {
namespace {

constexpr std::uint32_t largest_chunk = 65536;

std::uint64_t mix(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ull;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebull;
  return word ^ (word >> 31);
}

std::uint8_t byte_of(std::uint64_t word, std::uint64_t offset) {
  return static_cast<std::uint8_t>(word >> (8 * (offset % 8)));
}

// Takes bytes that were read: learns the tag from the first eight, checks all others.
void check(Exchange& exchange, Bytes bytes) {
  std::uint64_t word = 0;
  for (const std::uint8_t byte : bytes) {
    const std::uint64_t offset = exchange.read++;
    if (offset < 8) {
      exchange.read_tag |= std::uint64_t{byte} << (8 * offset);
      continue;
    }
    if (offset % 8 == 0 || word == 0) word = stream_word(exchange.read_tag, offset / 8);
    if (byte != byte_of(word, offset) && exchange.broken_at == 0) exchange.broken_at = offset + 1;
  }
}

}  // namespace

std::uint64_t stream_word(std::uint64_t tag, std::uint64_t index) {
  if (index == 0) return tag;
  return mix(tag + index * 0x9e3779b97f4a7c15ull) | 1;  // never 0, see check()
}

void fill_stream(std::uint64_t tag, std::uint64_t offset, MutableBytes to) {
  std::uint64_t word = stream_word(tag, offset / 8);
  for (std::uint8_t& byte : to) {
    if (offset % 8 == 0) word = stream_word(tag, offset / 8);
    byte = byte_of(word, offset++);
  }
}

Result<std::uint32_t> Traffic::read_part(Host& host, Exchange& exchange, Instant now) {
  const std::uint32_t most = std::min(exchange.plan.read_chunk, largest_chunk);
  if (exchange.plan.shares_text) {
    const Result<BufferChain> views = host.read_shared(exchange.handle, most, now);
    if (!views) return views.error();
    for (std::uint32_t i = 0; i < views->count(); ++i) check(exchange, (*views)[i].bytes());
    return views->size();
  }
  std::array<std::uint8_t, largest_chunk> room;
  const Result<std::uint32_t> count =
      host.read(exchange.handle, MutableBytes{room}.first(most), now);
  if (count) check(exchange, Bytes{room}.first(*count));
  return count;
}

// What is shared begins at any place of its block.
Result<std::uint32_t> Traffic::write_part(Host& host, const Exchange& exchange, Instant now) {
  const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      {exchange.plan.bytes - exchange.written, exchange.plan.write_chunk, largest_chunk}));
  if (exchange.plan.shares_text) {
    Slice text = host.pool()->allocate(length + static_cast<std::uint32_t>(exchange.written % 7));
    text.drop_front(text.size() - length);
    fill_stream(exchange.tag, exchange.written, text.writable());
    return host.write_shared(exchange.handle, std::move(text), now);
  }
  std::array<std::uint8_t, largest_chunk> room;
  const MutableBytes part{room.data(), length};
  fill_stream(exchange.tag, exchange.written, part);
  return host.write(exchange.handle, part, now);
}

}  // namespace acksu::sim
