// TCP Fast Open (RFC 7413): text in a SYN from a peer that has proved before that it is where it
// says. What a host keeps for it: as a client the cookies of servers, and which paths lose such
// SYNs; as a server the secret of its own cookies.
//
//   cookie = SipHash-2-4 of the peer's address and the epoch       epochs of `fast_open_key_life`
//
// So a key is good in its epoch and the next, nothing is kept of peers, and there is no timer.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/digest.h"
#include "base/hash_index.h"
#include "base/index_list.h"
#include "base/segment.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "tcp/context.h"

namespace acksu::tcp {

// Whose cookie it is: the peer's. Ours is told where cookies are made as Linux makes them.
struct FastOpenEnds {
  IpAddress peer;
  IpAddress local{};
  std::optional<SipKey> key{};  // of the listener, if it has one of its own

  FastOpenEnds(IpAddress peer_address, IpAddress local_address = {},
               std::optional<SipKey> own_key = {})
      : peer(peer_address), local(local_address), key(own_key) {}
};

// Of a server: makes cookies and takes them back (RFC 7413 4.1.2 (a), (b)).
class FastOpenKeys {
 public:
  enum class Verdict : std::uint8_t { good, old, bad };  // old: the peer should get a new one

  explicit FastOpenKeys(SipKey key) : key_(key) {}

  FastOpenOption cookie_for(const FastOpenEnds& ends, Instant now, const Settings& settings) const;
  Verdict judge(const FastOpenOption& option, const FastOpenEnds& ends, Instant now,
                const Settings& settings) const;

 private:
  FastOpenOption cookie_of(IpAddress peer, std::uint64_t epoch) const;

  SipKey key_;
};

// Of a client: what it knows of servers, by both addresses (RFC 7413 4.1.3). Bounded: the one
// that was heard of longest ago gives way.
class FastOpenCache {
 public:
  // What a SYN may say now: a cookie, or the wish for one.
  struct Attempt {
    FastOpenOption option;
    std::uint16_t mss = 0;  // that the server takes; 0: not known
  };
  // What the SYN+ACK says to that.
  struct Answer {
    FastOpenOption said = *FastOpenOption::of({});  // by our SYN
    FastOpenOption option;
    std::uint16_t mss = 0;
    bool was_text_sent = false;
    bool was_text_taken = false;  // any of it
  };

  explicit FastOpenCache(SipKey key) : key_(key) {}

  // Nothing: such a SYN was lost there lately.
  std::optional<Attempt> attempt(const FourTuple& tuple, Instant now,
                                 const Settings& settings) const;
  void on_answer(const Answer& answer, Context& context);
  // RFC 7413 4.1.3.1: a SYN with the option was not answered, or refused on the way: a plain one
  // is tried, and so are the next ones for a while, longer each time.
  void on_lost(Context& context);
  void forget_all();

  std::uint32_t size() const { return entries_.size(); }
  void digest(Digest& digest) const;

 private:
  // Of a server that has told no cookie, asked by the experimental kind.
  enum class Experiment : std::uint8_t { none, next, over };

  struct Entry {
    IpAddress local, remote;
    FastOpenOption option;
    std::uint16_t mss = 0;
    std::uint8_t losses = 0;  // in a row
    Experiment experiment = Experiment::none;
    Instant paused_until = Instant::min();
    IndexLinks links;
  };

  std::uint64_t hash_of(const FourTuple& tuple) const;
  std::uint32_t find(const FourTuple& tuple) const;
  Entry* enter(Context& context);
  void learn(Entry& entry, const Answer& answer, Context& context);
  void pause(Entry& entry, Instant now, const Settings& settings);
  auto links_of() {
    return [this](std::uint32_t index) -> IndexLinks& { return entries_[index].links; };
  }

  SipKey key_;
  Slab<Entry> entries_;
  HashIndex by_addresses_;
  IndexList oldest_first_;
};

struct FastOpen {
  FastOpenKeys keys;
  FastOpenCache cache;
};

}  // namespace acksu::tcp
