// How a frame is opened: parts of it with their places, and layers built field by field.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/drop.h"
#include "wire/header_sum.h"
#include "wire/print.h"
#include "wire/reader.h"

namespace acksu::wire {

// Part of a frame: its bytes, as far as they are there, and where it begins.
struct Part {
  Bytes bytes;
  std::uint32_t offset = 0;

  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes.size()); }
  // Without its first `count` bytes; empty when there are not as many.
  Part behind(std::uint32_t count) const {
    count = std::min(count, size());
    return {bytes.subspan(count), offset + count};
  }
  Part first(std::uint32_t count) const { return {bytes.first(std::min(count, size())), offset}; }
  // Its first bytes, and zeros for those that are not there.
  template <std::uint32_t count>
  std::array<std::uint8_t, count> padded() const {
    std::array<std::uint8_t, count> result{};
    std::copy_n(bytes.begin(), std::min(count, size()), result.begin());
    return result;
  }
};

std::string decimal(std::uint64_t value);
std::string hexadecimal(std::uint16_t value);     // 0x0800
std::string hexadecimal_32(std::uint32_t value);  // 0x00000800

// Where a field lies, in bytes from the start of its layer.
struct Place {
  std::uint32_t offset;
  std::uint32_t length;
};

class LayerBuilder {
 public:
  // Adds a layer to `layers`, which other layers may follow while this one grows.
  LayerBuilder(std::vector<Layer>& layers, std::string key, Part part, Language language);

  // Adds a field, unless it lies past the end of the layer. What it means are the words of
  // `meaning_key`, or of its own key when there are none.
  void add(std::string_view key, std::string value, Place place, std::string_view meaning_key = {});
  // A checksum field; `right` is what it should be. Returns whether it is: 0 and 0xffff are the
  // same number in one's complement.
  bool add_checksum(std::string_view key, std::uint16_t value, std::uint16_t right,
                    std::uint32_t offset);
  // Gives the last field, if it is the one of that key, this meaning.
  void set_meaning(std::string_view key, std::string meaning);
  // Says what is wrong; `none` says nothing, and the first reason stands.
  void set_fault(Drop drop);
  // The length of the layer's header; what is missing of it is cut off, and bytes that no field
  // took are shown as the rest.
  void end_header(std::uint32_t length);

  std::string words(std::string_view meaning_key) const;

 private:
  Layer& layer() { return layers_[index_]; }

  std::vector<Layer>& layers_;
  std::size_t index_;
  Part part_;
  Language language_;
};

// One function a layer. Each opens what it carries, too.
struct Opening {
  std::vector<Layer> layers;
  Language language = Language::english;
  bool is_quoted = false;  // inside an ICMP error
};

// What transports need of the layer below: without a whole packet there is no checking of sums.
struct Carrier {
  IpAddress source, destination;
  bool is_whole = false;
  std::uint8_t hop_limit = 0;     // or TTL
  bool has_router_alert = false;  // of IPv6
  bool was_fragmented = false;

  PseudoHeader pseudo() const { return {source, destination}; }
};

void open_ethernet(Opening& opening, Part frame);
// Returns the bytes of the packet, as far as it is there.
std::uint32_t open_ipv4(Opening& opening, Part packet);
std::uint32_t open_ipv6(Opening& opening, Part packet);
// An IPv4 or IPv6 packet, by its version.
std::uint32_t open_ip(Opening& opening, Part packet);
void open_arp(Opening& opening, Part packet, bool is_reverse);
// What a frame of that type carries. Returns the bytes used: what follows them is padding.
std::uint32_t open_carried(Opening& opening, std::uint16_t type, Part part);
std::uint32_t open_vlan(Opening& opening, Part part);
// What an IP packet of that protocol carries.
void open_payload(Opening& opening, std::uint8_t protocol, Part payload, const Carrier& carrier);
void open_icmp(Opening& opening, Part message, const Carrier& carrier);
void open_icmpv6(Opening& opening, Part message, const Carrier& carrier);
void open_igmp(Opening& opening, Part message, const Carrier& carrier);
void open_udp(Opening& opening, Part datagram, const Carrier& carrier);
void open_tcp(Opening& opening, Part segment, const Carrier& carrier);
void open_text(Opening& opening, Part text);  // adds no layer when there is none

}  // namespace acksu::wire
