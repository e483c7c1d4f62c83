// Samples of the delivery rate: the slower of how fast something was sent and how fast it arrived.
#include "tcp/delivery_log.h"

#include <algorithm>

namespace acksu::tcp {
namespace {

const Transmission* newest_of(const Delivery& delivery) {
  const std::optional<Transmission>&once = delivery.latest_once(), &again = delivery.latest_again();
  const bool is_once = once && (!again || is_later(*once, *again));
  if (is_once) return &*once;
  return again ? &*again : nullptr;
}

}  // namespace

void DeliveryLog::on_sent(std::uint32_t bytes, std::uint32_t in_flight, Instant now,
                          BufferPool& pool) {
  if (!sendings_.is_empty() && sendings_.back().at == now) {
    sendings_.back().tx_in_flight = in_flight;
    return;
  }
  if (in_flight <= bytes) first_sent_at_ = delivered_at_ = now;
  sendings_.push_back(pool, {.at = now,
                             .first_at = first_sent_at_,
                             .delivered_at = delivered_at_,
                             .delivered = delivered_,
                             .lost = lost_,
                             .tx_in_flight = in_flight,
                             .is_application_limited = is_application_limited()});
}

std::optional<RateSample> DeliveryLog::on_delivered(const Delivery& delivery, std::uint32_t bytes,
                                                    Instant now) {
  if (bytes == 0) return std::nullopt;
  delivered_ += bytes;
  delivered_at_ = now;
  RateSample sample{.delivered = delivered_, .prior_delivered = delivered_};
  sample.newly_delivered = bytes;
  sample.is_application_limited = is_application_limited();
  if (delivery.latest_once()) sample.rtt = now - delivery.latest_once()->at;
  const Transmission* newest = newest_of(delivery);
  const Sending* sending = newest == nullptr ? nullptr : sent_at(newest->at);
  if (sending != nullptr) {
    first_sent_at_ = sending->at;
    sample.prior_delivered = sending->delivered;
    sample.tx_in_flight = sending->tx_in_flight;
    sample.lost = static_cast<std::uint32_t>(lost_ - sending->lost);
    sample.is_application_limited = sending->is_application_limited;
    sample.bytes_per_second = rate_of(*sending, now);
    if (sample.bytes_per_second > 0) bytes_per_second_ = sample.bytes_per_second;
  }
  if (is_application_limited() && delivered_ > application_limited_until_) {
    application_limited_until_ = 0;
  }
  return sample;
}

std::uint64_t DeliveryLog::rate_of(const Sending& sending, Instant now) const {
  const Duration elapsed =
      std::max<Duration>(sending.at - sending.first_at, now - sending.delivered_at);
  if (elapsed < min_rtt_ || elapsed <= Duration::zero()) return 0;
  const std::uint64_t bytes = std::min<std::uint64_t>(delivered_ - sending.delivered, 1u << 31);
  return bytes * 1'000'000'000 / static_cast<std::uint64_t>(nanoseconds(elapsed));
}

LossSample DeliveryLog::on_lost(std::uint32_t bytes, Instant newest) {
  lost_ += bytes;
  LossSample sample{.delivered = delivered_, .newly_lost = bytes};
  if (const Sending* sending = sent_at(newest); sending != nullptr) {
    sample.tx_in_flight = sending->tx_in_flight;
    sample.lost = static_cast<std::uint32_t>(lost_ - sending->lost);
    sample.is_application_limited = sending->is_application_limited;
  }
  return sample;
}

void DeliveryLog::forget_before(Instant oldest) {
  while (!sendings_.is_empty() && sendings_.front().at < oldest) sendings_.pop_front();
}

const DeliveryLog::Sending* DeliveryLog::sent_at(Instant at) const {
  std::uint32_t low = 0, high = sendings_.size();
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (sendings_[middle].at < at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < sendings_.size() && sendings_[low].at == at ? &sendings_[low] : nullptr;
}

void DeliveryLog::digest(Digest& digest) const {
  for (std::uint32_t i = 0; i < sendings_.size(); ++i) {
    const Sending& sending = sendings_[i];
    for (const Instant each : {sending.at, sending.first_at, sending.delivered_at}) {
      digest.add(each);
    }
    digest.add(sending.delivered);
    digest.add(sending.lost);
    digest.add_together(sending.tx_in_flight, sending.is_application_limited);
  }
  digest.add(delivered_);
  digest.add(lost_);
  digest.add(application_limited_until_);
  digest.add(delivered_at_);
  digest.add(first_sent_at_);
  digest.add(bytes_per_second_);
  digest.add(min_rtt_);
}

}  // namespace acksu::tcp
