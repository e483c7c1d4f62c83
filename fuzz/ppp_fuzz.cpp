// PPP: streams through the deframer in pieces, and control packets, which are read again after they
// were written. The first byte of an input chooses which, and how.
#include "fuzz/fuzz.h"
#include "wire/ppp_control.h"

using namespace acksu;

namespace {

void check_control(std::uint16_t protocol, Bytes bytes) {
  wire::PppControl packet;
  if (wire::read(fuzz::Input(bytes).bytes(), protocol, packet) != Drop::none) return;
  const fuzz::Octets written = wire::to_bytes(packet);
  ACKSU_ASSERT(written.size() <= bytes.size());
  ACKSU_ASSERT(std::equal(written.begin(), written.end(), bytes.begin()));
}

void check_frame(Bytes bytes) {
  fuzz::check_places(wire::open_ppp(bytes), bytes.size());
  fuzz::check_places(wire::open_ppp(bytes, wire::Language::korean), bytes.size());
  ACKSU_ASSERT(!wire::summary_of_ppp(bytes).empty());
  wire::PppFrame frame;
  if (wire::read(bytes, frame) != Drop::none) return;
  check_control(frame.protocol, frame.information);
}

// What is heard does not depend on the pieces in which a stream comes.
std::vector<fuzz::Octets> hear(Bytes stream, std::size_t piece) {
  constexpr std::uint32_t limit = 64;
  wire::PppDeframer deframer(limit);
  std::vector<fuzz::Octets> heard;
  while (!stream.empty()) {
    Bytes now = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(now.size());
    while (const auto arrival = deframer.next(now)) {
      ACKSU_ASSERT(arrival->frame.size() <= limit + 4);
      heard.emplace_back(arrival->frame.begin(), arrival->frame.end());
      heard.back().push_back(static_cast<std::uint8_t>(arrival->drop));
      if (arrival->drop == Drop::none) check_frame(arrival->frame);
    }
    ACKSU_ASSERT(deframer.held_bytes() <= limit + 6);
  }
  return heard;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::uint8_t choice = data[0];
  const fuzz::Input input({data + 1, size - 1});
  const Bytes bytes = input.bytes();
  check_frame(bytes);
  const auto whole = hear(bytes, std::max<std::size_t>(bytes.size(), 1));
  ACKSU_ASSERT(whole == hear(bytes, 1 + choice % 16));
  const wire::PppFraming framing{choice * 0x01010101u, (choice & 1) != 0, (choice & 2) != 0};
  const auto framed = wire::ppp_frame(framing, wire::PppProtocol::ipv4, bytes);
  wire::PppDeframer deframer(static_cast<std::uint32_t>(bytes.size()));
  deframer.set_control_map(framing.control_map);
  Bytes stream = framed;
  const auto arrival = deframer.next(stream);
  wire::PppFrame frame;
  ACKSU_ASSERT(arrival && stream.empty());
  if (arrival->drop == Drop::ppp_runt) return 0;
  ACKSU_ASSERT(arrival->drop == Drop::none && wire::read(arrival->frame, frame) == Drop::none);
  ACKSU_ASSERT(
      std::equal(bytes.begin(), bytes.end(), frame.information.begin(), frame.information.end()));
  return 0;
}
