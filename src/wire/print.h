// Headers as text, for people and for tests: lines that sum a header up, and frames opened layer by
// layer and field by field, in English or Korean. What is malformed is opened as far as possible.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/segment.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/udp.h"

namespace acksu::wire {

enum class Language : std::uint8_t { english, korean };

std::string flags_text(Flags flags);                          // "SYN,ACK"; "" for no flag
std::string options_text(const SegmentOptions& options);      // "mss 1460,sackOK"; "" for none
std::string protocol_text(std::uint8_t protocol);             // "TCP"; "protocol 132"
std::string ethertype_text(std::uint16_t type);               // "IPv4"; "type 0x86dd"
std::string icmp_text(std::uint8_t type, std::uint8_t code);  // "echo request"
std::string icmpv6_text(std::uint8_t type, std::uint8_t code);

// One line, without its end: "TCP 49152 > 80 [SYN] seq=1000 win=65535 <mss 1460,sackOK>".
std::string summary(const EthernetHeader& header);
std::string summary(const ArpPacket& packet);
std::string summary(const Ipv4Header& header);
std::string summary(const Ipv6Header& header);
std::string summary(const IcmpMessage& message);
std::string summary(const UdpDatagram& datagram);
std::string summary(const Segment& segment);
// The innermost header that can be read, behind the IP addresses if there are any; or why the frame
// or packet (without an Ethernet header) would be dropped. Fragments are not looked into.
std::string summary_of_frame(Bytes frame);
std::string summary_of_packet(Bytes packet);
// The same of what stands between two flags of PPP, without escapes and checksum.
std::string summary_of_ppp(Bytes frame);

struct Field {
  std::string key;   // the same in every language and version: "tcp.seq"
  std::string name;  // "Sequence number"
  std::string value;
  std::string meaning;       // what it says; may be empty
  std::uint32_t offset = 0;  // bytes from the start of the frame
  std::uint32_t length = 0;  // bytes; fields that share a byte name the same place
};

struct Layer {
  std::string key;    // "ethernet", "vlan", "arp", "ipv4", "ipv6", "ipv6.fragment", "icmp",
                      // "icmpv6", "igmp", "udp", "tcp", "text"; "quoted.ipv4", ...;
                      // "ppp", "lcp", "ipcp", "ipv6cp"
  std::string name;   // "TCP"
  std::string fault;  // why it would be dropped; empty when it is well
  std::uint32_t offset = 0;
  std::uint32_t length = 0;  // bytes of this layer's header, or of the text
  std::vector<Field> fields;
};

// Opens an Ethernet frame, or an IP packet that has no Ethernet header, or a frame of PPP.
std::vector<Layer> open(Bytes frame, Language language = Language::english);
std::vector<Layer> open_packet(Bytes packet, Language language = Language::english);
std::vector<Layer> open_ppp(Bytes frame, Language language = Language::english);

}  // namespace acksu::wire
