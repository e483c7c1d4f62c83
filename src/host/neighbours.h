// The neighbours on one link: whose MAC address is whose (RFC 826, RFC 1122 section 2.3.2; of IPv6
// RFC 4861 section 7.3), and the packets that wait for an answer.
//
// RFC 4861 calls an entry reachable while it is fresh, stale when it is not, and probed while its
// old MAC address is asked; one that was only heard of is in delay: believed for some seconds.
//
// Trust (RFC 5227 and practice): an entry begins with an answer to our request or with a request
// for our own address. What contradicts a known entry only makes us ask the old MAC address again;
// a new one is believed when the old one is silent. Nobody makes entries by announcing. A scan
// through us fills a bounded number of unresolved entries, and never drives out a known one while
// there are any.
//
// Left out on purpose: proxy ARP, reverse ARP, probing for duplicates of our own IPv4 address; that
// what the transport hears makes an entry fresh.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/hash_index.h"
#include "base/index_list.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "base/time.h"
#include "host/frame.h"
#include "host/settings.h"

namespace acksu {

class Neighbours {
 public:
  // The name of an entry, to be kept by those who send there often. Dead once the entry is gone.
  struct Hop {
    std::uint32_t index = Slab<int>::none;
    std::uint32_t generation = 0;
  };
  // Who wants to know that a packet could not be delivered.
  struct Sender {
    std::uint32_t connection = Slab<int>::none;
    std::uint32_t generation = 0;
  };
  struct Parked {
    Frame packet;  // from the IP header on
    MacAddress mac;
    Sender sender;
  };
  struct Request {
    IpAddress target;
    std::optional<MacAddress> mac;  // ask there only; nothing: broadcast
  };

  Neighbours(const NeighbourSettings& settings, SipKey key) : settings_(settings), key_(key) {}
  // Of a link with one other end and no MAC addresses: it stands for every address, and nobody is
  // asked.
  static Neighbours one_peer(const NeighbourSettings& settings, SipKey key);

  // ---- OUT
  // The entry of an address; an unknown one is made, and a request is owed.
  Hop find_or_add(IpAddress address, Instant now);
  bool holds(Hop hop) const { return entries_.holds(hop.index) && is_current(hop); }
  // Where to send now; null: nowhere yet, park the packet. May owe a request. The hop is held.
  const MacAddress* mac_of(Hop hop, Instant now) {
    Neighbour& neighbour = entries_[hop.index];
    if (now < neighbour.fresh_until) [[likely]]
      return &neighbour.mac;
    return look_again(hop.index, now);
  }
  // Whoever is behind it does not answer: asks again before the entry would be old (RFC 9293
  // MUST-20 (b): negative advice; RFC 1122 3.3.1.4 (a), (b)).
  void on_silence(Hop hop) {
    if (holds(hop)) entries_[hop.index].fresh_until = Instant::min();
  }
  // Keeps a packet for a hop without a MAC address; the oldest of too many gives way: false then.
  bool park(Hop hop, Frame packet, Sender sender);

  // ---- IN
  // Somebody asks for our address.
  Drop on_request_for_us(IpAddress sender, const MacAddress& mac, Instant now);
  // The same of IPv6: what is only heard of is soon asked about (RFC 4861 7.2.3).
  Drop on_solicitation_for_us(IpAddress sender, const MacAddress& mac, Instant now);
  // An answer, whether we asked or not.
  Drop on_reply(IpAddress sender, const MacAddress& mac, Instant now);
  // Somebody tells everybody (sender and target address are the same).
  Drop on_announcement(IpAddress sender, const MacAddress& mac);

  // How long an answer of IPv6 is good for, as a router says (RFC 4861 6.3.4).
  void set_reachable_v6(Duration reachable) { settings_.reachable_v6 = reachable; }

  // ---- TIME
  Instant deadline() const;
  void on_time(Instant now);

  // ---- What came of it; to be taken after each of the calls above.
  bool has_work() const { return has_work_; }
  std::vector<Request> take_requests();
  std::vector<Parked> take_deliverable();
  std::vector<Parked> take_undeliverable();

  std::uint32_t size() const { return entries_.size() - (peer_ ? 1u : 0u); }
  std::uint32_t unresolved() const { return unresolved_.size(); }
  // How many gave way to others, or found no place.
  std::uint64_t displaced() const { return displaced_; }
  void digest(Digest& digest) const;

 private:
  struct Neighbour {
    IpAddress address;
    MacAddress mac;
    bool is_resolved = false;
    std::uint8_t requests = 0;              // unanswered
    Instant fresh_until = Instant::min();   // known without asking
    Instant next_request = Instant::min();  // RFC 1122 2.3.2.1: not before
    IndexLinks links;                       // in unresolved_ or known_
    std::vector<Parked> parked;
  };

  bool is_current(Hop hop) const { return entries_.generation(hop.index) == hop.generation; }
  auto links_of() {
    return [this](std::uint32_t index) -> IndexLinks& { return entries_[index].links; };
  }
  std::uint64_t hash(IpAddress address) const;
  std::uint32_t find(IpAddress address) const;
  std::uint32_t add(IpAddress address);
  void make_room();
  const MacAddress* look_again(std::uint32_t index, Instant now);
  void request(std::uint32_t index, bool is_unicast, Instant now);
  void resolve(std::uint32_t index, const MacAddress& mac, Instant now);
  void give_up(std::uint32_t index);
  void remove(std::uint32_t index);
  Drop doubt(std::uint32_t index, const MacAddress& mac);

  NeighbourSettings settings_;
  SipKey key_;
  Slab<Neighbour, 4> entries_;
  HashIndex index_;
  std::optional<Hop> peer_;  // the one other end
  IndexList unresolved_;     // by rising next_request
  IndexList known_;          // the longest unconfirmed first
  std::uint64_t displaced_ = 0;
  std::vector<Request> requests_;
  std::vector<Parked> deliverable_;
  std::vector<Parked> undeliverable_;
  bool has_work_ = false;
};

}  // namespace acksu
