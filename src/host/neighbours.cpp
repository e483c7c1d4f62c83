// Asking, believing and forgetting neighbours.
#include "host/neighbours.h"

#include <array>
#include <utility>

namespace acksu {

std::uint64_t Neighbours::hash(IpAddress address) const {
  return siphash_1_3(key_, std::array<std::uint64_t, 2>{address.high(), address.low()});
}

std::uint32_t Neighbours::find(IpAddress address) const {
  return index_.find(hash(address),
                     [&](std::uint32_t index) { return entries_[index].address == address; });
}

// ---- Making and forgetting ----------------------------------------------------------------------

Neighbours Neighbours::one_peer(const NeighbourSettings& settings, SipKey key) {
  Neighbours neighbours{settings, key};
  const std::uint32_t index = neighbours.entries_.allocate();
  Neighbour& peer = neighbours.entries_[index];
  peer.is_resolved = true;
  peer.fresh_until = peer.next_request = never;  // also when it is said to be silent
  neighbours.peer_ = Hop{index, neighbours.entries_.generation(index)};
  return neighbours;
}

Neighbours::Hop Neighbours::find_or_add(IpAddress address, Instant now) {
  if (peer_) return *peer_;
  std::uint32_t index = find(address);
  if (index == HashIndex::none) {
    make_room();
    index = add(address);
    unresolved_.push_back(index, links_of());
    request(index, false, now);
  }
  return {index, entries_.generation(index)};
}

std::uint32_t Neighbours::add(IpAddress address) {
  const std::uint32_t index = entries_.allocate();
  entries_[index].address = address;
  index_.insert(hash(address), index);
  return index;
}

// Unresolved entries give way first: those known are worth more than what a scan asks for.
void Neighbours::make_room() {
  const bool is_full = entries_.size() >= settings_.max_entries;
  if (!unresolved_.is_empty() && (is_full || unresolved_.size() >= settings_.max_unresolved)) {
    ++displaced_;
    give_up(unresolved_.front());
  } else if (is_full) {
    ++displaced_;
    remove(known_.pop_front(links_of()));
  }
}

void Neighbours::give_up(std::uint32_t index) {
  for (Parked& parked : entries_[index].parked) undeliverable_.push_back(std::move(parked));
  has_work_ = true;
  unresolved_.remove(index, links_of());
  remove(index);
}

void Neighbours::remove(std::uint32_t index) {
  index_.erase(hash(entries_[index].address), index);
  entries_.release(index);
}

// ---- OUT ----------------------------------------------------------------------------------------

void Neighbours::request(std::uint32_t index, bool is_unicast, Instant now) {
  Neighbour& neighbour = entries_[index];
  ++neighbour.requests;
  neighbour.next_request = later_by(now, settings_.request_interval);
  Request request{neighbour.address, std::nullopt};
  if (is_unicast) request.mac = neighbour.mac;
  requests_.push_back(request);
  has_work_ = true;
}

// An entry that is not known to be fresh: asks its old MAC address, then everybody, and in the
// meantime goes on with what it knows.
const MacAddress* Neighbours::look_again(std::uint32_t index, Instant now) {
  Neighbour& neighbour = entries_[index];
  if (!neighbour.is_resolved) return nullptr;
  if (now < neighbour.next_request) return &neighbour.mac;
  if (neighbour.requests < settings_.max_requests) {
    // RFC 4861 7.3.3: only the old one, until it was silent for long enough.
    request(index, neighbour.requests == 0 || !neighbour.address.is_v4(), now);
    return &neighbour.mac;
  }
  neighbour.is_resolved = false;
  neighbour.requests = 0;
  known_.remove(index, links_of());
  unresolved_.push_back(index, links_of());
  request(index, false, now);
  return nullptr;
}

bool Neighbours::park(Hop hop, Frame packet, Sender sender) {
  std::vector<Parked>& parked = entries_[hop.index].parked;
  const bool is_full = parked.size() >= settings_.max_pending_packets;
  // RFC 1122 2.3.2.2, 2.4 (c): at least the newest packet is kept.
  if (is_full && !parked.empty()) parked.erase(parked.begin());
  parked.push_back({std::move(packet), {}, sender});
  return !is_full;
}

// ---- IN -----------------------------------------------------------------------------------------

void Neighbours::resolve(std::uint32_t index, const MacAddress& mac, Instant now) {
  Neighbour& neighbour = entries_[index];
  IndexList& list = neighbour.is_resolved ? known_ : unresolved_;
  if (neighbour.links.is_linked()) list.remove(index, links_of());
  known_.push_back(index, links_of());
  neighbour.mac = mac;
  neighbour.is_resolved = true;
  neighbour.requests = 0;
  neighbour.fresh_until =
      later_by(now, neighbour.address.is_v4() ? settings_.lifetime : settings_.reachable_v6);
  for (Parked& parked : neighbour.parked) {
    parked.mac = mac;
    deliverable_.push_back(std::move(parked));
    has_work_ = true;
  }
  neighbour.parked = {};
}

// Somebody says that a known entry is wrong.
Drop Neighbours::doubt(std::uint32_t index, const MacAddress& mac) {
  Neighbour& neighbour = entries_[index];
  if (neighbour.mac == mac) return Drop::none;
  neighbour.fresh_until = Instant::min();
  return Drop::arp_conflict;
}

Drop Neighbours::on_request_for_us(IpAddress sender, const MacAddress& mac, Instant now) {
  if (peer_) return Drop::none;  // nothing to be learned
  std::uint32_t index = find(sender);
  if (index == HashIndex::none) {
    if (entries_.size() >= settings_.max_entries) {
      ++displaced_;
      return Drop::none;
    }
    index = add(sender);
    resolve(index, mac, now);
    return Drop::none;
  }
  const Neighbour& neighbour = entries_[index];
  if (neighbour.is_resolved && neighbour.mac != mac) return doubt(index, mac);
  resolve(index, mac, now);
  return Drop::none;
}

Drop Neighbours::on_solicitation_for_us(IpAddress sender, const MacAddress& mac, Instant now) {
  const std::uint32_t known = find(sender);
  // That he can be heard does not say that he hears us: what is known gets no fresher.
  if (known != HashIndex::none && entries_[known].is_resolved) return doubt(known, mac);
  const Drop drop = on_request_for_us(sender, mac, now);
  const std::uint32_t index = find(sender);
  if (index != HashIndex::none) {
    entries_[index].fresh_until = later_by(now, settings_.delay_v6);
  }
  return drop;
}

Drop Neighbours::on_reply(IpAddress sender, const MacAddress& mac, Instant now) {
  const std::uint32_t index = find(sender);
  if (index == HashIndex::none) return Drop::arp_unsolicited;
  const Neighbour& neighbour = entries_[index];
  if (neighbour.requests == 0) {
    return neighbour.mac == mac ? Drop::arp_unsolicited : doubt(index, mac);
  }
  // The old MAC address was asked first; only after its silence everybody was.
  const bool is_old_asked =
      neighbour.is_resolved && (neighbour.requests == 1 || !neighbour.address.is_v4());
  if (is_old_asked && neighbour.mac != mac) return Drop::arp_conflict;
  resolve(index, mac, now);
  return Drop::none;
}

Drop Neighbours::on_announcement(IpAddress sender, const MacAddress& mac) {
  const std::uint32_t index = find(sender);
  if (index == HashIndex::none || !entries_[index].is_resolved) return Drop::arp_unsolicited;
  return doubt(index, mac);
}

// ---- TIME ---------------------------------------------------------------------------------------

Instant Neighbours::deadline() const {
  return unresolved_.is_empty() ? never : entries_[unresolved_.front()].next_request;
}

void Neighbours::on_time(Instant now) {
  while (deadline() <= now) {
    const std::uint32_t index = unresolved_.front();
    if (entries_[index].requests >= settings_.max_requests) {
      give_up(index);
      continue;
    }
    unresolved_.remove(index, links_of());
    unresolved_.push_back(index, links_of());
    request(index, false, now);
  }
}

// ---- What came of it ----------------------------------------------------------------------------

std::vector<Neighbours::Request> Neighbours::take_requests() {
  has_work_ = !deliverable_.empty() || !undeliverable_.empty();
  return std::exchange(requests_, {});
}

std::vector<Neighbours::Parked> Neighbours::take_deliverable() {
  has_work_ = !requests_.empty() || !undeliverable_.empty();
  return std::exchange(deliverable_, {});
}

std::vector<Neighbours::Parked> Neighbours::take_undeliverable() {
  has_work_ = !requests_.empty() || !deliverable_.empty();
  return std::exchange(undeliverable_, {});
}

void Neighbours::digest(Digest& digest) const {
  entries_.for_each([&](std::uint32_t index, const Neighbour& neighbour) {
    digest.add(std::uint64_t{index});
    digest.add(neighbour.address.high());
    digest.add(neighbour.address.low());
    digest.add(Bytes(neighbour.mac.octets));
    digest.add((std::uint64_t{neighbour.requests} << 1) | std::uint64_t{neighbour.is_resolved});
    digest.add(neighbour.fresh_until);
    digest.add(neighbour.next_request);
    digest.add(std::uint64_t{neighbour.parked.size()});
    for (const Parked& parked : neighbour.parked) {
      digest.add(Bytes(parked.packet.bytes.flatten()));
    }
  });
}

}  // namespace acksu
