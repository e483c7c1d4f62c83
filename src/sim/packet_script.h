// A script in packetdrill's language of what one end's application does, and what that end hears
// and must say. Sequence numbers count from each side's SYN.
#pragma once

#include <string>
#include <vector>

#include "base/segment.h"
#include "sim/explored_end.h"

namespace acksu::sim {

class PacketScript {
 public:
  PacketScript(std::uint8_t side, const ExploreSettings& settings);

  // What happened to that end: what it heard, what left; `before`: what it was then.
  void add(Deed deed, const EndFacts& before, const Packet& heard,
           const std::vector<Packet>& leaving);
  // "S. 0:0(0) ack 1 win 65535 <mss 1460>"
  std::string words(const Packet& packet);
  // All of it. `title` becomes a comment.
  std::string text(const std::string& title) const;

 private:
  void call(const std::string& line);
  void call_for(Deed deed, const EndFacts& before);
  void open(bool is_passive);
  std::string numbers(const Segment& segment, bool is_ours, std::uint32_t text_bytes);

  std::uint8_t side_;
  ExploreSettings settings_;
  std::string lines_;
  Duration pause_{};  // until the next line
  bool has_lines_ = false;
  bool has_accepted_ = false;
  bool knows_ours_ = false, knows_theirs_ = false;
  Seq ours_, theirs_;  // the SYNs'
};

}  // namespace acksu::sim
