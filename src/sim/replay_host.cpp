// Arrivals, calls and time for one host.
#include "sim/replay_host.h"

#include <algorithm>
#include <array>

#include "tcp/opening.h"
#include "trace/summary.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

namespace acksu::sim {
namespace {

constexpr LinkId only_link = 0;
constexpr std::uint8_t recorded_hop_limit = 64;
constexpr std::uint32_t most_packet_bytes = 65535;
constexpr Instant begin_of_replay{1s};

bool is_opened_by(const RecordedFlow& flow, End end) {
  return end == End::client || flow.first(end, Flags::syn) != nullptr;
}

// The addresses are ours, so that none is of the kind that no wire may bring.
bool is_v4(const RecordedFlow& flow) { return flow.tuple.local.address.is_v4(); }
Endpoint own_endpoint(const RecordedFlow& flow, End end) {
  const std::uint16_t port = end == End::client ? flow.tuple.local.port : flow.tuple.remote.port;
  return {is_v4(flow) ? IpAddress::v4(10, 0, 0, 1) : *parse_ip("fd00::1"), port};
}
Endpoint peer_endpoint(const RecordedFlow& flow, End end) {
  const std::uint16_t port = end == End::client ? flow.tuple.remote.port : flow.tuple.local.port;
  return {is_v4(flow) ? IpAddress::v4(10, 0, 0, 2) : *parse_ip("fd00::2"), port};
}

std::uint32_t mtu_for(const RecordedSegment& syn, bool is_v4) {
  const std::uint32_t headers = (is_v4 ? 20u : 40u) + wire::tcp_header_size;
  const std::uint32_t mss = syn.segment.options.mss == 0 ? 1460u : syn.segment.options.mss;
  return std::clamp(mss + headers, is_v4 ? 576u : 1280u, most_packet_bytes);
}

// RFC 7323 2.3: the scale tells how large a window may become, the SYN how large it begins.
void offer_window(const RecordedSegment& syn, tcp::Settings& tcp) {
  const SegmentOptions& options = syn.segment.options;
  tcp.window_scaling = options.window_scale != SegmentOptions::no_window_scale;
  const std::uint32_t shift = tcp.window_scaling ? options.window_scale : 0u;
  tcp::BufferSize& buffer = tcp.receive_buffer;
  if (tcp::window_shift_for(buffer) != shift) {
    buffer.most = 0xffffu << std::min<std::uint32_t>(shift, 14);
  }
  const std::uint32_t window = syn.segment.window;
  if (std::min(buffer.first, 0xffffu) != window) buffer.first = std::max(window, 1u);
  buffer.most = std::max(buffer.most, buffer.first);
}

// In front of a segment.
std::vector<std::uint8_t> ip_header(const FourTuple& way, std::uint8_t dscp_ecn,
                                    std::uint32_t payload) {
  std::vector<std::uint8_t> bytes(way.local.address.is_v4() ? wire::Ipv4Header::size
                                                            : wire::Ipv6Header::size);
  if (way.local.address.is_v4()) {
    wire::Ipv4Header header;
    header.dscp_ecn = dscp_ecn;
    header.total_length = static_cast<std::uint16_t>(wire::Ipv4Header::size + payload);
    header.ttl = recorded_hop_limit;
    header.protocol = wire::IpProtocol::tcp;
    header.source = way.local.address;
    header.destination = way.remote.address;
    wire::write(header, bytes);
    return bytes;
  }
  wire::write(wire::Ipv6Header{.traffic_class = dscp_ecn,
                               .payload_length = static_cast<std::uint16_t>(payload),
                               .next_header = wire::IpProtocol::tcp,
                               .hop_limit = recorded_hop_limit,
                               .source = way.local.address,
                               .destination = way.remote.address},
              bytes);
  return bytes;
}

}  // namespace

HostSettings settings_like(const RecordedFlow& flow, End end, HostSettings settings) {
  const Endpoint own = own_endpoint(flow, end);
  LinkSettings link;
  link.name = "capture";
  link.kind = LinkKind::ip;
  link.addresses = {{own.address, static_cast<std::uint8_t>(is_v4(flow) ? 24 : 64)}};
  link.ipv6.duplicate_probes = 0;
  link.ipv6.router_solicitations = 0;
  link.ipv6.believes_routers = false;
  settings.name = "acksu";
  if (is_opened_by(flow, end)) {
    const RecordedSegment& syn = *flow.first(end, Flags::syn);
    const SegmentOptions& options = syn.segment.options;
    link.mtu = mtu_for(syn, is_v4(flow));
    // A SYN+ACK that does not offer what was not asked for tells nothing.
    const bool is_answer = syn.has(Flags::ack);
    const SegmentOptions asked = flow.first(End::client, Flags::syn)->segment.options;
    if (!is_answer || asked.has_timestamps) settings.tcp.timestamps = options.has_timestamps;
    if (!is_answer || asked.sack_permitted) settings.tcp.sack = options.sack_permitted;
    offer_window(syn, settings.tcp);
    const std::uint16_t ecn = syn.segment.flags.bits & (Flags::ece | Flags::cwr);
    if (ecn == 0) {
      settings.tcp.ecn = tcp::EcnPolicy::off;
    } else if (!is_answer) {
      settings.tcp.ecn = syn.has(Flags::ae) ? tcp::EcnPolicy::ask_accurate : tcp::EcnPolicy::ask;
    }
  }
  settings.links = {link};
  return settings;
}

ReplayHost::ReplayHost(const RecordedFlow& flow, End end, const HostSettings& settings)
    : flow_(flow),
      own_(own_endpoint(flow, end)),
      peer_(peer_endpoint(flow, end)),
      pool_(std::make_shared<BufferPool>()),
      host_(settings, {SipKey{1, 2}, 3}, pool_) {
  const Instant first = flow.segments.front().at;
  shift_ = first - first.time_since_epoch() % 1s - begin_of_replay;  // milliseconds begin together
  now_ = own_time(first);
  for (const RecordedSegment& each : flow.segments) {
    if (each.from != end) continue;
    if (each.has(Flags::syn)) recorded_isn_ = each.segment.seq;
    if (each.segment.options.has_timestamps) {
      clock_.try_emplace(each.segment.options.timestamps.value, each.at);
    }
  }
}

// ---- Time ---------------------------------------------------------------------------------------

void ReplayHost::play(const ReplayScript& script, Duration more) {
  has_nagle_ = script.has_nagle;
  if (script.is_listening) {
    const Result<Handle> listener = host_.listen(own_, {}, now_);
    if (listener) listener_ = *listener;
  }
  for (std::size_t i = 0; i < script.steps.size();) {
    const Instant at = own_time(script.steps[i].at);
    advance_to(at);
    // What arrives together, and what the application does about it, before anything is said.
    bool has_called = false;
    for (; i < script.steps.size() && own_time(script.steps[i].at) <= at; ++i) {
      const bool is_arrival = script.steps[i].kind == ReplayStep::Kind::arrival;
      if (is_arrival && has_called) break;
      has_called = !is_arrival;
      take(script.steps[i]);
    }
    settle();
  }
  advance_to(now_ + more);
}

void ReplayHost::advance_to(Instant until) {
  while (host_.deadline() <= until) {
    now_ = std::max(now_, host_.deadline());
    settle();
  }
  now_ = std::max(now_, until);
}

// All that is due, and all that is to be said about it, in one instant.
void ReplayHost::settle() {
  constexpr int most_turns = 1000;
  for (int turn = 0; turn < most_turns; ++turn) {
    if (host_.deadline() <= now_) host_.on_time(now_);
    serve_application();
    const bool has_spoken = emit();
    if (has_spoken && early_ack_) repeat_early_ack();
    if (!has_spoken && host_.deadline() > now_) return;
  }
  ++unsettled_;
}

// ---- The application ----------------------------------------------------------------------------

void ReplayHost::take(const ReplayStep& step) {
  if (step.kind == ReplayStep::Kind::arrival) {
    arrive(flow_.segments[step.segment]);
    return serve_application();
  }
  waiting_.push_back(&step);
  call_what_waits();
}

void ReplayHost::call_what_waits() {
  std::size_t done = 0;
  while (done < waiting_.size() && call(*waiting_[done])) ++done;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
}

// False: it has to wait.
bool ReplayHost::call(const ReplayStep& step) {
  if (step.kind == ReplayStep::Kind::connect) {
    const Result<Handle> handle = host_.connect(peer_, {.local = own_}, now_);
    if (handle) connection_ = *handle;
    if (handle) host_.set_options(connection_, {.nodelay = !has_nagle_}, now_);
    return true;
  }
  if (!connection_) return false;
  if (step.kind == ReplayStep::Kind::abort) {
    host_.abort(connection_, now_);
    return true;
  }
  if (step.kind == ReplayStep::Kind::write) {
    rest_.insert(rest_.end(), step.text.begin(), step.text.end());
    write_rest();
    return true;
  }
  write_rest();
  if (!rest_.empty()) return false;
  if (step.kind == ReplayStep::Kind::close) {
    host_.close(connection_, now_);
  } else {
    host_.shutdown_write(connection_, now_);
  }
  return true;
}

// Whoever was told that there is no room waits to be told that there is.
void ReplayHost::write_rest() {
  while (!rest_.empty() && may_write_) {
    const Result<std::uint32_t> taken = host_.write(connection_, rest_, now_);
    if (!taken) {
      may_write_ = false;
      return;
    }
    rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(*taken));
  }
}

// It accepts, reads and writes as soon as it can.
void ReplayHost::serve_application() {
  while (const std::optional<SocketEvent> event = host_.next_event()) {
    may_write_ |= event->readiness.has(Readiness::writable | Readiness::connected);
  }
  if (listener_ && !connection_) {
    const Result<Handle> accepted = host_.accept(listener_, now_);
    if (accepted) connection_ = *accepted;
    if (accepted) host_.set_options(connection_, {.nodelay = !has_nagle_}, now_);
  }
  if (!connection_) return;
  std::array<std::uint8_t, 16384> bytes;
  for (;;) {
    const Result<std::uint32_t> count = host_.read(connection_, bytes, now_);
    if (!count || *count == 0) break;
  }
  write_rest();
  call_what_waits();
}

// ---- What the peer sends ------------------------------------------------------------------------

void ReplayHost::arrive(const RecordedSegment& recorded) {
  Segment segment = recorded.segment;
  fit(segment);
  last_of_peer_ = segment;
  last_of_peer_.seq = recorded.text_end() + (recorded.has(Flags::fin) ? 1u : 0u);
  absorb(segment, recorded.text, recorded.dscp_ecn);
}

void ReplayHost::absorb(Segment& segment, Bytes text, std::uint8_t dscp_ecn) {
  if (!text.empty()) segment.text.append(pool_->copy_of(text));
  segment.text_sum = sum_of(text);
  std::vector<std::uint8_t> header(wire::tcp_header_bytes(segment.options, segment.flags));
  wire::write_tcp(segment, {peer_.address, own_.address}, header);
  const auto payload = static_cast<std::uint32_t>(header.size() + text.size());
  std::vector<std::uint8_t> packet = ip_header({peer_, own_}, dscp_ecn, payload);
  packet.insert(packet.end(), header.begin(), header.end());
  packet.insert(packet.end(), text.begin(), text.end());
  if (packet.size() > most_packet_bytes) return;
  Frame frame{BufferChain{pool_->copy_of(packet)}, 0, false};
  host_.absorb(only_link, {&frame, 1}, now_);
}

void ReplayHost::fit(Segment& segment) {
  if (!isn_ || !recorded_isn_) return;
  if (segment.has(Flags::ack)) fit_ack(segment);
  fit_sacks(segment.options.sack);
  Timestamps& stamps = segment.options.timestamps;
  if (segment.options.has_timestamps && segment.has(Flags::ack)) {
    stamps.echo_reply = fitted_echo(stamps.echo_reply);
  }
}

// The peer may have heard more from the recorded end than ours has said so far.
void ReplayHost::fit_ack(Segment& segment) {
  const Seq whole = *isn_ + bytes_between(*recorded_isn_, segment.ack);
  segment.ack = whole;
  if (!is_after(whole, nxt_)) return;
  segment.ack = nxt_;
  early_ack_ = whole;
  ++early_acks_;
}

// Once our end has said more of what the peer has acknowledged.
void ReplayHost::repeat_early_ack() {
  Segment ack = last_of_peer_;
  ack.flags.bits = Flags::ack;
  ack.options.sack.clear();
  ack.ack = earlier(*early_ack_, nxt_);
  if (ack.options.has_timestamps && stamp_offset_) {
    ack.options.timestamps.echo_reply = tcp::timestamp_at(now_, *stamp_offset_);
  }
  if (!is_after(*early_ack_, nxt_)) early_ack_.reset();
  absorb(ack, {}, 0);
}

void ReplayHost::fit_sacks(SackBlocks& blocks) const {
  const SackBlocks recorded = blocks;
  blocks.clear();
  for (const SackBlock& block : recorded) {
    const Seq start = *isn_ + bytes_between(*recorded_isn_, block.start);
    const Seq end = *isn_ + bytes_between(*recorded_isn_, block.end);
    if (is_before(start, nxt_)) blocks.push_back({start, earlier(end, nxt_)});
  }
}

// The stamp that our clock had when the recorded end has sent what is echoed.
std::uint32_t ReplayHost::fitted_echo(std::uint32_t echo) const {
  const auto stamped = clock_.find(echo);
  if (!stamp_offset_ || stamped == clock_.end()) return echo;
  return tcp::timestamp_at(own_time(stamped->second), *stamp_offset_);
}

// ---- What our end says --------------------------------------------------------------------------

bool ReplayHost::emit() {
  constexpr std::size_t burst = 64;
  bool has_spoken = false;
  while (host_.emit(only_link, frames_, burst, now_) > 0) {
    has_spoken = true;
    for (const Frame& frame : frames_) hear(frame);
    frames_.clear();
  }
  return has_spoken;
}

void ReplayHost::hear(const Frame& frame) {
  const std::vector<std::uint8_t> bytes = frame.bytes.flatten();
  const trace::Summary summary = trace::summarize(bytes, LinkKind::ip);
  if (summary.kind != trace::FrameKind::tcp || summary.tuple != FourTuple{own_, peer_}) return;
  Segment segment = summary.tcp;
  const std::uint8_t tos = summary.is_ipv6 ? summary.ipv6.traffic_class : summary.ip.dscp_ecn;
  segment.ecn = static_cast<Ecn>(tos & 3);
  if (segment.has(Flags::syn)) isn_ = segment.seq;
  if (segment.has(Flags::syn) && segment.options.has_timestamps && !stamp_offset_) {
    stamp_offset_ = segment.options.timestamps.value - tcp::timestamp_at(now_, 0);
  }
  const Seq end = segment.end() + summary.text_bytes;
  nxt_ = segment.has(Flags::syn) ? end : later(nxt_, end);
  said_.push_back({now_ + shift_, segment, summary.text_bytes});
}

}  // namespace acksu::sim
