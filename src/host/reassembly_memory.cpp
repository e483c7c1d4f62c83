// What the reassembler holds: making, charging, evicting, forgetting; and its timer.
#include <array>
#include <utility>

#include "host/reassembly.h"

namespace acksu {

Reassembly::Reassembly(const ReassemblySettings& settings, SipKey key)
    : settings_(settings), key_(key) {
  ACKSU_ASSERT(settings.max_datagrams > 0 && settings.max_datagrams_per_source > 0);
  ACKSU_ASSERT(settings.max_fragments > 1);
}

// ---- Finding ------------------------------------------------------------------------------------

Reassembly::Key Reassembly::key_of(const Fragment& fragment) {
  // RFC 791 3.2 names datagrams by their protocol, too; RFC 8200 4.5 does not.
  const bool is_v4 = fragment.source.is_v4();
  return {fragment.source, fragment.destination, fragment.identification,
          is_v4 ? fragment.protocol : std::uint8_t{0}};
}

std::uint64_t Reassembly::hash(const Key& key) const {
  const std::array<std::uint64_t, 5> words{key.source.high(), key.source.low(),
                                           key.destination.high(), key.destination.low(),
                                           std::uint64_t{key.identification} << 8 | key.protocol};
  return siphash_1_3(key_, words);
}

std::uint64_t Reassembly::hash(IpAddress source) const {
  return siphash_1_3(key_, std::array<std::uint64_t, 2>{source.high(), source.low()});
}

std::uint32_t Reassembly::find(const Key& key) const {
  return index_.find(hash(key), [&](std::uint32_t index) { return datagrams_[index].key == key; });
}

std::uint32_t Reassembly::find_source(IpAddress address) const {
  return source_index_.find(
      hash(address), [&](std::uint32_t index) { return sources_[index].address == address; });
}

// ---- Making and forgetting ----------------------------------------------------------------------

std::uint32_t Reassembly::add(const Key& key, Instant now) {
  std::uint32_t source = find_source(key.source);
  if (source != HashIndex::none &&
      sources_[source].datagrams.size() >= settings_.max_datagrams_per_source)
    evict(sources_[source].datagrams.front());
  if (datagrams_.size() >= settings_.max_datagrams) evict(oldest());
  source = find_source(key.source);  // the last of its datagrams may have gone
  if (source == HashIndex::none) {
    source = sources_.allocate();
    sources_[source].address = key.source;
    source_index_.insert(hash(key.source), source);
  }
  const std::uint32_t index = datagrams_.allocate();
  Datagram& datagram = datagrams_[index];
  const bool is_v4 = key.source.is_v4();
  datagram.key = key;
  datagram.source = source;
  datagram.expires = later_by(now, is_v4 ? settings_.timeout_v4 : settings_.timeout_v6);
  index_.insert(hash(key), index);
  by_age_[is_v4 ? 0 : 1].push_back(index, by_age());
  sources_[source].datagrams.push_back(index, of_source());
  return index;
}

void Reassembly::remove(std::uint32_t index) {
  Datagram& datagram = datagrams_[index];
  const std::uint32_t source = datagram.source;
  held_bytes_ -= datagram.charged;
  sources_[source].charged -= datagram.charged;
  sources_[source].datagrams.remove(index, of_source());
  by_age_[datagram.key.source.is_v4() ? 0 : 1].remove(index, by_age());
  index_.erase(hash(datagram.key), index);
  datagrams_.release(index);
  if (sources_[source].datagrams.is_empty()) {
    source_index_.erase(hash(sources_[source].address), source);
    sources_.release(source);
  }
}

void Reassembly::evict(std::uint32_t index) {
  ++evicted_;
  remove(index);
}

// RFC 5722 4: the datagram is gone with what it had, and with what may still come.
void Reassembly::kill(std::uint32_t index) {
  Datagram& datagram = datagrams_[index];
  ACKSU_ASSERT(datagram.charged >= datagram_bytes);
  const std::uint64_t freed = datagram.charged - datagram_bytes;
  datagram.pieces = {};
  datagram.headers = {};
  datagram.received = datagram.total = 0;
  datagram.is_dead = true;
  datagram.charged -= freed;
  sources_[datagram.source].charged -= freed;
  held_bytes_ -= freed;
}

// ---- Memory -------------------------------------------------------------------------------------

// The datagram that began first; `none` without any.
std::uint32_t Reassembly::oldest() const {
  const std::uint32_t v4 = by_age_[0].front();
  const std::uint32_t v6 = by_age_[1].front();
  if (v4 == IndexList::none || v6 == IndexList::none) return v4 == IndexList::none ? v6 : v4;
  const Instant v4_began = datagrams_[v4].expires - settings_.timeout_v4;
  return v4_began <= datagrams_[v6].expires - settings_.timeout_v6 ? v4 : v6;
}

void Reassembly::charge(std::uint32_t index, std::uint64_t bytes) {
  datagrams_[index].charged += bytes;
  sources_[datagrams_[index].source].charged += bytes;
  held_bytes_ += bytes;
}

// Makes room for more of a datagram: older ones give way, and a source's own before others'. False
// when it alone is too much.
bool Reassembly::make_room(std::uint32_t index, std::uint64_t bytes) {
  const std::uint64_t wanted = datagrams_[index].charged + bytes;
  if (wanted > settings_.max_bytes_per_source || wanted > settings_.max_bytes) return false;
  const std::uint32_t source = datagrams_[index].source;
  while (sources_[source].charged + bytes > settings_.max_bytes_per_source) {
    const std::uint32_t front = sources_[source].datagrams.front();
    evict(front == index ? datagrams_[index].of_source.next : front);
  }
  while (held_bytes_ + bytes > settings_.max_bytes) {
    const std::uint32_t first = oldest();
    if (first != index) {
      evict(first);
      continue;
    }
    // This is the oldest itself: the next of its own family, or the first of the other.
    const std::uint32_t next = datagrams_[index].by_age.next;
    const bool is_v4 = datagrams_[index].key.source.is_v4();
    evict(next != IndexList::none ? next : by_age_[is_v4 ? 1 : 0].front());
  }
  return true;
}

// ---- TIME ---------------------------------------------------------------------------------------

Instant Reassembly::deadline() const {
  Instant first = never;
  for (const IndexList& list : by_age_) {
    if (!list.is_empty()) first = earliest(first, datagrams_[list.front()].expires);
  }
  return first;
}

void Reassembly::on_time(Instant now) {
  while (deadline() <= now) {
    const std::uint32_t v4 = by_age_[0].front();
    const bool is_v4 = v4 != IndexList::none && datagrams_[v4].expires == deadline();
    const std::uint32_t index = is_v4 ? v4 : by_age_[1].front();
    const Datagram& datagram = datagrams_[index];
    if (!datagram.is_dead) {  // RFC 5722 4: of these nobody is told
      ExpiredDatagram expired{datagram.key.source, {}};
      if (!datagram.headers.is_empty()) {
        expired.first_fragment.append(datagram.headers);
        expired.first_fragment.append(datagram.pieces.front().text);
      }
      expired_.push_back(std::move(expired));
    }
    remove(index);
  }
}

std::vector<ExpiredDatagram> Reassembly::take_expired() { return std::exchange(expired_, {}); }

// ---- For worlds ---------------------------------------------------------------------------------

void Reassembly::digest(Digest& digest) const {
  datagrams_.for_each([&](std::uint32_t index, const Datagram& datagram) {
    digest.add(std::uint64_t{index});
    digest.add(datagram.key.source.high());
    digest.add(datagram.key.source.low());
    digest.add(datagram.key.destination.high());
    digest.add(datagram.key.destination.low());
    digest.add(std::uint64_t{datagram.key.identification} << 8 | datagram.key.protocol);
    digest.add(std::uint64_t{datagram.total} << 1 | std::uint64_t{datagram.is_dead});
    digest.add(datagram.charged);
    digest.add(datagram.expires);
    digest.add(datagram.headers.bytes());
    for (const Piece& piece : datagram.pieces) {
      digest.add(std::uint64_t{piece.offset});
      digest.add(Bytes(piece.text.flatten()));
    }
  });
  digest.add(held_bytes_);
  digest.add(reassembled_);
}

void Reassembly::check() const {
  static_assert(sizeof(Datagram) <= datagram_bytes && sizeof(Piece) * 2 <= piece_bytes);
  std::uint64_t held = 0;
  datagrams_.for_each([&](std::uint32_t, const Datagram& datagram) {
    held += datagram.charged;
    std::uint32_t received = 0;
    std::uint32_t end = 0;
    for (const Piece& piece : datagram.pieces) {
      ACKSU_ASSERT(piece.offset >= end && piece.text.size() > 0);
      end = piece.end();
      received += piece.text.size();
    }
    ACKSU_ASSERT(received == datagram.received);
    ACKSU_ASSERT(datagram.total == 0 || (end <= datagram.total && received < datagram.total));
    ACKSU_ASSERT(!datagram.is_dead || datagram.pieces.empty());
  });
  ACKSU_ASSERT(held == held_bytes_ && held <= settings_.max_bytes);
  ACKSU_ASSERT(datagrams_.size() <= settings_.max_datagrams);
  sources_.for_each([&](std::uint32_t, const Source& source) {
    ACKSU_ASSERT(source.charged <= settings_.max_bytes_per_source);
    ACKSU_ASSERT(source.datagrams.size() <= settings_.max_datagrams_per_source);
  });
}

}  // namespace acksu
