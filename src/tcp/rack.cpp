// RFC 8985 section 6.2.
#include "tcp/rack.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t duplicate_threshold = 3;      // RFC 5681 3.2
constexpr std::uint8_t recoveries_that_persist = 16;  // RFC 8985 6.2 (4)
constexpr std::uint8_t largest_multiplier = 64;
constexpr Duration min_rtt_window = 5min;  // RFC 8985 6.2 (1)

}  // namespace

void Rack::on_delivery(const Delivery& delivery, Instant now, bool is_echo_older) {
  if (delivery.latest_once()) {
    min_rtt_.add(now - delivery.latest_once()->at, now);
    take(*delivery.latest_once(), now);
  }
  // RFC 8985 6.2 (2): what was sent again and is answered sooner than anything can be, or with an
  // older time stamp, is answered for an earlier transmission.
  const std::optional<Transmission>& again = delivery.latest_again();
  if (again && !is_echo_older && now - again->at >= min_rtt()) take(*again, now);
  // RFC 8985 6.2 (3): text sent once arrives after text behind it.
  const std::optional<Seq>& lowest = delivery.lowest_once();
  const bool is_overtaken = lowest && highest_arrived_ && is_before(*lowest, *highest_arrived_);
  if (!delivery.highest()) return;
  highest_arrived_ =
      highest_arrived_ ? later(*highest_arrived_, *delivery.highest()) : *delivery.highest();
  if (!is_overtaken) return;
  has_seen_reordering_ = true;
  ++reorderings_;
  reordering_bytes_ = std::max(reordering_bytes_, bytes_between(*lowest, *highest_arrived_));
}

void Rack::take(const Transmission& transmission, Instant now) {
  rtt_ = now - transmission.at;
  if (!latest_ || is_later(transmission, *latest_)) latest_ = transmission;
}

void Rack::on_duplicate_report(Seq nxt) {
  if (is_in_duplicate_round_) return;
  is_in_duplicate_round_ = true;
  duplicate_round_ = nxt;
  if (multiplier_ < largest_multiplier) ++multiplier_;
  persistence_ = recoveries_that_persist;
}

void Rack::on_progress(Seq una) {
  if (is_in_duplicate_round_ && is_at_or_after(una, duplicate_round_)) {
    is_in_duplicate_round_ = false;
  }
}

void Rack::on_recovery_over() {
  if (persistence_ == 0 || --persistence_ > 0) return;
  multiplier_ = 1;
}

// RFC 8985 6.2 (4).
Duration Rack::reordering_window(const RackView& view) const {
  if (!has_seen_reordering_ && (view.is_recovering || view.sacked_pieces >= duplicate_threshold)) {
    return Duration::zero();
  }
  return std::min(min_rtt() / 4 * multiplier_, view.srtt);
}

void Rack::WindowedMinimum::add(Duration sample, Instant now) {
  if (now - since_ > min_rtt_window) {
    previous_ = now - since_ > 2 * min_rtt_window ? Duration::max() : current_;
    current_ = Duration::max();
    since_ = now;
  }
  current_ = std::min(current_, sample);
}

void Rack::WindowedMinimum::digest(Digest& digest) const {
  digest.add(current_);
  digest.add(previous_);
  digest.add(since_);
}

void Rack::digest(Digest& digest) const {
  if (latest_) {
    digest.add(latest_->at);
    digest.add_together(latest_->end);
  }
  digest.add(rtt_);
  min_rtt_.digest(digest);
  digest.add_together(duplicate_round_, highest_arrived_.value_or(Seq{}));
  digest.add_together(multiplier_, persistence_, highest_arrived_.has_value(), has_seen_reordering_,
                      is_in_duplicate_round_);
}

}  // namespace acksu::tcp
