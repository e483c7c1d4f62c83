// Taking, judging and joining fragments.
#include "host/reassembly.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/ipv6.h"
#include "wire/upper_header.h"

namespace acksu {
namespace {

constexpr std::uint32_t largest_packet = 0xffff;  // bytes; of IPv6 without its own header
constexpr std::uint8_t tcp = 6;

// RFC 791 3.2, RFC 8200 4.5. Readers of headers check it, too.
// RFC 1122 3.3.2 (a).
bool is_legal(const Fragment& fragment) {
  if (fragment.packet.size() <= fragment.header_bytes) return fragment.is_atomic();
  if (fragment.more_fragments && fragment.text_bytes() % 8 != 0) return false;
  return fragment.end_bytes() <= largest_packet;
}

// RFC 1858 3, RFC 3128, RFC 7112: who filters packets by their first fragment sees all of the
// transport header there, and nothing of it in others.
bool is_tiny(const Fragment& fragment) {
  if (!fragment.is_first()) {
    return fragment.source.is_v4() && fragment.protocol == tcp && fragment.offset_bytes < 16;
  }
  const Bytes beginning = fragment.packet[0].bytes();
  const std::uint32_t skipped = fragment.upper_offset;
  if (skipped > beginning.size()) return true;
  const std::uint32_t needed =
      wire::upper_header_bytes(fragment.protocol, beginning.subspan(skipped));
  return skipped + needed > fragment.packet.size();
}

// The block that a copy of so many bytes would take.
std::uint32_t block_bytes(std::uint32_t bytes) {
  for (const std::uint32_t size : BufferPool::class_bytes) {
    if (bytes <= size) return size;
  }
  return bytes;
}

// The same text, copied if that pins notably less: a fragment of 8 bytes must not hold 64 KiB.
BufferChain compact(BufferChain text) {
  const std::uint32_t slack = BufferPool::class_bytes[0];
  if (text.pinned_bytes() <= block_bytes(text.size()) + slack) return text;
  Slice copy = text[0].pool()->allocate(text.size());
  text.copy_to(copy.writable());
  return BufferChain{std::move(copy)};
}

bool are_same(const BufferChain& a, const BufferChain& b) {
  if (a.size() != b.size()) return false;
  if (a.count() == 1 && b.count() == 1) return std::ranges::equal(a[0].bytes(), b[0].bytes());
  return a.flatten() == b.flatten();
}

// RFC 3168 5.3: a mark on any fragment marks the packet; it may not be on those that cannot be
// marked. Given as the four values that were seen, a bit each; false when they do not go together.
bool joined_ecn(std::uint8_t seen, std::uint8_t of_first, std::uint8_t& joined) {
  constexpr std::uint8_t not_capable = 1 << 0, marked = 1 << 3;
  joined = (seen & marked) != 0 ? 3 : of_first;
  return (seen & marked) == 0 || (seen & not_capable) == 0;
}

}  // namespace

Reassembly::Result Reassembly::on_fragment(Fragment fragment, Instant now) {
  if (!is_legal(fragment)) return {Drop::ip_bad_fragment, {}};
  if (fragment.is_atomic()) return alone(std::move(fragment));
  if (is_tiny(fragment)) return {Drop::fragment_tiny, {}};
  const Key key = key_of(fragment);
  std::uint32_t index = find(key);
  if (index == HashIndex::none) index = add(key, now);
  const Drop drop = judge(datagrams_[index], fragment);
  const bool is_fatal = drop == Drop::fragment_overlap || drop == Drop::fragment_past_end ||
                        drop == Drop::fragment_too_many;
  if (is_fatal) kill(index);
  if (drop != Drop::none) return {drop, {}};
  const Drop lack = place(index, std::move(fragment));
  if (lack != Drop::none) return {lack, {}};
  const Datagram& datagram = datagrams_[index];
  return datagram.total != 0 && datagram.received == datagram.total ? finish(index) : Result{};
}

// RFC 6946 4: in isolation, whatever is held under the same identification.
Reassembly::Result Reassembly::alone(Fragment&& fragment) {
  Datagram datagram;
  datagram.key.source = fragment.source;
  datagram.ecn_seen = static_cast<std::uint8_t>(1u << fragment.ecn);
  datagram.total = fragment.text_bytes();
  datagram.next_header_place = fragment.next_header_place;
  datagram.upper_offset = fragment.upper_offset;
  datagram.headers = fragment.packet[0].part(0, fragment.header_bytes);
  fragment.packet.drop_front(fragment.header_bytes);
  datagram.pieces.push_back({0, std::move(fragment.packet)});
  ++reassembled_;
  return whole(datagram);
}

// ---- Judging ------------------------------------------------------------------------------------

Drop Reassembly::judge(const Datagram& datagram, const Fragment& fragment) const {
  if (datagram.is_dead) return Drop::fragment_dead;
  const std::uint32_t end = fragment.end_bytes();
  if (datagram.total != 0 && end > datagram.total) return Drop::fragment_past_end;
  if (!fragment.more_fragments) {
    const bool has_other_end = datagram.total != 0 && datagram.total != end;
    const bool ends_inside = !datagram.pieces.empty() && datagram.pieces.back().end() > end;
    if (has_other_end || ends_inside) return Drop::fragment_past_end;
  }
  const Drop drop = judge_place(datagram, fragment);
  if (drop != Drop::none) return drop;
  return datagram.pieces.size() >= settings_.max_fragments ? Drop::fragment_too_many : Drop::none;
}

//       before |------|          |------| next
//                       |------|               fits
//                   |------|                   overlaps; the same bytes at the same place do not
Drop Reassembly::judge_place(const Datagram& datagram, const Fragment& fragment) const {
  const auto next =
      std::ranges::lower_bound(datagram.pieces, fragment.offset_bytes, {}, &Piece::offset);
  if (next != datagram.pieces.begin() && std::prev(next)->end() > fragment.offset_bytes)
    return Drop::fragment_overlap;
  if (next == datagram.pieces.end() || next->offset >= fragment.end_bytes()) return Drop::none;
  // RFC 5722 4, RFC 8200 4.5 (a): any overlap is an attack; but networks may deliver things twice.
  const bool was_last = next->end() == datagram.total;
  if (next->offset != fragment.offset_bytes || was_last == fragment.more_fragments)
    return Drop::fragment_overlap;
  BufferChain text = fragment.packet;
  text.drop_front(fragment.header_bytes);
  return are_same(next->text, text) ? Drop::fragment_duplicate : Drop::fragment_overlap;
}

// ---- Joining ------------------------------------------------------------------------------------

// RFC 815 section 3: wherever it belongs.
Drop Reassembly::place(std::uint32_t index, Fragment&& fragment) {
  Slice headers;
  if (fragment.is_first()) {
    const Bytes bytes = fragment.packet[0].bytes().first(fragment.header_bytes);
    headers = fragment.packet[0].pool()->copy_of(bytes);
  }
  BufferChain text = std::move(fragment.packet);
  text.drop_front(fragment.header_bytes);
  text = compact(std::move(text));
  const std::uint32_t end = fragment.offset_bytes + text.size();
  const bool is_new = datagrams_[index].charged == 0;
  const std::uint64_t cost = std::uint64_t{text.pinned_bytes()} + headers.pinned_bytes() +
                             piece_bytes + (is_new ? datagram_bytes : 0);
  if (!make_room(index, cost)) {
    remove(index);
    return Drop::fragment_memory_full;
  }
  charge(index, cost);
  Datagram& datagram = datagrams_[index];
  datagram.ecn_seen = static_cast<std::uint8_t>(datagram.ecn_seen | 1u << fragment.ecn);
  datagram.received += text.size();
  if (!fragment.more_fragments) datagram.total = end;
  if (fragment.is_first()) {
    datagram.headers = std::move(headers);
    datagram.next_header_place = fragment.next_header_place;
    datagram.upper_offset = fragment.upper_offset;
  }
  const auto next =
      std::ranges::lower_bound(datagram.pieces, fragment.offset_bytes, {}, &Piece::offset);
  datagram.pieces.insert(next, Piece{fragment.offset_bytes, std::move(text)});
  return Drop::none;
}

Reassembly::Result Reassembly::finish(std::uint32_t index) {
  Result result = whole(datagrams_[index]);
  if (result.drop == Drop::none) ++reassembled_;
  remove(index);
  return result;
}

// The packet of a datagram without holes, with the headers of one that was never cut.
Reassembly::Result Reassembly::whole(const Datagram& datagram) {
  const bool is_v4 = datagram.key.source.is_v4();
  const Bytes old = datagram.headers.bytes();
  const std::uint32_t kept = datagram.headers.size() - (is_v4 ? 0 : wire::FragmentHeader::size);
  // Extension headers in the text come to the others, so that they can be read in one piece.
  const std::uint32_t moved = datagram.upper_offset - datagram.headers.size();
  const std::uint32_t length = kept + datagram.total;
  const std::uint32_t counted = is_v4 ? length : length - wire::Ipv6Header::size;
  if (counted > largest_packet) return {Drop::fragment_too_large, {}};
  const std::uint8_t ecn_of_first = static_cast<std::uint8_t>(is_v4 ? old[1] & 3 : old[1] >> 4 & 3);
  std::uint8_t ecn = 0;
  if (!joined_ecn(datagram.ecn_seen, ecn_of_first, ecn)) return {Drop::fragment_mixed_ecn, {}};

  Slice head = datagram.headers.pool()->allocate(kept + moved);
  const MutableBytes to = head.writable();
  std::copy_n(old.begin(), kept, to.begin());
  if (is_v4) {
    to[1] = static_cast<std::uint8_t>((to[1] & ~3u) | ecn);
    store_be16(&to[2], static_cast<std::uint16_t>(length));
    store_be16(&to[6], 0);
    store_be16(&to[10], 0);
    store_be16(&to[10], sum_of(to.first(kept)).checksum());
  } else {
    to[1] = static_cast<std::uint8_t>((to[1] & ~0x30u) | unsigned{ecn} << 4);
    store_be16(&to[4], static_cast<std::uint16_t>(counted));
    to[datagram.next_header_place] = old[kept];  // as the fragment header said
  }
  BufferChain text;
  for (const Piece& piece : datagram.pieces) text.append(piece.text);
  BufferChain front = text;
  front.drop_back(text.size() - moved);
  front.copy_to(to.subspan(kept));
  text.drop_front(moved);
  Result result{Drop::none, BufferChain{std::move(head)}};
  result.packet.append(std::move(text));
  return result;
}

}  // namespace acksu
