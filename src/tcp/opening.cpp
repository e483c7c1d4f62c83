// The agreement of two SYNs (RFC 9293 3.7.1, RFC 7323 2.2 and 3.2, RFC 2018 section 2), and the
// clock of time stamps.
#include "tcp/opening.h"

#include <algorithm>

#include "tcp/settings.h"

namespace acksu::tcp {
namespace {

constexpr std::uint8_t max_shift = 14;  // RFC 7323 2.3 (c)
// A peer that asks for less would make us send mostly headers. No host has to: each takes packets
// of 576 bytes (RFC 9293 3.7.1).
constexpr std::uint32_t smallest_mss = 224;

}  // namespace

std::uint8_t window_shift_for(BufferSize receive_buffer) {
  std::uint8_t shift = 0;
  while (shift < max_shift && (receive_buffer.most >> shift) > 0xffff) ++shift;
  return shift;
}

Agreement agree(const SegmentOptions& theirs, const Settings& settings, std::uint32_t default_mss) {
  Agreement agreement;
  agreement.peer_mss =
      theirs.mss == 0 ? default_mss : std::max<std::uint32_t>(theirs.mss, smallest_mss);
  // RFC 7323 2.2 (b): scaling only when both SYNs carry the option.
  agreement.window_scaling =
      settings.window_scaling && theirs.window_scale != SegmentOptions::no_window_scale;
  if (agreement.window_scaling) {
    agreement.send_shift = std::min(theirs.window_scale, max_shift);
    agreement.receive_shift = window_shift_for(settings.receive_buffer);
  }
  agreement.timestamps = settings.timestamps && theirs.has_timestamps;  // RFC 7323 3.2 (b)
  agreement.sack = settings.sack && theirs.sack_permitted;
  return agreement;
}

std::uint32_t timestamp_at(Instant now, std::uint32_t offset) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return static_cast<std::uint32_t>(milliseconds.count()) + offset;
}

}  // namespace acksu::tcp
