// Sending at a rate, and what an algorithm with a model of the path is told: samples of the
// delivery rate, and losses (draft-ietf-ccwg-bbr 4.1).
#include "tcp/sender.h"

namespace acksu::tcp {
namespace {

// Without pacing the clock of ACKs rules. But where many come at once, because the network or the
// peer held them back or this host was late to read, what they set free would be one burst, which
// shallow queues do not hold. So large bursts are cut. Nearer peers are as near as timers are
// exact.
constexpr Duration least_rtt_of_a_limit = 1ms;

}  // namespace

void Sender::use(CongestionAlgorithm algorithm, const Settings& settings) {
  congestion_.change_to(algorithm);
  if (flight_) make_flight(settings);
}

// Text is there for the first time.
void Sender::begin_flight(const Context& context) {
  make_flight(context.settings);
  // The handshake's round trip is the shortest: a small probe may come back as soon.
  if (rtt_.has_sample()) flight_->rack.take_handshake(rtt_.srtt(), context.now);
}

// Nothing is known of how text fares, or under another algorithm.
void Sender::make_flight(const Settings& settings) {
  const SendTimes times = flight_ ? flight_->times : SendTimes{};
  Flight& flight = flight_.make();
  flight.times = times;
  flight.validation.begin(una());
  if (congestion_.is_model_based()) {
    flight.log.make();
  } else {
    flight.log.reset();
  }
  set_pace(settings);
}

// Who has never been allowed more than any connection may send at first, and knows nothing of its
// path that others do not know, begins anew with the next text: an idle end is to be small.
void Sender::rest(const Settings& settings) {
  if (!flight_ || queue_.queued() > 0 || phase_ != Phase::open) return;
  if (congestion_.cwnd > settings.initial_window_segments * mss_) return;
  if (!flight_->is_forgettable()) return;
  busy_before_ += flight_->times.waited_for(SendWait::acks, Instant{});
  flight_.reset();
}

void Sender::set_pace(const Settings& settings) {
  Pacer& pacer = flight_->pacer;
  const bool is_burst_feared = pacer.is_spreading() && !is_validated();
  if (settings.pacing || congestion_.is_model_based() || is_burst_feared) {
    pacer.set_rate(pacing_rate(), mss_);
  } else if (settings.burst_segments > 0 && rtt_.srtt() >= least_rtt_of_a_limit) {
    pacer.limit_bursts(2 * pacing_rate(), settings.burst_segments * mss_);
  } else if (pacer.is_on()) {
    pacer.set_rate(0, mss_);
  }
}

std::uint64_t Sender::pacing_rate() const {
  return congestion_.control().pacing_rate(congestion_, rtt_.srtt());
}

// Whether what both windows allow has to wait all the same; the timer tells when it need not.
bool Sender::must_keep_pace(Context& context, Timers& timers) {
  if (!flight_ || flight_->pacer.may_send(context.now) || flight_->is_tail_probe_owed) return false;
  limited_by_ = LimitedBy::pacing;
  const Instant due = flight_->pacer.next_at();
  if (timers[Timer::pacing] != due) timers.arm(Timer::pacing, due, context);
  return true;
}

AckSample Sender::ack_sample(const Feedback& feedback, const Context& context) const {
  return {.now = context.now,
          .mss = mss_,
          .acked_bytes = context.settings.grows_by_delivery
                             ? std::min(feedback.acked.bytes, feedback.delivered)
                             : feedback.acked.bytes,
          .in_flight = pipe(),
          .una = una(),
          .nxt = nxt(),
          .rtt = feedback.acked.rtt,
          .srtt = rtt_.srtt(),
          .is_after_time_out = feedback.is_after_time_out,
          .may_grow = feedback.is_after_time_out || is_window_used_,
          .is_recovering = phase_ != Phase::open,
          .is_paced = flight_ && flight_->pacer.is_spreading()};
}

void Sender::follow_model(const Feedback& feedback, std::uint32_t newly_lost, Context& context) {
  if (!flight_) return;
  DeliveryLog& log = *flight_->log;
  if (flight_->rack.min_rtt() != forever) log.set_min_rtt(flight_->rack.min_rtt());
  const std::optional<RateSample> rate =
      log.on_delivered(feedback.delivery, feedback.delivered, context.now);
  if (newly_lost > 0) tell_model_of_loss(newly_lost, context);
  if (!rate) return;
  AckSample sample = ack_sample(feedback, context);
  sample.rate = &*rate;
  const CongestionControl& control = congestion_.control();
  control.on_ack(congestion_, sample);
  if (control.is_holding_back(congestion_)) log.mark_application_limited(pipe());
  log.forget_before(queue_.oldest_sent());
  tell_congestion(context);
}

void Sender::tell_model_of_loss(std::uint32_t bytes, const Context& context) {
  if (!flight_ || !has_outstanding()) return;
  const LossSample loss = flight_->log->on_lost(bytes, queue_.newest_loss());
  congestion_.control().on_lost(congestion_, loss, {context.now, mss_, pipe()});
}

}  // namespace acksu::tcp
