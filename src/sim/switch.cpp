// Learning and forwarding.
#include "sim/switch.h"

#include "wire/ethernet.h"

namespace acksu::sim {
namespace {

// IEEE 802.1D 7.12.6: addresses of protocols between neighbouring bridges.
bool is_reserved(const MacAddress& address) {
  constexpr MacAddress first{{0x01, 0x80, 0xc2, 0, 0, 0}};
  MacAddress block = address;
  block.octets[5] &= 0xf0;
  return block == first;
}

}  // namespace

void Switch::absorb(LinkId port, const Frame& frame, Instant now, std::vector<LinkId>& out) {
  wire::EthernetHeader header;
  const Bytes beginning = frame.bytes.is_empty() ? Bytes{} : frame.bytes[0].bytes();
  // A length in the place of a type is legal here: what is inside is not the switch's business.
  if (wire::read(beginning, header) == Drop::ethernet_truncated || header.source.is_group()) {
    ++counters_.malformed;
    return;
  }
  learn(header.source, port, now);
  if (is_reserved(header.destination)) {
    ++counters_.link_local;
    return;
  }
  const std::optional<LinkId> known =
      header.destination.is_group() ? std::nullopt : port_of(header.destination, now);
  if (known == port) {
    ++counters_.filtered;
  } else if (known) {
    ++counters_.forwarded;
    out.push_back(*known);
  } else {
    ++counters_.flooded;
    for (LinkId each = 0; each < settings_.ports; ++each) {
      if (each != port) out.push_back(each);
    }
  }
}

// A table filled by a stranger drives out nobody who is known: it takes what is old, or nothing.
void Switch::learn(const MacAddress& address, LinkId port, Instant now) {
  const auto found = by_address_.find(address);
  std::uint32_t index = 0;
  if (found != by_address_.end()) {
    index = found->second;
    oldest_first_.remove(index, links_of());
  } else {
    if (entries_.size() >= settings_.max_addresses) {
      const std::uint32_t oldest = oldest_first_.front();
      if (oldest == IndexList::none || !is_old(entries_[oldest], now)) {
        ++counters_.not_learned;
        return;
      }
      by_address_.erase(entries_[oldest].address);
      oldest_first_.remove(oldest, links_of());
      entries_.release(oldest);
    }
    index = entries_.allocate();
    by_address_.emplace(address, index);
  }
  entries_[index].address = address;
  entries_[index].port = port;
  entries_[index].seen = now;
  oldest_first_.push_back(index, links_of());
}

std::optional<LinkId> Switch::port_of(const MacAddress& address, Instant now) const {
  const auto found = by_address_.find(address);
  if (found == by_address_.end() || is_old(entries_[found->second], now)) return std::nullopt;
  return entries_[found->second].port;
}

void Switch::digest(Digest& digest) const {
  digest.add(std::uint64_t{by_address_.size()});
  for (const auto& [address, index] : by_address_) {
    digest.add(Bytes{address.octets});
    digest.add(std::uint64_t{entries_[index].port});
    digest.add(entries_[index].seen);
  }
}

}  // namespace acksu::sim
