// What an end does, and which of its future its numbers decide.
#include "sim/explored_end.h"

#include <algorithm>
#include <utility>

namespace acksu::sim {
namespace {

constexpr std::uint16_t port_of_b = 80;
constexpr Duration shortest_wait = 1ms;
constexpr Duration longest_wait = 1s;  // longer than any answer is held back

constexpr std::uint32_t bit(Deed deed) { return 1u << static_cast<unsigned>(deed); }

std::uint8_t text_byte(std::uint8_t side, std::uint32_t position) {
  return static_cast<std::uint8_t>(position * 7 + side * 101 + 1);
}

// Moves of a connection that was open, by which it does not end in order.
bool is_break(const tcp::Row& row) {
  const bool was_open = row.from == tcp::State::established || row.from >= tcp::State::fin_wait_1;
  return was_open && row.from != tcp::State::time_wait &&
         (row.event == tcp::Event::time_out || row.event == tcp::Event::reset_received ||
          row.event == tcp::Event::abort);
}

bool is_loss_timer(tcp::Timer timer) {
  return timer == tcp::Timer::retransmission || timer == tcp::Timer::tail_probe ||
         timer == tcp::Timer::reordering || timer == tcp::Timer::persist;
}

}  // namespace

const char* name(Deed deed) {
  switch (deed) {
    case Deed::hear: return "hears";
    case Deed::timer: return "timer";
    case Deed::wait: return "waits";
    case Deed::pass: return "lets time pass";
    case Deed::connect: return "connect";
    case Deed::listen: return "listen";
    case Deed::accept: return "accept";
    case Deed::write: return "write";
    case Deed::read: return "read";
    case Deed::shut_down: return "shutdown";
    case Deed::close: return "close";
    case Deed::abort: return "abort";
    case Deed::close_listener: return "close the listener";
  }
  return "";
}

Endpoint ExploredEnd::endpoint(std::uint8_t side) {
  return side == 0 ? Endpoint{IpAddress::v4(10, 0, 0, 1), 1000}
                   : Endpoint{IpAddress::v4(10, 0, 0, 2), port_of_b};
}

Duration ExploredEnd::wait_of(const EndFacts& facts) {
  return std::min(facts.until_timer - shortest_wait, longest_wait);
}

HostSettings ExploredEnd::settings_of(std::uint8_t side, const ExploreSettings& settings) {
  HostSettings host;
  host.name = side == 0 ? "A" : "B";
  LinkSettings link;
  link.kind = LinkKind::ip;  // packets and nothing else: no neighbours, which have timers, too
  link.addresses = {Prefix{endpoint(side).address, 24}};
  host.links = {link};
  tcp::Settings& tcp = host.tcp;
  tcp.sack = settings.is_sack_on;
  tcp.timestamps = settings.has_timestamps;
  tcp.window_scaling = settings.has_scaling;
  if (settings.window_bytes != 0) tcp.receive_buffer = tcp::BufferSize{settings.window_bytes};
  if (settings.delays_acks) tcp.quick_acks = 0;
  return host;
}

ExploredEnd::ExploredEnd(std::uint8_t side, const ExploreSettings& settings)
    : pool_(std::make_shared<BufferPool>()),
      settings_(settings),
      side_(side),
      now_(Instant{} + 1h),
      host_(settings_of(side, settings), HostSecrets{{side + 1u, 7}, side + 11u}, pool_) {}

// ---- Doing --------------------------------------------------------------------------------------

std::string ExploredEnd::apply(const EndEvent& event, Bytes packet, std::vector<Packet>& out) {
  const Deed deed = event.deed;
  std::string broken;
  const HostHoldings before = host_.holdings();
  switch (deed) {
    case Deed::hear: {
      Frame frame;
      frame.bytes.append(pool_->copy_of(packet));
      host_.absorb(0, {&frame, 1}, now_);
      break;
    }
    case Deed::timer:
      now_ += facts().until_timer;
      host_.on_time(now_);
      break;
    case Deed::wait:
      now_ += wait_of(facts());
      ++application_.waits;
      break;
    case Deed::pass: now_ += std::chrono::microseconds{event.number}; break;
    case Deed::connect:
    case Deed::listen:
    case Deed::accept: open(deed); break;
    case Deed::write: write_piece(); break;
    case Deed::read: broken = read_all(); break;
    case Deed::shut_down:
      host_.shutdown_write(application_.connection, now_);
      application_.is_shut = true;
      break;
    case Deed::close:
    case Deed::abort:
    case Deed::close_listener: let_go(deed); break;
  }
  std::vector<Frame> frames;
  host_.emit(0, frames, 64, now_);
  for (const Frame& frame : frames) {
    Packet& leaving = out.emplace_back(frame.bytes.flatten());
    if (settings_.fault != nullptr && !settings_.fault(leaving.data(), leaving.size())) {
      out.pop_back();
    }
  }
  while (host_.next_event()) {
  }
  notice();
  pass_time_since(before);
  return broken;
}

// What an application does at once that changes nothing for its connection: it accepts one, unless
// late is to be tried, and finds the end where there is no more text.
void ExploredEnd::notice() {
  Application& mine = application_;
  const bool is_waiting = mine.listener && !mine.has_accepted && !settings_.accepts_late;
  if (is_waiting && host_.has_ready_connection()) open(Deed::accept);
  const auto info = mine.connection ? host_.info(mine.connection) : std::nullopt;
  if (info && info->rcv.is_ended && info->rcv.unread_bytes == 0) mine.has_ended = true;
}

// Initial sequence numbers need a clock that moves (RFC 9293 3.4.1), so that the next connection
// has others than the one that is over.
void ExploredEnd::pass_time_since(const HostHoldings& before) {
  const HostHoldings after = host_.holdings();
  const bool is_one_gone = after.connections < before.connections ||
                           (after.half_open < before.half_open && after.connections == 0);
  if (is_one_gone) now_ += 1ms;
}

void ExploredEnd::open(Deed deed) {
  application_.has_opened = true;
  if (deed == Deed::listen) {
    application_.listener = *host_.listen(endpoint(side_), {}, now_);
  } else if (deed == Deed::accept) {
    application_.connection = *host_.accept(application_.listener, now_);
    application_.has_accepted = true;
  } else {
    const auto other = static_cast<std::uint8_t>(1 - side_);
    const auto result = host_.connect(endpoint(other), {.local = endpoint(side_)}, now_);
    if (result) application_.connection = *result;
  }
}

void ExploredEnd::write_piece() {
  Packet text(settings_.text_bytes);
  for (std::uint32_t i = 0; i < text.size(); ++i) {
    text[i] = text_byte(side_, application_.written + i);
  }
  const auto count = host_.write(application_.connection, text, now_);
  if (count) application_.written += *count;
}

std::string ExploredEnd::read_all() {
  const auto writer = static_cast<std::uint8_t>(1 - side_);
  Packet text(4096);
  while (true) {
    const auto count = host_.read(application_.connection, text, now_);
    if (!count) return {};
    if (*count == 0) {
      application_.has_ended = true;
      return {};
    }
    for (std::uint32_t i = 0; i < *count; ++i) {
      if (text[i] != text_byte(writer, application_.read + i)) {
        return "byte " + std::to_string(application_.read + i) + " read is not the byte written";
      }
    }
    application_.read += *count;
  }
}

void ExploredEnd::let_go(Deed deed) {
  Application& mine = application_;
  if (deed == Deed::close_listener) {
    mine.is_harsh = mine.is_harsh || !mine.has_accepted;
    host_.close(std::exchange(mine.listener, Handle{}), now_);
    return;
  }
  const auto info = host_.info(mine.connection);
  const bool was_opening = info && info->state == tcp::State::syn_sent;
  const bool may_miss_text = settings_.data > 0 && !mine.has_ended;
  mine.is_harsh = mine.is_harsh || deed == Deed::abort || was_opening || may_miss_text;
  mine.is_shut = true;
  const Handle connection = std::exchange(mine.connection, Handle{});
  if (deed == Deed::abort) {
    host_.abort(connection, now_);
  } else {
    host_.close(connection, now_);
  }
}

// ---- Looking ------------------------------------------------------------------------------------

bool ExploredEnd::may_read() const {
  if (application_.has_ended) return false;
  const auto info = host_.info(application_.connection);
  return info && (info->rcv.unread_bytes > 0 || info->rcv.is_ended);
}

std::uint32_t ExploredEnd::connection_deeds() const {
  std::uint32_t deeds = bit(Deed::close);
  if (settings_.may_abort) deeds |= bit(Deed::abort);
  if (may_read()) deeds |= bit(Deed::read);
  const auto info = host_.info(application_.connection);
  const bool is_open = info && info->state != tcp::State::closed;
  if (!is_open || application_.is_shut) return deeds;
  if (info->state != tcp::State::syn_sent) deeds |= bit(Deed::shut_down);
  if (application_.written < settings_.data * settings_.text_bytes) deeds |= bit(Deed::write);
  return deeds;
}

std::uint32_t ExploredEnd::application_deeds() const {
  std::uint32_t deeds = 0;
  if (!application_.has_opened) {
    const bool may_connect = side_ == 0 || settings_.opening != ExploredOpening::passive;
    const bool may_listen = side_ == 1 && settings_.opening != ExploredOpening::crossing;
    return (may_connect ? bit(Deed::connect) : 0u) | (may_listen ? bit(Deed::listen) : 0u);
  }
  if (application_.connection) deeds |= connection_deeds();
  if (!application_.listener) return deeds;
  deeds |= bit(Deed::close_listener);
  if (application_.has_accepted) return deeds;
  if (host_.has_ready_connection()) deeds |= bit(Deed::accept);
  return deeds;
}

void ExploredEnd::find_timer(EndFacts& facts) const {
  Instant first = never;
  for (const tcp::Info& info : host_.sockets()) {
    for (std::size_t i = 0; i < info.timers.size(); ++i) {
      if (info.timers[i] >= first) continue;
      first = info.timers[i];
      const auto timer = static_cast<tcp::Timer>(i);
      facts.is_time_out = is_loss_timer(timer);
      facts.is_long_timer = timer == tcp::Timer::time_wait || timer == tcp::Timer::user_timeout;
    }
  }
  if (first != never) {
    facts.until_timer = std::max(first - now_, Duration::zero());
    facts.deeds |= bit(Deed::timer);
  }
  const bool is_near = facts.until_timer <= shortest_wait || facts.is_over;
  if (!is_near && application_.waits < settings_.waits) facts.deeds |= bit(Deed::wait);
}

bool ExploredEnd::was_broken() const {
  const auto& moves = host_.counters().tcp.moves;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (moves[i] != 0 && is_break(tcp::rows[i])) return true;
  }
  return false;
}

EndFacts ExploredEnd::facts() const {
  EndFacts facts;
  facts.deeds = application_deeds();
  facts.is_over = host_.holds_nothing() && !application_.connection && !application_.listener;
  find_timer(facts);
  const HostHoldings held_now = host_.holdings();
  facts.is_deaf = application_.has_opened && !application_.connection && !application_.listener &&
                  held_now.connections == 0 && held_now.half_open == 0;
  facts.is_broken = was_broken();
  facts.is_harsh = application_.is_harsh;
  facts.has_ended = application_.has_ended;
  facts.is_shut = application_.is_shut;
  const auto held = host_.info(application_.connection);
  facts.is_left = held && held->state == tcp::State::closed;
  facts.unread = held ? held->rcv.unread_bytes : 0;
  facts.written = application_.written;
  facts.read = application_.read;
  for (const tcp::Info& info : host_.sockets()) {
    if (info.state == tcp::State::closed) continue;
    const bool is_better = facts.state == tcp::State::closed || info.state > facts.state;
    if (is_better) facts.state = info.state;
    if (info.state <= tcp::State::syn_sent || info.state == tcp::State::time_wait) continue;
    facts.has_numbers = true;
    facts.is_open = info.snd.una != info.snd.iss;
    facts.iss = info.snd.iss;
    facts.irs = info.rcv.irs;
    facts.una = info.snd.una;
    facts.snd_nxt = info.snd.nxt;
    facts.rcv_nxt = info.rcv.nxt;
  }
  return facts;
}

// ---- Comparing ----------------------------------------------------------------------------------

bool ExploredEnd::OpenHost::holds_nothing() const {
  const HostHoldings held = holdings();
  return held.connections == 0 && held.half_open == 0 && held.time_wait == 0 &&
         held.listeners == 0 && held.timers == 0 && held.replies == 0 && held.text_bytes == 0;
}

bool ExploredEnd::OpenHost::has_ready_connection() const {
  bool has_ready = false;
  listeners_.for_each([&](std::uint32_t, const Listener& listener) {
    has_ready = has_ready || !listener.ready.is_empty();
  });
  return has_ready;
}

void ExploredEnd::OpenHost::digest_future(Digest& digest) const {
  listeners_.for_each([&](std::uint32_t index, const Listener& listener) {
    digest.add((std::uint64_t{index} << 32) | listener.ready.size());
  });
  table_.half_open().for_each([&](std::uint32_t, const HalfOpenRecord& record) {
    digest.add(0x4a1fu);
    record.half_open.digest(digest);
    digest.add(wheel_.deadline(record.timer));
  });
  table_.connections().for_each([&](std::uint32_t, const ConnectionRecord& record) {
    digest.add((std::uint64_t{record.listener} << 8) | (record.is_held ? 1u : 0u) |
               (record.is_detached ? 2u : 0u) | (record.is_accepted ? 4u : 0u) | 8u);
    record.connection.digest(digest);
  });
  table_.time_wait().for_each([&](std::uint32_t, const TimeWaitRecord& record) {
    digest.add(0x71fe'3a17u);
    record.time_wait.digest(digest);
    digest.add(record.expiry);
  });
  digest.add(memory_.held());
}

void ExploredEnd::digest(Digest& digest) const {
  host_.digest_future(digest);
  const Application& mine = application_;
  digest.add((std::uint64_t{mine.written} << 32) | mine.read);
  digest.add((mine.connection ? 1u : 0u) | (mine.listener ? 2u : 0u) | (mine.has_opened ? 4u : 0u) |
             (mine.has_accepted ? 8u : 0u) | (mine.is_shut ? 16u : 0u) |
             (mine.has_ended ? 32u : 0u) | (mine.is_harsh ? 64u : 0u) | (was_broken() ? 128u : 0u) |
             (std::uint64_t{mine.waits} << 8));
  // Who holds nothing, and opens nothing any more, has no use for the time.
  const bool is_over =
      mine.has_opened && !mine.connection && !mine.listener && host_.holds_nothing();
  if (!is_over && !settings_.forgets_the_clock) digest.add(now_);
}

std::array<std::uint64_t, 2> ExploredEnd::digest() const {
  std::array<std::uint64_t, 2> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    Digest each;
    each.add(std::uint64_t{i + 1});
    digest(each);
    values[i] = each.value();
  }
  return values;
}

}  // namespace acksu::sim
