// The model's network and its rule: a SYN opens.
#include "tools/two_way.h"

#include <algorithm>

namespace acksu::tools {
namespace {

constexpr std::uint32_t model_iss = 1'000'000;

}  // namespace

TwoWayServer::TwoWayServer(Stage& stage, std::uint32_t column, TwoWaySettings settings)
    : stage_(stage),
      column_observer_(stage.recorder().observer(column, "server (model)", "10.0.0.2")),
      column_(column),
      settings_(settings) {
  stage_.watch(this);
}

void TwoWayServer::on_frame(Instant now, sim::Port, Way way, const Frame& frame) {
  if (way != Way::out) return;
  Arrival arrival{now + settings_.delay, frame};
  const std::optional<sim::TcpPacket> packet = sim::read_tcp(frame);
  if (packet && packet->segment.has(Flags::syn) && syns_++ == 0) {
    arrival.at += settings_.first_syn_delay;
  }
  const auto place = std::upper_bound(
      arrivals_.begin(), arrivals_.end(), arrival,
      [](const Arrival& left, const Arrival& right) { return left.at < right.at; });
  arrivals_.insert(place, std::move(arrival));
}

void TwoWayServer::run_until(Instant until) {
  while (true) {
    const Instant mine = arrivals_.empty() ? never : arrivals_.front().at;
    const Instant theirs = stage_.world().next_instant();
    if (earliest(mine, theirs) > until) return;
    if (mine <= theirs) {
      const Arrival arrival = std::move(arrivals_.front());
      arrivals_.pop_front();
      take(arrival);
    } else {
      stage_.world().step();
    }
  }
}

void TwoWayServer::take(const Arrival& arrival) {
  column_observer_->on_frame_in(arrival.at, 0, arrival.frame);
  column_observer_->on_verdict(arrival.at, 0, Drop::none);
  if (const auto question = sim::read_arp_request(arrival.frame)) {
    const Frame reply = sim::make_arp_reply(*question, Stage::mac(1), stage_.world().pool());
    stage_.recorder().sent(arrival.at, column_, reply.bytes.flatten());
    stage_.world().inject({0, 0}, reply, arrival.at + settings_.delay);
  }
  const std::optional<sim::TcpPacket> packet = sim::read_tcp(arrival.frame);
  if (packet && packet->segment.has(Flags::syn)) on_syn(*packet, arrival.at);
}

// No third segment is waited for: open, allocate, tell the application, which begins to talk.
void TwoWayServer::on_syn(const sim::TcpPacket& packet, Instant now) {
  ++opened_;
  stage_.recorder().remark(now, "model: one SYN, and the connection is open; the application talks",
                           "모형: SYN 하나로 연결이 열리고 프로그램이 말하기 시작함");
  Segment answer;
  answer.seq = Seq{model_iss};
  answer.ack = packet.segment.seq + 1;
  answer.flags.set(Flags::syn);
  answer.flags.set(Flags::ack);
  say(packet, answer, now);
  Segment greeting;
  greeting.seq = Seq{model_iss + 1};
  greeting.ack = answer.ack;
  greeting.flags.set(Flags::ack);
  greeting.flags.set(Flags::psh);
  const std::vector<std::uint8_t> text(settings_.greeting_bytes, '.');
  greeting.text.append(stage_.world().pool().copy_of(text));
  text_sent_ += text.size();
  say(packet, greeting, now);
}

void TwoWayServer::say(const sim::TcpPacket& to, Segment segment, Instant now) {
  segment.source_port = to.segment.destination_port;
  segment.destination_port = to.segment.source_port;
  segment.window = 65535;
  const sim::TcpPacket packet{to.destination_mac, to.source_mac, to.destination, to.source,
                              std::move(segment)};
  const Frame frame = sim::make_frame(packet, stage_.world().pool());
  stage_.recorder().sent(now, column_, frame.bytes.flatten());
  stage_.world().inject({0, 0}, frame, now + settings_.delay);
}

}  // namespace acksu::tools
