// Which size is tried next, and what the sender makes of the outcome.
#include "tcp/path_probe.h"

#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t close_enough = 8;  // bytes between what passes and what does not
constexpr Duration search_again_after =
    10min;  // RFC 8899 5.1.1 PMTU_RAISE_TIMER, RFC 4821 7.3, RFC 1191 6.3
constexpr std::uint8_t most_losses = 2;
constexpr std::uint32_t black_hole_transmissions = 3;
// RFC 4821 7.4: so many full segments behind a probe tell that it was lost, and not all.
constexpr std::uint32_t segments_behind = 3;

}  // namespace

void PathProbe::begin(std::uint32_t ceiling) { ceiling_ = high_ = ceiling; }

void PathProbe::agree_on(std::uint32_t peer_mss, std::uint32_t option_bytes) {
  begin(std::min(ceiling_, peer_mss) - option_bytes);
}

void PathProbe::on_black_hole() {
  high_ = ceiling_;
  size_ = losses_ = 0;
  next_search_ = {};
}

void PathProbe::on_told(Instant now) {
  size_ = losses_ = 0;
  settle(now);
}

void PathProbe::settle(Instant now) {
  high_ = ceiling_;
  next_search_ = later_by(now, search_again_after);
}

std::uint32_t PathProbe::next_size(std::uint32_t low, Instant now) {
  if (is_under_way() || now < next_search_ || low >= ceiling_) return 0;
  if (high_ < low + close_enough && high_ < ceiling_) {
    settle(now);
    return 0;
  }
  return high_ == ceiling_ ? ceiling_ : low + (high_ - low + 1) / 2;
}

void PathProbe::on_sent(Seq start, std::uint32_t size) {
  start_ = start;
  size_ = size;
}

bool PathProbe::take_passed(Seq una) {
  if (!is_under_way() || is_before(una, start_ + size_)) return false;
  size_ = losses_ = 0;
  return true;
}

void PathProbe::on_lost() {
  if (++losses_ >= most_losses) {
    high_ = size_ - 1;
    losses_ = 0;
  }
  size_ = 0;
}

void PathProbe::digest(Digest& digest) const {
  digest.add_together(ceiling_, high_);
  digest.add_together(size_, start_);
  digest.add_together(losses_);
  digest.add(next_search_);
}

// ---- The sender's part --------------------------------------------------------------------------

PathProbe& Sender::make_path_probe() {
  PathProbe& probe = path_probe_.make();
  if (!probe.has_begun()) probe.begin(mss_);
  return probe;
}

// RFC 4821 7.7: full segments time out again and again, and nobody says why. They go again with
// what passes nearly everywhere (7.2), then with the least of their family.
void Sender::look_for_black_hole(Context& context) {
  if (path_probe_) path_probe_->forget();
  if (!context.settings.probes_path_mtu) return;
  if (queue_.front_transmissions() < black_hole_transmissions) return;
  const bool is_v4 = context.tuple->remote.address.is_v4();
  const std::uint32_t least =
      (is_v4 ? context.settings.least_mss_v4 : context.settings.least_mss_v6) - option_bytes();
  const std::uint32_t base = std::max(context.settings.base_mss - option_bytes(), least);
  const std::uint32_t smaller = mss_ > base ? base : least;
  if (mss_ <= smaller || queue_.front_text() <= smaller) return;
  make_path_probe().on_black_hole();
  ++context.counters.black_holes;
  set_path_mss(smaller, context);
}

void Sender::set_path_mss(std::uint32_t mss, Context& context) {
  mss_ = mss;
  context.path_mss = mss + option_bytes();
}

void Sender::hear_of_path_probe(Context& context) {
  const std::uint32_t size = path_probe_->size();
  if (!path_probe_->take_passed(una())) return;
  ++context.counters.path_probes_passed;
  set_path_mss(size, context);
}

// RFC 4821 7.6.2: lost, and only it. That is repaired without any less in flight.
bool Sender::take_path_probe_loss(std::uint32_t delivered, Context& context) {
  if (!path_probe_->is_under_way()) return false;
  if (queue_.first_lost() != path_probe_->start() || queue_.lost() > path_probe_->size()) {
    path_probe_->forget();
    return false;
  }
  path_probe_->on_lost();
  ++context.counters.path_probes_lost;
  begin_repair(delivered, context.settings);
  flight_->undo.forget();
  congestion_.ssthresh = std::max(congestion_.ssthresh, congestion_.cwnd);
  return true;
}

// Real text, more of it than segments have now.
bool Sender::next_path_probe(Segment& segment, Context& context) {
  if (phase_ != Phase::open || pipe() > congestion_.cwnd) return false;
  const std::uint32_t size = path_probe_->next_size(mss_, context.now);
  const std::uint32_t with_rest = size + segments_behind * mss_;
  if (size == 0 || queue_.record_room(with_rest) < with_rest || window_room() < with_rest ||
      congestion_.cwnd < with_rest || congestion_.cwnd - pipe() < size) {
    return false;
  }
  queue_.take_unsent({size, false}, context, segment);
  path_probe_->on_sent(segment.seq, size);
  ++context.counters.path_probes_sent;
  return true;
}

}  // namespace acksu::tcp
