// Frames as a digest and as a capture.
#include "sim/recorder.h"

#include "wire/pcapng.h"

namespace acksu::sim {

void FrameDigest::on_frame(Instant now, Port port, Way way, const Frame& frame) {
  ++frames_;
  digest_.add(now);
  digest_.add((std::uint64_t{port.host} << 16) | (std::uint64_t{port.link} << 8) |
              static_cast<std::uint64_t>(way));
  digest_.add(std::uint64_t{frame.bytes.size()});
  for (std::uint32_t i = 0; i < frame.bytes.count(); ++i) digest_.add(frame.bytes[i].bytes());
}

Capture::Capture(const World& world) {
  wire::append_section(bytes_);
  for (HostId id = 0; id < world.host_count(); ++id) {
    const HostSettings& settings = world.host(id).settings();
    const bool is_bare = !has_ethernet(settings.links.front().kind);
    wire::append_interface(bytes_, is_bare ? wire::LinkType::raw_ip : wire::LinkType::ethernet,
                           settings.name);
  }
}

void Capture::on_frame(Instant now, Port port, Way way, const Frame& frame) {
  if (port.link != 0) return;
  const char* comment = way == Way::out ? "leaves" : "arrives";
  wire::append_packet(bytes_, {port.host, now, comment}, frame.bytes);
}

}  // namespace acksu::sim
