// Puts fragments of IPv4 and IPv6 packets together again (RFC 791, 815, 1122 section 3.3.2, 8200
// section 4.5), in whatever order they come.
//
// One policy for both: fragments that overlap, or that disagree about the end, kill their whole
// datagram and what may still come of it (RFC 5722); the same fragment again is ignored. Atomic
// fragments meet no others (RFC 6946). A first fragment holds the transport header (RFC 1858,
// 7112).
//
// Nobody can make us hold much: bytes, datagrams and fragments are counted by what they pin, per
// source and in all, and the oldest datagram gives way. Text is taken by reference, unless a
// smaller block would hold it. Whatever is refused or given up is counted.
#pragma once

#include <cstdint>
#include <vector>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/hash_index.h"
#include "base/index_list.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "base/time.h"
#include "host/fragment.h"

namespace acksu {

struct ReassemblySettings {
  Duration timeout_v4 = 30s;  // RFC 791 3.2 wants 15 s or more, RFC 1122 3.3.2: 60 s to 120 s
  Duration timeout_v6 = 60s;  // RFC 8200 4.5 (b), (c)
  std::uint64_t max_bytes = 4u << 20;  // pinned by all datagrams
  // A datagram of 64 KiB fits in fragments of any size: in eight blocks of 65 KiB at most.
  std::uint64_t max_bytes_per_source = 576u << 10;
  std::uint32_t max_datagrams = 1024;
  std::uint32_t max_datagrams_per_source = 64;
  std::uint32_t max_fragments = 128;  // of one datagram: 64 KiB over a link of 576 bytes
};

// A datagram that was given up because the rest of it did not come.
struct ExpiredDatagram {
  IpAddress source;
  // What an ICMP error may quote: the first fragment from the IP header on. Empty if it was not
  // there: then no error is sent (RFC 792, RFC 8200 4.5).
  BufferChain first_fragment;

  bool has_first_fragment() const { return !first_fragment.is_empty(); }
};

class Reassembly {
 public:
  struct Result {
    Drop drop = Drop::none;
    BufferChain packet;  // the whole packet from its IP header on; empty: more is to come
  };

  // `key` is a secret of this table's own.
  Reassembly(const ReassemblySettings& settings, SipKey key);

  // Takes a fragment. The packet that it completes has headers of an unfragmented packet in a first
  // slice of its own, without the fragment header; its transport header begins the second slice.
  // Drops: ip_bad_fragment, fragment_tiny, fragment_duplicate, fragment_overlap, fragment_past_end,
  // fragment_dead, fragment_too_many, fragment_too_large, fragment_mixed_ecn, fragment_memory_full.
  Result on_fragment(Fragment fragment, Instant now);

  // ---- TIME
  Instant deadline() const;
  void on_time(Instant now);
  // What on_time() gave up, oldest first.
  std::vector<ExpiredDatagram> take_expired();

  std::uint32_t datagrams() const { return datagrams_.size(); }
  std::uint32_t sources() const { return sources_.size(); }
  std::uint64_t held_bytes() const { return held_bytes_; }
  std::uint64_t reassembled() const { return reassembled_; }
  // Datagrams that were given up to make room for others.
  std::uint64_t evicted() const { return evicted_; }
  void digest(Digest& digest) const;
  // Asserts what stands above the fields.
  void check() const;

 private:
  // What memory is charged for each, besides the blocks that are pinned.
  static constexpr std::uint32_t datagram_bytes = 320;
  static constexpr std::uint32_t piece_bytes = 128;

  struct Key {
    IpAddress source;
    IpAddress destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;  // of IPv4 only: the next headers of IPv6 fragments may differ
    bool operator==(const Key&) const = default;
  };
  struct Piece {
    std::uint32_t offset = 0;  // bytes
    BufferChain text;
    std::uint32_t end() const { return offset + text.size(); }
  };
  // Pieces stand in rising order and do not overlap. `received` is the sum of their sizes, at most
  // `total`. A dead datagram has no pieces. Its charge is part of its source's and of held_bytes_.
  struct Datagram {
    Key key;
    std::vector<Piece> pieces;
    Slice headers;  // of the first fragment, as they came; empty until then
    std::uint32_t next_header_place = 0;
    std::uint32_t upper_offset = 0;
    std::uint8_t ecn_seen = 0;  // a bit for each of the four
    bool is_dead = false;
    std::uint32_t received = 0;  // bytes
    std::uint32_t total = 0;     // bytes; 0: the last fragment was not there yet
    std::uint32_t source = 0;    // index of sources_
    std::uint64_t charged = 0;   // bytes
    Instant expires{};
    IndexLinks by_age;     // in by_age_[is it IPv6]
    IndexLinks of_source;  // in its source's list
  };
  struct Source {
    IpAddress address;
    std::uint64_t charged = 0;  // bytes
    IndexList datagrams;        // oldest first
  };

  auto by_age() {
    return [this](std::uint32_t index) -> IndexLinks& { return datagrams_[index].by_age; };
  }
  auto of_source() {
    return [this](std::uint32_t index) -> IndexLinks& { return datagrams_[index].of_source; };
  }
  static Key key_of(const Fragment& fragment);
  static Result whole(const Datagram& datagram);
  std::uint64_t hash(const Key& key) const;
  std::uint64_t hash(IpAddress source) const;
  std::uint32_t find(const Key& key) const;
  std::uint32_t find_source(IpAddress address) const;
  std::uint32_t add(const Key& key, Instant now);
  std::uint32_t oldest() const;
  void evict(std::uint32_t index);
  void remove(std::uint32_t index);
  void charge(std::uint32_t index, std::uint64_t bytes);
  bool make_room(std::uint32_t index, std::uint64_t bytes);
  void kill(std::uint32_t index);

  Result alone(Fragment&& fragment);
  Drop judge(const Datagram& datagram, const Fragment& fragment) const;
  Drop judge_place(const Datagram& datagram, const Fragment& fragment) const;
  Drop place(std::uint32_t index, Fragment&& fragment);
  Result finish(std::uint32_t index);

  ReassemblySettings settings_;
  SipKey key_;
  Slab<Datagram, 4> datagrams_;
  Slab<Source, 4> sources_;
  HashIndex index_;
  HashIndex source_index_;
  IndexList by_age_[2];  // IPv4, IPv6: each has one time-out, so the front expires first
  std::uint64_t held_bytes_ = 0;
  std::uint64_t reassembled_ = 0;
  std::uint64_t evicted_ = 0;
  std::vector<ExpiredDatagram> expired_;
};

}  // namespace acksu
