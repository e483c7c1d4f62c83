// What all algorithms of congestion control share: their names, and taking a reduction back.
#include "tcp/congestion.h"

#include <algorithm>

namespace acksu::tcp {
namespace {

const CongestionControl& control_of(CongestionAlgorithm algorithm) {
  switch (algorithm) {
    case CongestionAlgorithm::new_reno: return new_reno();
    case CongestionAlgorithm::cubic: return cubic();
    case CongestionAlgorithm::dctcp: return dctcp();
    case CongestionAlgorithm::bbr: return bbr();
  }
  return new_reno();
}

}  // namespace

const char* name(CongestionAlgorithm algorithm) { return control_of(algorithm).name(); }

std::optional<CongestionAlgorithm> congestion_named(std::string_view name) {
  for (std::size_t i = 0; i < congestion_algorithm_count; ++i) {
    const auto algorithm = static_cast<CongestionAlgorithm>(i);
    if (name == control_of(algorithm).name()) return algorithm;
  }
  return std::nullopt;
}

const CongestionControl& Congestion::control() const { return control_of(algorithm); }

std::uint32_t Congestion::grow_in_slow_start(const AckSample& sample, std::uint32_t divisor) {
  // RFC 3465 2.3 (b): after a time-out an ACK covers what arrived long ago, too.
  const std::uint32_t most = sample.is_after_time_out ? sample.mss : sample.acked_bytes;
  const std::uint32_t wish = std::min(sample.acked_bytes, most) / divisor;
  const std::uint32_t growth = std::min(wish, ssthresh - cwnd);
  cwnd = std::min(cwnd + growth, largest_congestion_window);
  return growth == wish || sample.is_after_time_out ? 0 : sample.acked_bytes - growth;
}

void Congestion::remember() {
  CongestionRecord& all = record.make();
  all.prior = {cwnd, ssthresh, all.cubic};
}

void Congestion::undo() {
  if (!record || record->prior.cwnd == 0) return;
  cwnd = std::max(cwnd, record->prior.cwnd);
  ssthresh = record->prior.ssthresh;
  record->cubic = record->prior.cubic;
  record->prior = {};
  control().on_undo(*this);
}

// Linux's practice: faster than the window allows on average, so that the window still rules.
std::uint64_t CongestionControl::pacing_rate(const Congestion& congestion, Duration srtt) const {
  const std::uint64_t percent = congestion.cwnd < congestion.ssthresh / 2 ? 200 : 120;
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds(srtt), 1));
  return congestion.cwnd * percent * 10'000'000 / time;
}

void Congestion::change_to(CongestionAlgorithm other) {
  if (algorithm == other) return;
  // A model has no threshold; a repair that goes on needs one to come down to.
  if (is_model_based()) ssthresh = cwnd;
  algorithm = other;
  acked = 0;
  record.reset();
}

void Congestion::digest(Digest& digest) const {
  digest.add_together(cwnd, ssthresh);
  digest.add_together(acked, algorithm);
  if (record) record->digest(digest);
}

void CongestionRecord::digest(Digest& digest) const {
  cubic.digest(digest);
  hystart.digest(digest);
  dctcp.digest(digest);
  if (bbr) bbr->digest(digest);
  digest.add_together(prior.cwnd, prior.ssthresh);
  prior.cubic.digest(digest);
}

}  // namespace acksu::tcp
