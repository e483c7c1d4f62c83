// The host of a script, its peer and its clock. What the application does stands in script_app.cpp.
#include "sim/script.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "sim/topology.h"
#include "sim/words.h"

namespace acksu::sim {
namespace {

constexpr std::uint16_t listening_port = 80;
constexpr std::uint16_t first_peer_port = 40000;
constexpr MacAddress peer_mac{{0x02, 0, 0, 0, 0, 0x02}};
constexpr MacAddress host_mac{{0x02, 0, 0, 0, 0, 0x01}};
constexpr IpAddress host_address = simple_address(1);
constexpr Seq first_peer_isn{0x1234'5678};
constexpr LinkId script_link = 0;
constexpr int most_rounds_at_one_instant = 10'000;

std::uint32_t peer_clock_ms(Instant now) {
  return 1000 + static_cast<std::uint32_t>(nanoseconds(now) / 1'000'000);
}

}  // namespace

HostSettings script_host() { return simple_host("host", 1); }

Dialogue::Dialogue(std::string title, HostSettings settings, Failure on_failure)
    : title_(std::move(title)),
      on_failure_(std::move(on_failure)),
      host_(std::move(settings), HostSecrets{SipKey{1, 2}, 3}, pool_) {
  const Result<Handle> listener = host_.listen({IpAddress{}, listening_port}, {}, now_);
  ACKSU_ASSERT(listener);
  app.listener_ = *listener;
  connection(0);
}

Dialogue::~Dialogue() {
  if (!has_failed_ && !said_.empty()) begins(where_);
}

void Dialogue::fail(const std::string& text, Where where) {
  if (has_failed_) return;
  has_failed_ = true;
  std::string report = "Script \"" + title_ + "\" failed at " + where.file_name() + ":" +
                       std::to_string(where.line()) + "\n  " + text +
                       "\nThe dialogue so far (< says the peer, > says the host):\n" + transcript_;
  if (on_failure_) on_failure_(report);
}

bool Dialogue::is_stopped(Where where) {
  where_ = where;
  return has_failed_;
}

bool Dialogue::begins(Where where) {
  if (is_stopped(where)) return false;
  if (said_.empty()) return true;
  fail("nobody expected " + talk().voice.print(said_.front().segment, true), where);
  return false;
}

void Dialogue::connection(std::uint16_t number) {
  for (current_ = 0; current_ < talks_.size(); ++current_) {
    if (talk().number == number) return;
  }
  const auto port = static_cast<std::uint16_t>(first_peer_port + number);
  const Voice voice{port, listening_port, first_peer_isn + 1'000'000u * number};
  talks_.push_back(std::make_unique<Talk>(Talk{number, voice, {}, 0, 0, 0}));
  last_state_ = State::closed;
}

void Dialogue::begin_again(std::uint32_t isn_step) {
  const Voice& old = talk().voice;
  const Voice voice{old.peer_port(), old.host_port(), old.peer_isn() + isn_step};
  talk() = Talk{talk().number, voice, {}, 0, 0, 0};
}

Dialogue::Talk* Dialogue::find_talk(const Segment& segment) {
  for (const auto& talk : talks_) {
    if (talk->voice.peer_port() == segment.destination_port) return talk.get();
  }
  return nullptr;
}

// ---- The peer

void Dialogue::peer(const Line& line, Where where) { peer({line}, where); }

void Dialogue::peer(std::initializer_list<Line> lines, Where where) {
  if (!begins(where)) return;
  std::vector<Frame> burst;
  for (const Line& line : lines) {
    TcpPacket packet{peer_mac, host_mac, script_peer_address, host_address, {}};
    packet.segment = talk().voice.speak(line, peer_clock_ms(now_), *pool_);
    write_down("< " + talk().voice.print(packet.segment, false));
    Frame frame = make_frame(packet, *pool_);
    if (line.is_corrupt()) frame.bytes[0].writable().back() ^= 1;
    burst.push_back(std::move(frame));
  }
  host_.absorb(script_link, burst, now_);
  burst.clear();
  settle();
}

void Dialogue::establish(const Line& first, Where where) {
  peer(first, where);
  expect(syn_ack(0).ack(1), where);
  peer(pure_ack(1).seq(1), where);
  expect_state(State::established, where);
}

// ---- Expectations

void Dialogue::expect(const Line& line, Where where) {
  if (is_stopped(where)) return;
  if (said_.empty()) return fail("expected " + line.to_string() + ", heard nothing", where);
  const Segment segment = std::move(said_.front().segment);
  said_.pop_front();
  const std::string difference = find_talk(segment) != &talk()
                                     ? "it belongs to another connection"
                                     : talk().voice.compare(segment, line);
  if (difference.empty()) return;
  fail("expected " + line.to_string() + "\n  heard    " + talk().voice.print(segment, true) +
           "\n  " + difference,
       where);
}

void Dialogue::expect_after(Duration wait, const Line& line, Where where) {
  if (!begins(where)) return;
  run_until(now_ + wait);
  if (!said_.empty() && said_.front().at < now_) {
    return fail("expected " + line.to_string() + " at " + to_text(now_) + ", heard it at " +
                    to_text(said_.front().at),
                where);
  }
  expect(line, where);
}

void Dialogue::expect_silence(Where where) { begins(where); }

void Dialogue::expect_silence_for(Duration wait, Where where) {
  after(wait, where);
  begins(where);
}

void Dialogue::expect_state(State state, Where where) {
  if (is_stopped(where)) return;
  const State is = info().state;
  if (is == state) return;
  fail(std::string{"expected the state "} + name(state) + ", it is " + name(is), where);
}

void Dialogue::expect_nothing_held(Where where) {
  if (!begins(where)) return;
  if (app.listener_) app.stops_listening(where);
  checker_.stand_at(0, now_, title_);
  checker_.check_holdings(host_.holdings());
  if (checker_.violation()) fail(checker_.violation()->text, where);
}

tcp::Info Dialogue::info() const {
  for (const tcp::Info& info : host_.sockets()) {
    if (info.state == State::listen || info.tuple.remote.address != script_peer_address) continue;
    if (info.tuple.remote.port != talk().voice.peer_port()) continue;
    if (info.tuple.local.port == talk().voice.host_port()) return info;
  }
  return {};
}

// ---- Time

void Dialogue::after(Duration wait, Where where) {
  if (begins(where)) run_until(now_ + wait);
}

void Dialogue::release(Where where) {
  if (is_stopped(where)) return;
  is_held_ = false;
  settle();
}

void Dialogue::run_until(Instant until) {
  int rounds = 0;
  while (!has_failed_ && host_.deadline() <= until) {
    const Instant due = std::max(now_, host_.deadline());
    rounds = due > now_ ? 0 : rounds + 1;
    if (rounds > most_rounds_at_one_instant) return fail("livelock: time stands still", where_);
    now_ = due;
    host_.on_time(now_);
    settle();
  }
  now_ = std::max(now_, until);
}

// Everything that follows at this instant by itself.
void Dialogue::settle() {
  for (int round = 0; round < most_rounds_at_one_instant && !has_failed_; ++round) {
    tell_application();
    if (is_held_ || !emit_some()) {
      write_state();
      check();
      return;
    }
  }
  fail("livelock: the host does not stop talking", where_);
}

void Dialogue::tell_application() {
  while (const std::optional<SocketEvent> event = host_.next_event()) on_event(*event);
}

void Dialogue::on_event(const SocketEvent& event) {
  if (app.listener_ && event.socket == app.listener_) {
    while (app.is_accepting_ && accept_one()) continue;
    return;
  }
  for (const auto& talk : talks_) {
    if (talk->handle == event.socket) talk->told |= event.readiness.bits;
  }
}

bool Dialogue::accept_one() {
  const Result<Handle> handle = host_.accept(app.listener_, now_);
  if (!handle) return false;
  const std::optional<tcp::Info> accepted = host_.info(*handle);
  for (const auto& talk : talks_) {
    if (accepted && accepted->tuple.remote.port == talk->voice.peer_port()) talk->handle = *handle;
  }
  return true;
}

bool Dialogue::emit_some() {
  std::vector<Frame> frames;
  if (!host_.has_output(script_link)) return false;
  host_.emit(script_link, frames, 64, now_);
  for (Frame& frame : frames) on_frame(frame);
  return !frames.empty();
}

void Dialogue::on_frame(Frame& frame) {
  if (const std::optional<ArpQuestion> question = read_arp_request(frame)) {
    Frame reply = make_arp_reply(*question, peer_mac, *pool_);
    if (question->wanted == script_peer_address) host_.absorb(script_link, {&reply, 1}, now_);
    return;
  }
  std::optional<TcpPacket> packet = read_tcp(frame);
  if (!packet) return fail("the host sent a frame that is no good TCP", where_);
  Talk* talk = find_talk(packet->segment);
  if (talk == nullptr) return fail("the host speaks on a connection that nobody knows", where_);
  talk->voice.hear(packet->segment);
  if (packet->segment.options.fast_open.has_cookie()) cookie_ = packet->segment.options.fast_open;
  write_down("> " + talk->voice.print(packet->segment, true));
  said_.push_back({now_, std::move(packet->segment)});
}

void Dialogue::check() {
  checker_.stand_at(0, now_, title_);
  checker_.check_sockets(host_.sockets(), is_held_ || host_.has_output(script_link));
  if (checker_.violation()) fail(checker_.violation()->text, where_);
}

void Dialogue::write_down(const std::string& what) {
  std::array<char, 32> time;
  std::snprintf(time.data(), time.size(), "%14s  ", to_text(now_).c_str());
  transcript_ += time.data() + what + "\n";
}

void Dialogue::write_state() {
  const State state = info().state;
  if (state == last_state_) return;
  last_state_ = state;
  transcript_ += std::string(16, ' ') + "= " + name(state) + "\n";
}

}  // namespace acksu::sim
