// How fast the path delivers (draft-ietf-ccwg-bbr 4.1): what was sent when, and how much had
// arrived by then, so that each ACK gives one sample of the rate. One entry stands for all that was
// sent at one time. Kept only for algorithms with a model of the path.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/digest.h"
#include "base/ring.h"
#include "base/time.h"
#include "tcp/delivery.h"

namespace acksu::tcp {

// RS, from the newest transmission that an ACK reports.
struct RateSample {
  std::uint64_t bytes_per_second = 0;  // 0: no reliable one
  std::uint64_t delivered = 0;         // in all, with this ACK
  std::uint64_t prior_delivered = 0;   // in all, when that was sent
  std::uint32_t newly_delivered = 0;   // by this ACK
  std::uint32_t tx_in_flight = 0;      // when that was sent, with it
  std::uint32_t lost = 0;              // since that was sent
  std::optional<Duration> rtt{};       // if that was sent once
  bool is_application_limited = false;

  std::uint32_t delivered_since() const {
    return static_cast<std::uint32_t>(delivered - prior_delivered);
  }
};

// The same of what was found lost at one time, from the newest of it.
struct LossSample {
  std::uint64_t delivered = 0;
  std::uint32_t newly_lost = 0;
  std::uint32_t tx_in_flight = 0;
  std::uint32_t lost = 0;
  bool is_application_limited = false;
};

class DeliveryLog {
 public:
  // Text was sent; `in_flight`: with it.
  void on_sent(std::uint32_t bytes, std::uint32_t in_flight, Instant now, BufferPool& pool);
  // An ACK reports `delivery`, `bytes` in all. Nothing: it reports nothing new.
  std::optional<RateSample> on_delivered(const Delivery& delivery, std::uint32_t bytes,
                                         Instant now);
  // `newest`: when the newest of it was sent.
  LossSample on_lost(std::uint32_t bytes, Instant newest);
  // A sample over less time than a round trip says nothing.
  void set_min_rtt(Duration min_rtt) { min_rtt_ = min_rtt; }
  // What is sent from now on, and what is under way, does not fill the path.
  void mark_application_limited(std::uint32_t in_flight) {
    application_limited_until_ = std::max<std::uint64_t>(delivered_ + in_flight, 1);
  }
  bool is_application_limited() const { return application_limited_until_ > 0; }
  // Nothing that was sent before that time is under way any more.
  void forget_before(Instant oldest);

  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t bytes_per_second() const { return bytes_per_second_; }  // of the last sample
  void digest(Digest& digest) const;

 private:
  struct Sending {
    Instant at{};            // P.send_time
    Instant first_at{};      // P.first_send_time
    Instant delivered_at{};  // P.delivered_time
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    std::uint32_t tx_in_flight = 0;
    bool is_application_limited = false;
  };
  const Sending* sent_at(Instant at) const;
  std::uint64_t rate_of(const Sending& sending, Instant now) const;

  Ring<Sending> sendings_;  // in the order of time
  std::uint64_t delivered_ = 0, lost_ = 0;
  std::uint64_t application_limited_until_ = 0;  // C.app_limited
  std::uint64_t bytes_per_second_ = 0;
  Instant delivered_at_{}, first_sent_at_{};
  Duration min_rtt_{};
};

}  // namespace acksu::tcp
