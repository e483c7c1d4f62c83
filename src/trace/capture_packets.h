// The packets of a capture, whoever wrote it: pcap or pcapng, of Ethernet, bare IP, PPP, loopbacks
// and Linux's "any" device; packets that were cut short have zeros for what is missing.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "host/link_kind.h"
#include "wire/pcap_reader.h"

namespace acksu::trace {

struct CaptureReading {
  const char* problem = nullptr;  // where reading ended early; null: all was read
  std::uint64_t packets = 0;
  std::uint64_t unknown = 0;            // of link types that are not known here
  std::uint16_t unknown_link_type = 0;  // the last of these
};

struct CapturedPacket {
  Instant at{};
  std::uint32_t place = 0;  // the interface
  Bytes frame;              // as `kind` begins it; good until the next one is read
  LinkKind kind = LinkKind::ip;
  std::uint32_t missing_bytes = 0;  // at its end
};

class CapturePackets {
 public:
  // Keeps the view, not the bytes.
  explicit CapturePackets(Bytes file) : reader_(file) {}

  // The next of a link type that is known; false at the end.
  bool next(CapturedPacket& packet);
  const CaptureReading& reading() const { return reading_; }

 private:
  wire::PcapReader reader_;
  CaptureReading reading_;
  std::vector<std::uint8_t> whole_;
};

}  // namespace acksu::trace
