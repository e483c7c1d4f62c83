// Making cookies and taking them back.
#include "tcp/cookie.h"

#include <algorithm>
#include <array>

#include "tcp/accurate_ecn.h"
#include "tcp/half_open.h"

namespace acksu::tcp {
namespace {

// MSS values that a cookie can say: those common in the field, and the smallest that `agree` gives.
// The peer's is rounded down.
constexpr std::array<std::uint16_t, 8> mss_values{224, 536, 1024, 1220, 1360, 1440, 1460, 8960};

constexpr std::uint32_t option_mask = 63;
constexpr std::uint32_t sack_bit = 16;
constexpr std::uint32_t no_scale = 15;

constexpr std::uint32_t mss_index_of(std::uint32_t mss) {
  std::uint32_t index = 0;
  while (index + 1 < mss_values.size() && mss_values[index + 1] <= mss) ++index;
  return index;
}

constexpr std::uint32_t option_bits_of(const Agreement& agreement) {
  if (!agreement.timestamps) return 0;
  return (agreement.window_scaling ? agreement.send_shift : no_scale) |
         (agreement.sack ? sack_bit : 0);
}

std::uint64_t epoch_of(Instant now) {
  return static_cast<std::uint64_t>(now.time_since_epoch() / Cookies::epoch_length);
}

// Our clock with its low bits replaced; never ahead of the clock, so that time stamps never go
// back.
constexpr std::uint32_t stamp_with(std::uint32_t clock, std::uint32_t option_bits) {
  const std::uint32_t stamp = (clock & ~option_mask) | option_bits;
  return option_bits > (clock & option_mask) ? stamp - (option_mask + 1) : stamp;
}

}  // namespace

Seq Cookies::cookie(const FourTuple& tuple, const Content& content) const {
  const std::array<std::uint64_t, 8> words{
      tuple.local.address.high(),
      tuple.local.address.low(),
      tuple.remote.address.high(),
      tuple.remote.address.low(),
      (std::uint64_t{tuple.local.port} << 16) | tuple.remote.port,
      content.irs.value(),
      content.epoch,
      (std::uint64_t{content.mss_index} << 32) | (std::uint64_t{content.option_bits} << 1) |
          std::uint64_t{content.has_timestamps},
  };
  const auto code = static_cast<std::uint32_t>(siphash_2_4(key_, words)) & ~15u;
  return Seq{code | static_cast<std::uint32_t>((content.epoch & 1) << 3) | content.mss_index};
}

Segment Cookies::syn_ack(const Segment& syn, const Opening& opening, BufferSize receive_buffer,
                         const Context& context) {
  const Agreement agreement = agree(syn.options, context.settings, default_mss_of(opening.tuple));
  const FourTuple& tuple = opening.tuple;
  const Content content{.irs = syn.seq,
                        .epoch = epoch_of(context.now),
                        .mss_index = mss_index_of(agreement.peer_mss),
                        .option_bits = option_bits_of(agreement),
                        .has_timestamps = agreement.timestamps};
  Segment segment;
  segment.source_port = tuple.local.port;
  segment.destination_port = tuple.remote.port;
  segment.flags.set(Flags::syn | Flags::ack);
  segment.seq = cookie(tuple, content);
  segment.ack = syn.seq + 1;
  segment.window = syn_window(receive_buffer);
  segment.options.mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(opening.mss, 0xffff));
  if (agreement.timestamps) {
    segment.options.has_timestamps = true;
    segment.options.sack_permitted = agreement.sack;
    if (agreement.window_scaling) {
      segment.options.window_scale = window_shift_for(receive_buffer);
    }
    const std::uint32_t clock = timestamp_at(context.now, opening.timestamp_offset);
    segment.options.timestamps = {stamp_with(clock, content.option_bits),
                                  syn.options.timestamps.value};
  }
  const EcnAgreement ecn = ecn_for_syn(syn, context.settings.ecn);
  if (ecn.mode == EcnMode::accurate) {
    MarkCounter{ecn}.fill_handshake(segment,
                                    context.settings.acc_ecn_options != AccEcnOptions::none);
  }
  pressed_until_ = context.now + 2 * epoch_length;
  ++context.counters.cookies_sent;
  return segment;
}

std::optional<Cookies::Content> Cookies::open(const Segment& segment, const Opening& opening,
                                              Instant now) const {
  const std::uint32_t iss = segment.ack.value() - 1;
  Content content{.irs = segment.seq - 1, .epoch = epoch_of(now), .mss_index = iss & 7};
  // Before the first epoch there was none, and no cookie is of it.
  if ((content.epoch & 1) != ((iss >> 3) & 1)) --content.epoch;
  content.has_timestamps = segment.options.has_timestamps;
  if (content.has_timestamps) {
    const std::uint32_t echo = segment.options.timestamps.echo_reply;
    const std::uint32_t age = timestamp_at(now, opening.timestamp_offset) - echo;
    constexpr auto oldest = static_cast<std::uint32_t>(2 * epoch_length / 1ms) + option_mask + 1;
    if (age > oldest) return std::nullopt;
    content.option_bits = echo & option_mask;
  }
  if (cookie(opening.tuple, content).value() != iss) return std::nullopt;
  return content;
}

bool Cookies::may_look(Instant now) {
  if (now >= second_ends_) {
    second_ends_ = now + 1s;
    failures_ = 0;
  }
  return failures_ < max_failures_per_second;
}

std::optional<Accepted> Cookies::accept(const Segment& segment, Opening& opening,
                                        BufferSize receive_buffer, const Context& context) {
  constexpr std::uint16_t judged = Flags::syn | Flags::ack | Flags::rst;
  if ((segment.flags.bits & judged) != Flags::ack || !is_pressed(context.now)) return std::nullopt;
  if (!may_look(context.now)) {
    ++context.counters.cookies_refused;
    return std::nullopt;
  }
  const std::optional<Content> content = open(segment, opening, context.now);
  if (!content) {
    ++failures_;
    ++context.counters.cookies_refused;
    return std::nullopt;
  }
  ++context.counters.cookies_accepted;
  opening.iss = segment.ack - 1;

  Accepted accepted;
  accepted.irs = content->irs;
  accepted.offered_window = syn_window(receive_buffer);
  accepted.agreement.peer_mss = mss_values[content->mss_index];
  accepted.agreement.timestamps = content->has_timestamps;
  // RFC 9768 5.1: who had not agreed to it says 0 there, or 1.
  if (context.settings.ecn != EcnPolicy::off && segment.flags.ace() > 1) {
    accepted.agreement.ecn.mode = EcnMode::accurate;
  }
  if (content->has_timestamps) {
    accepted.ts_recent = segment.options.timestamps.value;
    accepted.agreement.sack = (content->option_bits & sack_bit) != 0;
    const std::uint32_t scale = content->option_bits & 15;
    accepted.agreement.window_scaling = scale != no_scale;
    if (accepted.agreement.window_scaling) {
      accepted.agreement.send_shift = static_cast<std::uint8_t>(scale);
      accepted.agreement.receive_shift = window_shift_for(receive_buffer);
    }
  }
  return accepted;
}

void Cookies::digest(Digest& digest) const {
  digest.add(pressed_until_);
  digest.add(second_ends_);
  digest.add_together(failures_);
}

}  // namespace acksu::tcp
