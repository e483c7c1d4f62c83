// Driving one host: in, out, time.
#include "packetdrill/machine.h"

#include <algorithm>

namespace acksu::packetdrill {
namespace {

constexpr std::uint32_t host_column = 0, peer_column = 1;
constexpr LinkId wire = 0;
constexpr std::size_t burst = 64;

HostSecrets secrets() { return {SipKey{0x0706'0504'0302'0100, 0x0f0e'0d0c'0b0a'0908}, 6}; }

// FIN and PSH are in the last segment only, CWR in the first one.
std::vector<HeardPacket> split(const HeardPacket& whole, std::uint32_t segment_bytes) {
  const auto* tcp = std::get_if<TcpLine>(&whole.line.content);
  if (tcp == nullptr || segment_bytes == 0 || tcp->bytes <= segment_bytes) return {whole};
  std::vector<HeardPacket> parts;
  for (std::uint32_t done = 0; done < tcp->bytes; done += segment_bytes) {
    HeardPacket& part = parts.emplace_back(whole);
    TcpLine line = *tcp;
    line.seq += done;
    line.bytes = std::min(segment_bytes, tcp->bytes - done);
    const bool is_last = done + line.bytes == tcp->bytes;
    if (!is_last) line.flags.bits &= static_cast<std::uint16_t>(~(Flags::fin | Flags::psh));
    if (done > 0) line.flags.clear(Flags::cwr);
    part.line.content = line;
  }
  return parts;
}

}  // namespace

Machine::Machine(HostSettings settings)
    : peer_(recorder_.observer(peer_column, "peer", "", {LinkKind::ip})),
      pool_(std::make_shared<BufferPool>()),
      host_(std::move(settings), secrets(), pool_),
      sockets_(host_) {
  host_.observe(recorder_.observer(host_column, "acksu", "", {LinkKind::ip}));
}

void Machine::inject(Bytes packet) {
  Frame frame{BufferChain{pool_->copy_of(packet)}, 0, false};
  peer_->on_frame_out(now_, wire, frame);
  host_.absorb(wire, {&frame, 1}, now_);
  speak();
}

void Machine::run_until(Instant until) {
  while (step(until)) {
  }
  now_ = until;
}

bool Machine::step(Instant limit) {
  const Instant due = host_.deadline();
  if (due > limit) {
    if (limit != never) now_ = std::max(now_, limit);
    return false;
  }
  now_ = std::max(now_, due);
  host_.on_time(now_);
  speak();
  return true;
}

void Machine::speak() {
  const auto emit = [this] { return host_.emit(wire, frames_, burst, now_) > 0; };
  while (emit() || host_.deadline() <= now_) {
    for (const Frame& frame : frames_) hear(frame);
    frames_.clear();
    if (host_.deadline() <= now_) host_.on_time(now_);
  }
  static_cast<void>(sockets_.follow_stamps());
  if (awakened_) awakened_();
}

// A large frame is heard as the segments that the device makes of it.
void Machine::hear(const Frame& frame) {
  if (is_mute_) return;
  peer_->on_frame_in(now_, wire, frame);
  peer_->on_verdict(now_, wire, Drop::none);
  const std::vector<std::uint8_t> bytes = frame.bytes.flatten();
  const std::optional<HeardPacket> heard = read_packet(bytes, now_);
  if (!heard) return;
  for (HeardPacket& each : split(*heard, frame.segment_bytes)) heard_.push_back(std::move(each));
}

}  // namespace acksu::packetdrill
