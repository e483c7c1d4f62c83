// Lines of packetdrill's language.
#include "sim/packet_script.h"

#include <algorithm>

#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace acksu::sim {
namespace {

constexpr std::uint32_t packet_header_bytes = wire::Ipv4Header::size;

std::uint16_t word_at(Bytes bytes, std::size_t place) {
  return static_cast<std::uint16_t>(bytes[place] << 8 | bytes[place + 1]);
}
std::uint32_t long_at(Bytes bytes, std::size_t place) {
  return std::uint32_t{word_at(bytes, place)} << 16 | word_at(bytes, place + 2);
}

std::string flags_of(const Segment& segment) {
  std::string text;
  if (segment.has(Flags::fin)) text += 'F';
  if (segment.has(Flags::syn)) text += 'S';
  if (segment.has(Flags::rst)) text += 'R';
  if (segment.has(Flags::psh)) text += 'P';
  if (segment.has(Flags::ack)) text += '.';
  return text;
}

std::string option_at(Bytes options) {
  switch (options[0]) {
    case 1: return "nop";
    case 2: return "mss " + std::to_string(word_at(options, 2));
    case 3: return "wscale " + std::to_string(options[2]);
    case 4: return "sackOK";
    case 8:
      return "TS val " + std::to_string(long_at(options, 2)) + " ecr " +
             std::to_string(long_at(options, 6));
    default: return "";
  }
}

// SACK blocks count from the start of whom they tell about.
std::string sack_at(Bytes options, Seq start) {
  std::string text = "sack";
  for (std::size_t at = 2; at + 8 <= options[1]; at += 8) {
    text += " " + std::to_string(bytes_between(start, Seq{long_at(options, at)})) + ":" +
            std::to_string(bytes_between(start, Seq{long_at(options, at + 4)}));
  }
  return text;
}

std::string options_of(Bytes options, Seq start) {
  std::string text;
  while (!options.empty() && options[0] != 0) {
    const std::size_t length = options[0] == 1 ? 1 : options[1];
    const std::string each = options[0] == 5 ? sack_at(options, start) : option_at(options);
    text += (text.empty() ? "" : ",") + each;
    options = options.subspan(std::min(length, options.size()));
  }
  return text.empty() ? "" : " <" + text + ">";
}

}  // namespace

PacketScript::PacketScript(std::uint8_t side, const ExploreSettings& settings)
    : side_(side), settings_(settings) {}

void PacketScript::call(const std::string& line) {
  const auto microseconds = std::chrono::ceil<std::chrono::microseconds>(pause_).count();
  std::string pause = std::to_string(microseconds / 1'000'000);
  if (microseconds % 1'000'000 != 0) {
    std::string part = std::to_string(microseconds % 1'000'000);
    pause += "." + std::string(6 - part.size(), '0') + part;
  }
  lines_ += (has_lines_ ? "+" : "") + pause + " " + line + "\n";
  has_lines_ = true;
  pause_ = {};
}

void PacketScript::open(bool is_passive) {
  call("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
  if (settings_.window_bytes != 0) {
    call("setsockopt(3, SOL_SOCKET, SO_RCVBUF, [" + std::to_string(settings_.window_bytes) +
         "], 4) = 0");
  }
  if (is_passive) {
    call("bind(3, ..., ...) = 0");
    call("listen(3, 1) = 0");
  } else {
    call("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
    call("connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)");
  }
}

void PacketScript::call_for(Deed deed, const EndFacts& before) {
  const std::string socket = has_accepted_ ? "4" : "3";
  switch (deed) {
    case Deed::connect: open(false); break;
    case Deed::listen: open(true); break;
    case Deed::accept:
      call("accept(3, ..., ...) = 4");
      has_accepted_ = true;
      break;
    case Deed::write: {
      const std::string bytes = std::to_string(settings_.text_bytes);
      call("write(" + socket + ", ..., " + bytes + ") = " + bytes);
      break;
    }
    case Deed::read:
      call("read(" + socket + ", ..., 4096) = " + std::to_string(before.unread));
      break;
    case Deed::shut_down: call("shutdown(" + socket + ", SHUT_WR) = 0"); break;
    case Deed::close: call("close(" + socket + ") = 0"); break;
    case Deed::abort:
      call("setsockopt(" + socket + ", SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0");
      call("close(" + socket + ") = 0");
      break;
    case Deed::close_listener: call("close(3) = 0"); break;
    case Deed::hear:
    case Deed::timer:
    case Deed::wait:
    case Deed::pass: break;
  }
}

void PacketScript::add(Deed deed, const EndFacts& before, const Packet& heard,
                       const std::vector<Packet>& leaving) {
  if (deed == Deed::timer) pause_ += before.until_timer;
  if (deed == Deed::wait) pause_ += ExploredEnd::wait_of(before);
  call_for(deed, before);
  if (deed == Deed::hear) call("< " + words(heard));
  for (const Packet& each : leaving) call("> " + words(each));
}

std::string PacketScript::words(const Packet& packet) {
  const Bytes bytes = Bytes{packet}.subspan(packet_header_bytes);
  Segment segment;
  std::uint32_t header_bytes = 0;
  if (wire::read_tcp_header(bytes, segment, header_bytes) != Drop::none) return "malformed";
  const bool is_ours = segment.source_port == ExploredEnd::endpoint(side_).port;
  if (segment.has(Flags::syn)) {
    (is_ours ? ours_ : theirs_) = segment.seq;
    (is_ours ? knows_ours_ : knows_theirs_) = true;
  }
  const auto text_bytes = static_cast<std::uint32_t>(bytes.size() - header_bytes);
  const Bytes options = bytes.subspan(wire::tcp_header_size, header_bytes - wire::tcp_header_size);
  std::string text = flags_of(segment) + " " + numbers(segment, is_ours, text_bytes);
  text += " win " + std::to_string(segment.window);
  return text + options_of(options, is_ours ? theirs_ : ours_);
}

std::string PacketScript::numbers(const Segment& segment, bool is_ours, std::uint32_t text_bytes) {
  const Seq start = is_ours ? ours_ : theirs_;
  const Seq other = is_ours ? theirs_ : ours_;
  const bool knows = is_ours ? knows_ours_ : knows_theirs_;
  const std::uint32_t seq = knows ? bytes_between(start, segment.seq) : segment.seq.value();
  std::string text = std::to_string(seq) + ":" + std::to_string(seq + text_bytes) + "(" +
                     std::to_string(text_bytes) + ")";
  if (segment.has(Flags::ack)) text += " ack " + std::to_string(bytes_between(other, segment.ack));
  return text;
}

std::string PacketScript::text(const std::string& title) const {
  return "// What " + std::string(side_ == 0 ? "A" : "B") + " does and hears until: " + title +
         "\n" + lines_;
}

}  // namespace acksu::sim
