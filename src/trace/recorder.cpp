// Joining departures and arrivals. Two frames may have the same bytes (a SYN sent again): an
// arrival belongs to the one that was under way for a time closest to the shortest way seen.
#include "trace/recorder.h"

#include <algorithm>

#include "base/digest.h"

namespace acksu::trace {
namespace {

std::uint64_t digest_of(Bytes bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.value();
}

Duration distance(Duration a, Duration b) { return a < b ? b - a : a - b; }

// Bytes in which two frames of equal length differ, at most `limit`.
std::size_t differences(Bytes a, Bytes b, std::size_t limit) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size() && count < limit; ++i) {
    if (a[i] != b[i]) ++count;
  }
  return count;
}

// Whether a router has marked it (RFC 3168), which changes the checksum of IPv4, and no more.
bool is_mark(const FrameRecord& sent, std::vector<std::uint8_t> arrived) {
  const std::size_t at = sent.summary.link_bytes;
  const bool is_v6 = sent.summary.is_ipv6;
  if (!sent.summary.is_ip() || arrived.size() < at + 12) return false;
  const std::uint8_t field = is_v6 ? 0x30 : 0x03;
  if ((arrived[at + 1] & field) != field) return false;
  arrived[at + 1] = sent.bytes[at + 1];
  if (!is_v6)
    std::copy_n(sent.bytes.begin() + static_cast<std::ptrdiff_t>(at) + 10, 2,
                arrived.begin() + static_cast<std::ptrdiff_t>(at) + 10);
  return arrived == sent.bytes;
}

}  // namespace

class Recorder::Ear : public HostObserver {
 public:
  Ear(Recorder& recorder, std::uint32_t host) : recorder_(recorder), host_(host) {}

  void on_move(Instant at, const FourTuple& tuple, const tcp::Row& row) override {
    recorder_.on_moved(at, host_, tuple, row);
  }
  void on_timer(Instant at, const FourTuple& tuple, const tcp::TimerSample& sample) override {
    recorder_.add(at, host_, tuple, TimerChanged{tuple, sample});
  }
  void on_congestion(Instant at, const FourTuple& tuple,
                     const tcp::CongestionSample& sample) override {
    recorder_.add(at, host_, tuple, CongestionChanged{tuple, sample});
  }
  void on_rtt(Instant at, const FourTuple& tuple, const tcp::RttSample& sample) override {
    recorder_.add(at, host_, tuple, RttMeasured{tuple, sample});
  }
  void on_window(Instant at, const FourTuple& tuple, const tcp::WindowSample& sample) override {
    recorder_.add(at, host_, tuple, WindowChanged{tuple, sample});
  }
  void on_silence(Instant at, const FourTuple& tuple, tcp::LimitedBy reason) override {
    recorder_.add(at, host_, tuple, FellSilent{tuple, reason});
  }
  void on_retransmission(Instant at, const FourTuple& tuple, const char* cause) override {
    recorder_.on_retransmission(at, host_, tuple, cause);
  }
  void on_memory(Instant at, const FourTuple& tuple, const char* what,
                 std::int64_t bytes) override {
    recorder_.add(at, host_, tuple, MemoryChanged{tuple, what, bytes});
  }
  void on_frame_in(Instant at, LinkId link, const Frame& frame) override {
    recorder_.on_arrived(at, host_, link, frame.bytes.flatten());
  }
  void on_verdict(Instant, LinkId, Drop drop) override { recorder_.on_verdict(host_, drop); }
  void on_frame_out(Instant at, LinkId link, const Frame& frame) override {
    recorder_.on_sent(at, host_, link, frame.bytes.flatten());
  }

 private:
  Recorder& recorder_;
  std::uint32_t host_;
};

Recorder::Recorder() = default;
Recorder::~Recorder() = default;

std::vector<LinkKind> link_kinds(const HostSettings& settings) {
  std::vector<LinkKind> kinds;
  for (const LinkSettings& link : settings.links) kinds.push_back(link.kind);
  return kinds;
}

HostObserver* Recorder::observer(std::uint32_t host, std::string name, std::string address,
                                 std::vector<LinkKind> links) {
  if (host >= ears_.size()) {
    ears_.resize(host + 1);
    trace_.hosts.resize(host + 1);
    current_.resize(host + 1);
  }
  if (!ears_[host]) ears_[host] = std::make_unique<Ear>(*this, host);
  trace_.hosts[host] = {std::move(name), std::move(address), std::move(links)};
  return ears_[host].get();
}

void Recorder::add(Instant at, std::uint32_t host, const FourTuple& tuple, What what) {
  if (!keeps(tuple)) return;
  Event event{at, host, nobody, std::move(what)};
  if (host != nobody && current_[host].frame != nobody) {
    event.cause = current_[host].frame;
    trace_.frames[event.cause].effects.push_back(static_cast<std::uint32_t>(trace_.events.size()));
  }
  trace_.events.push_back(std::move(event));
}

void Recorder::remark(Instant at, std::string english, std::string korean) {
  trace_.events.push_back({at, nobody, nobody, Remark{std::move(english), std::move(korean)}});
}

void Recorder::sent(Instant at, std::uint32_t host, Bytes frame) {
  on_sent(at, host, 0, {frame.begin(), frame.end()});
}

void Recorder::lost(Instant at, std::uint32_t host, Bytes frame, const char* how) {
  const auto found = by_digest_.find(digest_of(frame));
  if (found == by_digest_.end()) return;
  for (const std::uint32_t index : found->second) {
    FrameRecord& record = trace_.frames[index];
    const bool is_it =
        host == nobody ? record.is_lost() : record.sender == host && record.sent == at;
    if (!is_it || record.loss != nullptr) continue;
    record.loss = how;
    return;
  }
}

void Recorder::clear() {
  trace_.events.clear();
  trace_.frames.clear();
  std::fill(current_.begin(), current_.end(), Current{});
  by_digest_.clear();
  retransmissions_.clear();
}

void Recorder::on_sent(Instant at, std::uint32_t host, LinkId link,
                       std::vector<std::uint8_t> bytes) {
  const auto index = static_cast<std::uint32_t>(trace_.frames.size());
  FrameRecord record;
  record.link_kind = host == nobody ? LinkKind::ethernet : trace_.hosts[host].kind_of(link);
  record.summary = summarize(bytes, record.link_kind);
  if (!keeps(record.summary)) return;
  record.bytes = std::move(bytes);
  record.sender = host;
  record.link = link;
  record.sent = at;
  const Connection connection{host, record.summary.tuple};
  if (const auto state = states_.find(connection); state != states_.end()) {
    record.sender_state = state->second;
  }
  if (record.summary.kind == FrameKind::tcp) {
    record.retransmission = take_retransmission(connection, record.summary);
  }
  by_digest_[digest_of(record.bytes)].push_back(index);
  trace_.frames.push_back(std::move(record));
  trace_.events.push_back({at, host, nobody, FrameSent{index}});
}

void Recorder::on_arrived(Instant at, std::uint32_t host, LinkId link,
                          std::vector<std::uint8_t> bytes) {
  const LinkKind kind = trace_.hosts[host].kind_of(link);
  if (keeps_ && !keeps(summarize(bytes, kind))) return;
  Arrival arrival{host, link, at, Drop::none, {}, false};
  std::uint32_t index = find_departure(arrival, bytes);
  if (index == nobody) {
    index = find_changed(host, at, bytes);
    if (index != nobody) {
      arrival.changed_bytes = bytes;
      arrival.is_marked = is_mark(trace_.frames[index], bytes);
    }
  }
  if (index == nobody) {
    index = static_cast<std::uint32_t>(trace_.frames.size());
    FrameRecord record;
    record.link_kind = kind;
    record.summary = summarize(bytes, kind);
    record.bytes = std::move(bytes);
    record.sent = at;
    trace_.frames.push_back(std::move(record));
  }
  FrameRecord& record = trace_.frames[index];
  if (record.sender != nobody) shortest_way_ = std::min(shortest_way_, at - record.sent);
  const auto position = static_cast<std::uint32_t>(record.arrivals.size());
  record.arrivals.push_back(std::move(arrival));
  trace_.events.push_back({at, host, nobody, FrameArrived{index, position}});
  current_[host] = {index, position};
}

void Recorder::on_verdict(std::uint32_t host, Drop drop) {
  const Current current = std::exchange(current_[host], {});
  if (current.frame != nobody) {
    trace_.frames[current.frame].arrivals[current.arrival].verdict = drop;
  }
}

void Recorder::on_moved(Instant at, std::uint32_t host, const FourTuple& tuple,
                        const tcp::Row& row) {
  states_[{host, tuple}] = row.to;
  add(at, host, tuple, Moved{tuple, row});
}

void Recorder::on_retransmission(Instant at, std::uint32_t host, const FourTuple& tuple,
                                 const char* cause) {
  if (keeps(tuple)) retransmissions_[{host, tuple}].push_back(cause);
  add(at, host, tuple, Retransmitted{tuple, cause});
}

// Several may be announced before the first of them leaves; new segments may stand between them.
const char* Recorder::take_retransmission(const Connection& connection, const Summary& summary) {
  const SegmentNumbers numbers = numbers_.next(summary);
  const auto found = retransmissions_.find(connection);
  if (found == retransmissions_.end()) return nullptr;
  const char* cause = found->second.front();
  const bool is_probe = summary.is_pure_ack() && std::string_view{cause} == "window probe";
  if (!numbers.is_again && !is_probe) return nullptr;
  found->second.pop_front();
  if (found->second.empty()) retransmissions_.erase(found);
  return cause;
}

std::uint32_t Recorder::find_departure(const Arrival& arrival, Bytes bytes) const {
  const std::uint32_t host = arrival.host;
  const Instant at = arrival.at;
  const bool is_loopback = trace_.hosts[host].kind_of(arrival.link) == LinkKind::loopback;
  const auto found = by_digest_.find(digest_of(bytes));
  if (found == by_digest_.end()) return nobody;
  const Duration way = shortest_way_ == forever ? Duration{} : shortest_way_;
  std::uint32_t best = nobody;
  for (const std::uint32_t index : found->second) {
    const FrameRecord& record = trace_.frames[index];
    if ((record.sender == host) != is_loopback) continue;
    if (record.loss != nullptr || record.sent > at) continue;
    if (best == nobody) best = index;
    const FrameRecord& other = trace_.frames[best];
    // One that has not arrived yet comes first; then the likelier time under way.
    if (record.is_lost() != other.is_lost()) {
      if (record.is_lost()) best = index;
    } else if (distance(at - record.sent, way) < distance(at - other.sent, way)) {
      best = index;
    }
  }
  return best;
}

// A cable flips single bits, and a router marks; anything that differs more came from elsewhere.
std::uint32_t Recorder::find_changed(std::uint32_t host, Instant at,
                                     const std::vector<std::uint8_t>& bytes) const {
  constexpr std::size_t recent = 1000;
  const std::size_t count = trace_.frames.size();
  for (std::size_t i = count - std::min(count, recent); i < count; ++i) {
    const FrameRecord& record = trace_.frames[i];
    if (record.sender == nobody || record.sender == host || record.sent > at) continue;
    if (!record.is_lost() || record.bytes.size() != bytes.size()) continue;
    if (differences(record.bytes, bytes, 2) == 1 || is_mark(record, bytes)) {
      return static_cast<std::uint32_t>(i);
    }
  }
  return nobody;
}

}  // namespace acksu::trace
