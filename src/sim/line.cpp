// Lines as segments, and what differs between the two.
#include "sim/line.h"

#include <algorithm>
#include <array>

#include "sim/traffic.h"

namespace acksu::sim {
namespace {

constexpr std::uint64_t peer_tag = 0x7065'6572'7370'6565;
constexpr std::uint64_t host_tag = 0x686f'7374'7370'6561;

std::string flag_names(Flags flags) {
  static constexpr std::array<std::pair<std::uint16_t, const char*>, 9> names{{
      {Flags::syn, "SYN"},
      {Flags::fin, "FIN"},
      {Flags::rst, "RST"},
      {Flags::psh, "PSH"},
      {Flags::urg, "URG"},
      {Flags::ece, "ECE"},
      {Flags::cwr, "CWR"},
      {Flags::ae, "AE"},
      {Flags::ack, "ACK"},
  }};
  std::string text;
  for (const auto& [flag, word] : names) {
    if (!flags.has(flag)) continue;
    if (!text.empty()) text += "+";
    text += word;
  }
  return text.empty() ? "no flags" : text;
}

template <class Value>
std::string number(Value value) {
  return std::to_string(value);
}

// Appends ", word value" for what a line names.
template <class Value>
void name_it(std::string& text, const char* word, const std::optional<Value>& value) {
  if (value) text += std::string{" "} + word + " " + number(*value);
}

template <class Value, class Named>
std::string differs(const char* word, Value value, const std::optional<Named>& named) {
  if (!named || static_cast<std::int64_t>(value) == static_cast<std::int64_t>(*named)) return {};
  return std::string{word} + " is " + number(value) + ", not " + number(*named) + "; ";
}

std::string name_fast_open(const FastOpenOption& option) {
  if (!option.is_given()) return " no fast open";
  if (option.is_request()) return " asks for a cookie";
  std::string text = " cookie";
  for (const std::uint8_t byte : option.cookie()) text += " " + number(unsigned{byte});
  return text;
}

std::string name_counts(const AccEcnOption& option) {
  if (!option.is_given()) return " no counts";
  std::string text = option.order() == AccEcnOption::Order::zero ? " counts" : " counts of order 1";
  for (std::uint32_t i = 0; i < option.size(); ++i) text += " " + number(option[i]);
  return text;
}

const char* name(Ecn codepoint) {
  constexpr std::array names{"not ECT", "ECT(1)", "ECT(0)", "CE"};
  return names[static_cast<std::size_t>(codepoint)];
}

std::string join(const std::vector<std::pair<Line::Number, Line::Number>>& blocks) {
  std::string text;
  for (const auto& [from, to] : blocks) {
    text += (text.empty() ? "" : " ") + number(from) + ":" + number(to);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

Line& Line::ack(Number ack) {
  flags_.set(Flags::ack);
  ack_ = ack;
  return *this;
}

Line& Line::urg(std::uint16_t pointer) {
  flags_.set(Flags::urg);
  urgent_ = pointer;
  return *this;
}

std::string Line::to_string() const {
  std::string text = flag_names(flags_);
  name_it(text, "seq", seq_);
  name_it(text, "ack", ack_);
  name_it(text, "win", window_);
  if (text_bytes_ > 0) text += " text " + number(text_bytes_);
  name_it(text, "urg", urgent_);
  name_it(text, "mss", mss_);
  if (scale_ == SegmentOptions::no_window_scale) text += " no scale";
  if (scale_ != SegmentOptions::no_window_scale) name_it(text, "scale", scale_);
  if (sack_ok_) text += *sack_ok_ ? " sack ok" : " no sack ok";
  if (has_ts_) text += *has_ts_ ? " ts" : " no ts";
  name_it(text, "value", ts_value_);
  name_it(text, "echo", ts_echo_);
  if (fast_open_) text += name_fast_open(*fast_open_);
  if (is_giving_cookie_) text += " a cookie";
  if (ecn_) text += std::string{" "} + name(*ecn_);
  if (counts_) text += name_counts(*counts_);
  if (sack_) text += " sack " + join(*sack_);
  return text;
}

Line syn(Line::Number seq) { return Line{Flags::syn}.seq(seq); }
Line syn_ack(Line::Number seq) { return Line{Flags::syn | Flags::ack}.seq(seq); }
Line pure_ack(Line::Number ack) { return Line{Flags::ack}.ack(ack); }
Line data(Line::Number seq, std::uint32_t bytes) { return Line{Flags::ack}.seq(seq).text(bytes); }
Line fin(Line::Number seq) { return Line{Flags::fin | Flags::ack}.seq(seq); }
Line rst(Line::Number seq) { return Line{Flags::rst}.seq(seq); }
Line rst_ack(Line::Number seq) { return Line{Flags::rst | Flags::ack}.seq(seq); }
Line segment(std::uint16_t flags) { return Line{flags}; }

AccEcnOption counts(std::uint32_t e0b) {
  AccEcnOption option{AccEcnOption::Order::zero, 1};
  option.set(0, e0b);
  return option;
}
AccEcnOption counts(std::uint32_t e0b, std::uint32_t ceb) {
  AccEcnOption option{AccEcnOption::Order::zero, 2};
  option.set(0, e0b);
  option.set(1, ceb);
  return option;
}
AccEcnOption counts(std::uint32_t e0b, std::uint32_t ceb, std::uint32_t e1b) {
  AccEcnOption option{AccEcnOption::Order::one, 3};
  option.set(0, e1b);
  option.set(1, ceb);
  option.set(2, e0b);
  return option;
}

// ---- The peer speaks

void Voice::fill_peer_text(std::uint64_t offset, MutableBytes to) {
  fill_stream(peer_tag, offset, to);
}
void Voice::fill_host_text(std::uint64_t offset, MutableBytes to) {
  fill_stream(host_tag, offset, to);
}

Segment Voice::speak(const Line& line, std::uint32_t now_ms, BufferPool& pool) {
  Segment segment;
  segment.source_port = peer_port_;
  segment.destination_port = host_port_;
  segment.flags = line.flags_;
  segment.seq = line.seq_ ? peer_isn_ + static_cast<std::uint32_t>(*line.seq_) : peer_nxt_;
  if (segment.has(Flags::ack)) {
    segment.ack = line.ack_ ? host_isn() + static_cast<std::uint32_t>(*line.ack_) : host_nxt_;
  }
  segment.window = peer_window_ = line.window_.value_or(peer_window_);
  segment.urgent_pointer = line.urgent_.value_or(0);
  segment.ecn = line.ecn_.value_or(Ecn::not_capable);
  segment.options = options_for(line, now_ms);
  if (line.text_bytes_ > 0) {
    Slice text = pool.allocate(line.text_bytes_);
    const std::uint32_t offset = bytes_between(peer_isn_ + 1, segment.seq);
    fill_peer_text(offset + (segment.has(Flags::syn) ? 1 : 0), text.writable());
    for (std::uint8_t& byte : text.writable()) byte ^= line.is_garbage_ ? 0xff : 0;
    segment.text.append(std::move(text));
  }
  if (segment.has(Flags::syn)) peer_offers_timestamps_ = segment.options.has_timestamps;
  if (!segment.has(Flags::rst)) peer_nxt_ = later(peer_nxt_, segment.end());
  return segment;
}

SegmentOptions Voice::options_for(const Line& line, std::uint32_t now_ms) const {
  SegmentOptions options;
  options.mss = line.mss_.value_or(0);
  options.window_scale = line.scale_.value_or(SegmentOptions::no_window_scale);
  options.sack_permitted = line.sack_ok_.value_or(false);
  options.fast_open = line.fast_open_.value_or(FastOpenOption{});
  options.acc_ecn = line.counts_.value_or(AccEcnOption{});
  // Once both SYNs have offered time stamps every segment but a reset carries them.
  const bool is_usual = peer_offers_timestamps_ && host_offers_timestamps_ &&
                        !line.flags_.has(Flags::rst) && !line.flags_.has(Flags::syn);
  options.has_timestamps = line.has_ts_.value_or(is_usual);
  if (options.has_timestamps) {
    const bool is_echoing = line.flags_.has(Flags::ack);
    options.timestamps.value = line.ts_value_.value_or(now_ms);
    options.timestamps.echo_reply =
        line.ts_echo_ ? host_ts_base_.value_or(0) + *line.ts_echo_ : (is_echoing ? host_ts_ : 0);
  }
  if (!line.sack_) return options;
  for (const auto& [from, to] : *line.sack_) {
    options.sack.push_back({host_isn() + static_cast<std::uint32_t>(from),
                            host_isn() + static_cast<std::uint32_t>(to)});
  }
  return options;
}

// ---- The host is heard

void Voice::hear(const Segment& segment) {
  if (segment.has(Flags::syn)) {
    host_isn_ = segment.seq;
    host_nxt_ = segment.end();
    host_offers_timestamps_ = segment.options.has_timestamps;
  }
  if (!segment.has(Flags::rst)) host_nxt_ = later(host_nxt_, segment.end());
  if (!segment.options.has_timestamps) return;
  host_ts_ = segment.options.timestamps.value;
  if (!host_ts_base_) host_ts_base_ = host_ts_;
}

Line::Number Voice::relative(Seq seq, bool is_from_host) const {
  return seq - (is_from_host ? host_isn() : peer_isn_);
}

std::string Voice::compare(const Segment& segment, const Line& line) const {
  Flags flags = segment.flags;
  if (!line.is_psh_named_) flags.clear(Flags::psh);
  std::string text;
  if (flags != line.flags_) {
    text += "flags are " + flag_names(flags) + ", not " + flag_names(line.flags_) + "; ";
  }
  text += differs("seq", relative(segment.seq, true), line.seq_);
  if (segment.has(Flags::ack)) text += differs("ack", relative(segment.ack, false), line.ack_);
  text += differs("win", segment.window, line.window_);
  text += differs("urg", segment.urgent_pointer, line.urgent_);
  text += differs("text", segment.text.size(), std::optional{line.text_bytes_});
  if (line.ecn_ && segment.ecn != *line.ecn_) {
    text += std::string{"it is "} + name(segment.ecn) + ", not " + name(*line.ecn_) + "; ";
  }
  text += compare_options(segment.options, line);
  if (text.empty()) text = compare_text(segment);
  if (text.ends_with("; ")) text.resize(text.size() - 2);
  return text;
}

std::string Voice::compare_options(const SegmentOptions& options, const Line& line) const {
  std::string text = differs("mss", options.mss, line.mss_);
  text += differs("scale", options.window_scale, line.scale_);
  text += differs("sack ok", options.sack_permitted, line.sack_ok_);
  text += differs("ts", options.has_timestamps, line.has_ts_);
  if (options.has_timestamps) {
    text +=
        differs("ts value", options.timestamps.value - host_ts_base_.value_or(0), line.ts_value_);
    text += differs("ts echo", options.timestamps.echo_reply, line.ts_echo_);
  }
  if (line.fast_open_ && !(options.fast_open == *line.fast_open_)) {
    text += "it has" + name_fast_open(options.fast_open) + ", not" +
            name_fast_open(*line.fast_open_) + "; ";
  }
  if (line.counts_ && !(options.acc_ecn == *line.counts_)) {
    text += "it has" + name_counts(options.acc_ecn) + ", not" + name_counts(*line.counts_) + "; ";
  }
  if (line.is_giving_cookie_ && !options.fast_open.has_cookie()) text += "it gives no cookie; ";
  if (!line.sack_) return text;
  std::vector<std::pair<Line::Number, Line::Number>> blocks;
  for (std::uint8_t i = 0; i < options.sack.size(); ++i) {
    blocks.emplace_back(relative(options.sack[i].start, false),
                        relative(options.sack[i].end, false));
  }
  if (blocks != *line.sack_) {
    text += "sack blocks are " + join(blocks) + ", not " + join(*line.sack_) + "; ";
  }
  return text;
}

// All that a host sends must be what its application wrote, however often it is sent.
std::string Voice::compare_text(const Segment& segment) const {
  if (segment.text.is_empty()) return {};
  std::vector<std::uint8_t> expected(segment.text.size());
  const Seq first = segment.seq + (segment.has(Flags::syn) ? 1u : 0u);
  fill_host_text(bytes_between(host_isn() + 1, first), expected);
  const std::vector<std::uint8_t> bytes = segment.text.flatten();
  const auto wrong = std::mismatch(bytes.begin(), bytes.end(), expected.begin());
  if (wrong.first == bytes.end()) return {};
  return "byte " + number(wrong.first - bytes.begin()) +
         " of the text is not what the application wrote; ";
}

// ---- For people

std::string Voice::print(const Segment& segment, bool is_from_host) const {
  std::string text = flag_names(segment.flags);
  text += " seq " + number(relative(segment.seq, is_from_host));
  if (segment.text.size() > 0) text += " text " + number(segment.text.size());
  if (segment.has(Flags::ack)) text += " ack " + number(relative(segment.ack, !is_from_host));
  text += " win " + number(segment.window);
  if (segment.has(Flags::urg)) text += " urg " + number(segment.urgent_pointer);
  return text + print_options(segment.options, is_from_host);
}

std::string Voice::print_options(const SegmentOptions& options, bool is_from_host) const {
  std::string text;
  if (options.mss != 0) text += " mss " + number(options.mss);
  if (options.window_scale != SegmentOptions::no_window_scale) {
    text += " scale " + number(options.window_scale);
  }
  if (options.sack_permitted) text += " sack-ok";
  if (options.fast_open.is_given()) text += name_fast_open(options.fast_open);
  if (options.acc_ecn.is_given()) text += name_counts(options.acc_ecn);
  if (options.has_timestamps) {
    const std::uint32_t base = host_ts_base_.value_or(0);
    const Timestamps& stamps = options.timestamps;
    text += " ts " + number(is_from_host ? stamps.value - base : stamps.value) + "/" +
            number(is_from_host ? stamps.echo_reply : stamps.echo_reply - base);
  }
  for (std::uint8_t i = 0; i < options.sack.size(); ++i) {
    text += (i == 0 ? " sack " : " ") + number(relative(options.sack[i].start, !is_from_host)) +
            ":" + number(relative(options.sack[i].end, !is_from_host));
  }
  return text.empty() ? text : " <" + text.substr(1) + ">";
}

}  // namespace acksu::sim
