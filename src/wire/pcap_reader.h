// Reads captures, packet by packet: pcap (draft-ietf-opsawg-pcap; times in micro- or nanoseconds)
// and pcapng (draft-ietf-opsawg-pcapng), of either byte order. Bytes only; no files here. What is
// malformed ends the reading, and says why; blocks that are no packets are passed over.
// Leaves out on purpose: comments, names, statistics, if_tsoffset, and pcap's kin of old (modified,
// Kuznetzov's).
//
//   PcapReader reader(file);
//   for (ReadPacket packet; reader.next(packet);) ...
//   if (reader.problem() != nullptr) ...
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace acksu::wire {

struct ReadPacket {
  std::uint32_t interface = 0;       // counted over all sections; 0 in a pcap
  std::uint16_t link_type = 0;       // LINKTYPE_ETHERNET is 1
  Instant time{};                    // since 1970
  Bytes bytes;                       // as many as were captured
  std::uint32_t original_bytes = 0;  // as it was on the wire; never less
};

class PcapReader {
 public:
  static constexpr std::uint32_t most_bytes = 1u << 18;       // of a packet, as libpcap
  static constexpr std::uint32_t most_interfaces = 1u << 16;  // of all sections

  // Keeps the view, not the bytes.
  explicit PcapReader(Bytes file);

  // Whether the first bytes are those of a capture.
  static bool is_capture(Bytes file);

  // False at the end, and where it is malformed.
  bool next(ReadPacket& packet);
  // Null while all is well.
  const char* problem() const { return problem_; }

 private:
  struct Interface {
    std::uint16_t link_type = 0;
    std::uint8_t resolution = 6;  // if_tsresol: of a power of ten, or with the high bit of two
  };
  // A cursor of the file's byte order.
  class Cursor;

  Cursor take(std::size_t count);
  bool fail(const char* problem);
  bool next_of_pcap(ReadPacket& packet);
  bool next_of_pcapng(ReadPacket& packet);
  bool begin_section();
  bool add_interface(Cursor body);
  bool read_packet(std::uint32_t type, Cursor body, ReadPacket& packet);
  bool finish(ReadPacket& packet, std::uint32_t interface, Cursor& body, std::uint32_t captured);

  Bytes rest_;
  const char* problem_ = nullptr;
  bool is_pcapng_ = false;
  bool is_big_endian_ = false;
  std::uint8_t pcap_resolution_ = 6;
  std::uint16_t pcap_link_type_ = 0;
  std::vector<Interface> interfaces_;  // of all sections
  std::uint32_t first_of_section_ = 0;
};

}  // namespace acksu::wire
