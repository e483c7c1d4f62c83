// What packets a path takes, by destination, as far as ICMP told us (RFC 1191, RFC 8201) or the
// transport has found by trying (RFC 4821). ICMP makes an entry only ever smaller; it is forgotten
// ten minutes after it last did, so that a larger MTU is found again by trying. Bounded: the entry
// that is to be forgotten first gives way.
//
// The caller has checked that the error quotes a packet which we may have sent (RFC 5927). Against
// the forged ones that pass, RFC 1191's minimum of 68 bytes is not believed: below 552 bytes a path
// costs more than it is worth, and with fragments on it others' numbers can be guessed.
//
// Who tries larger packets is the transport (tcp/path_probe.h).
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/digest.h"
#include "base/hash_index.h"
#include "base/index_list.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "base/time.h"

namespace acksu {

struct PathMtuSettings {
  std::uint32_t max_entries = 4096;
  Duration lifetime = 10min;   // RFC 1191 6.3, RFC 8201 4: never less than 5 minutes
  std::uint32_t min_v4 = 552;  // bytes
  std::uint32_t min_v6 = 1280;
};

// What an ICMP "too big" said.
struct TooBig {
  IpAddress destination;         // of the quoted packet
  std::uint32_t mtu = 0;         // bytes; 0 from a router older than RFC 1191
  std::uint32_t sent_bytes = 0;  // the quoted packet's length
};

// What the transport has found to pass.
struct FoundMtu {
  std::uint32_t mtu = 0;
  std::uint32_t link_mtu = 0;
};

class PathMtu {
 public:
  enum class Verdict : std::uint8_t {
    lowered,
    known,        // already: of a packet that was under way before
    not_smaller,  // than what is known, or than the packet that it speaks of
    too_small,    // below the minimum
  };
  struct Counters {
    std::uint64_t lowered = 0, not_smaller = 0, too_small = 0, evicted = 0, aged = 0, found = 0;
  };

  PathMtu(const PathMtuSettings& settings, SipKey key);

  // Bytes of the largest packet to send there over a link of `link_mtu` bytes.
  std::uint32_t mtu_to(IpAddress destination, std::uint32_t link_mtu) const;
  void on_found(IpAddress destination, const FoundMtu& found, Instant now);
  Verdict on_too_big(const TooBig& said, std::uint32_t link_mtu, Instant now);

  Instant deadline() const;  // the next entry is forgotten; `never` when there is none
  void on_time(Instant now);

  std::uint32_t size() const { return entries_.size(); }
  const Counters& counters() const { return counters_; }
  void digest(Digest& digest) const;

 private:
  struct Entry {
    IpAddress destination;
    std::uint32_t mtu = 0;
    Instant ends{};
    IndexLinks links;
  };

  std::uint64_t hash_of(IpAddress destination) const;
  std::uint32_t find(IpAddress destination) const;
  void enter(IpAddress destination, std::uint32_t mtu, Instant now);
  void forget(std::uint32_t index);
  auto links_of() {
    return [this](std::uint32_t index) -> IndexLinks& { return entries_[index].links; };
  }

  PathMtuSettings settings_;
  SipKey key_;
  Slab<Entry> entries_;
  HashIndex by_destination_;
  IndexList oldest_first_;  // which is the order of `ends`
  Counters counters_;
};

}  // namespace acksu
