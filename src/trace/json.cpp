// The schema of docs/trace.md.
#include "trace/json.h"

#include <utility>

#include "trace/hops.h"
#include "trace/numbers.h"
#include "trace/text.h"

namespace acksu::trace {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

std::string hex(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 15];
  }
  return text;
}

class Lines {
 public:
  explicit Lines(const Trace& trace) : trace_(trace), paths_(trace) {}

  std::string write() {
    head();
    for (const Event& event : trace_.events) {
      json_.begin_object();
      event_ = &event;
      std::visit(*this, event.what);
      json_.end_object();
      end_line();
    }
    return std::move(text_);
  }

  void operator()(const FrameSent& sent) {
    const FrameRecord& frame = trace_.frames[sent.frame];
    begin("frame_out");
    json_.member("frame", sent.frame);
    describe(frame);
    if (paths_.before(sent.frame) != nobody) json_.member("forwards", paths_.before(sent.frame));
    json_.flag("lost", trace_.was_lost(frame));
    if (frame.loss != nullptr) json_.member("loss", frame.loss);
    if (frame.sender_state) json_.member("sender_state", tcp::name(*frame.sender_state));
    if (frame.retransmission != nullptr) json_.member("retransmission", frame.retransmission);
  }
  void operator()(const FrameArrived& arrived) {
    const FrameRecord& frame = trace_.frames[arrived.frame];
    const Arrival& arrival = frame.arrivals[arrived.arrival];
    begin("frame_in");
    json_.member("frame", arrived.frame);
    if (frame.sender == nobody && arrived.arrival == 0) describe(frame);
    json_.member("arrival", arrived.arrival);
    json_.flag("corrupted", arrival.is_corrupted());
    if (arrival.is_marked) json_.flag("marked", true);
    json_.key("drop");
    if (arrival.verdict == Drop::none) {
      json_.null();
    } else {
      json_.string(name(arrival.verdict));
    }
  }
  void operator()(const Moved& moved) {
    begin("move", moved.tuple);
    json_.member("from", tcp::name(moved.row.from)).member("event", tcp::name(moved.row.event));
    json_.member("to", tcp::name(moved.row.to)).member("section", moved.row.section);
  }
  void operator()(const TimerChanged& change) {
    constexpr const char* changes[] = {"armed", "disarmed", "fired"};
    begin("timer", change.tuple);
    json_.member("timer", tcp::name(change.sample.timer));
    json_.member("change", changes[static_cast<std::size_t>(change.sample.change)]);
    if (change.sample.deadline != never)
      json_.member("deadline_ns", nanoseconds(change.sample.deadline));
  }
  void operator()(const CongestionChanged& change) {
    begin("congestion", change.tuple);
    json_.member("cwnd_bytes", change.sample.cwnd_bytes);
    json_.member("ssthresh_bytes", change.sample.ssthresh_bytes);
    json_.member("in_flight_bytes", change.sample.in_flight_bytes);
    json_.member("phase", change.sample.phase);
  }
  void operator()(const RttMeasured& measured) {
    begin("rtt", measured.tuple);
    json_.member("sample_ns", nanoseconds(measured.sample.sample));
    json_.member("srtt_ns", nanoseconds(measured.sample.srtt));
    json_.member("rttvar_ns", nanoseconds(measured.sample.rttvar));
    json_.member("rto_ns", nanoseconds(measured.sample.rto));
  }
  void operator()(const WindowChanged& change) {
    begin("window", change.tuple);
    json_.member("send_window_bytes", change.sample.send_window_bytes);
    json_.member("receive_window_bytes", change.sample.receive_window_bytes);
  }
  void operator()(const FellSilent& silence) {
    begin("silence", silence.tuple);
    json_.member("reason", tcp::name(silence.reason));
    json_.member("sentence", tcp::sentence(silence.reason));
  }
  void operator()(const Retransmitted& again) {
    begin("retransmission", again.tuple);
    json_.member("cause", again.cause);
  }
  void operator()(const MemoryChanged& change) {
    begin("memory", change.tuple);
    json_.member("what", change.what).member("bytes", change.bytes);
  }
  void operator()(const Translated& translated) {
    begin("translation");
    json_.member("protocol", wire::protocol_text(translated.protocol));
    json_.member("inside", to_string(translated.inside));
    json_.member("outside", to_string(translated.outside));
  }
  void operator()(const Remark& remark) {
    begin("remark");
    json_.member("english", remark.english).member("korean", remark.korean);
  }

 private:
  void end_line() { text_ += json_.take() + "\n"; }

  void head() {
    json_.begin_object().member("type", "trace").member("version", 1);
    json_.key("hosts").begin_array();
    for (const TracedHost& host : trace_.hosts) {
      json_.begin_object().member("name", host.name).member("address", host.address).end_object();
    }
    json_.end_array().end_object();
    end_line();
  }

  void begin(const char* type) {
    json_.member("type", type).member("time_ns", nanoseconds(event_->at));
    if (event_->host != nobody) json_.member("host", trace_.hosts[event_->host].name);
    if (event_->cause != nobody) json_.member("cause_frame", event_->cause);
  }
  void begin(const char* type, const FourTuple& tuple) {
    begin(type);
    json_.member("local", to_string(tuple.local)).member("remote", to_string(tuple.remote));
  }

  void describe(const FrameRecord& frame) {
    const Summary& summary = frame.summary;
    json_.member("kind", name(summary.kind));
    json_.member("length", static_cast<std::int64_t>(frame.bytes.size()));
    if (frame.link_kind != LinkKind::ethernet) json_.member("link_kind", name(frame.link_kind));
    json_.member("summary", summary_line(frame));
    if (summary.kind == FrameKind::tcp) describe_tcp(summary);
    json_.member("bytes", hex(frame.bytes));
  }

  static std::string summary_line(const FrameRecord& frame) {
    if (frame.link_kind == LinkKind::ppp) return wire::summary_of_ppp(frame.bytes);
    return has_ethernet(frame.link_kind) ? wire::summary_of_frame(frame.bytes)
                                         : wire::summary_of_packet(frame.bytes);
  }

  // RFC 9768 3.2.3: bytes that arrived with each codepoint.
  void describe_acc_ecn(const AccEcnOption& option) {
    if (const auto bytes = option.ect_0()) json_.member("e0b", std::int64_t{*bytes});
    if (const auto bytes = option.ce()) json_.member("ceb", std::int64_t{*bytes});
    if (const auto bytes = option.ect_1()) json_.member("e1b", std::int64_t{*bytes});
  }

  void describe_tcp(const Summary& summary) {
    const SegmentNumbers numbers = numbers_.next(summary);
    json_.key("tcp").begin_object();
    json_.member("source", to_string(summary.tuple.local));
    json_.member("destination", to_string(summary.tuple.remote));
    json_.member("flags", to_string(summary.tcp.flags));
    json_.member("seq", summary.tcp.seq.value()).member("ack", summary.tcp.ack.value());
    json_.member("relative_seq", numbers.seq).member("relative_ack", numbers.ack);
    json_.member("window_bytes", numbers.window_bytes).member("text_bytes", summary.text_bytes);
    json_.flag("again", numbers.is_again);
    if (numbers.ace) json_.member("ace", std::int64_t{*numbers.ace});
    describe_acc_ecn(summary.tcp.options.acc_ecn);
    json_.end_object();
  }

  const Trace& trace_;
  Paths paths_;
  JsonWriter json_;
  Numbers numbers_;
  const Event* event_ = nullptr;
  std::string text_;
};

}  // namespace

std::string json_lines(const Trace& trace) { return Lines{trace}.write(); }

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
  return *this;
}

void JsonWriter::separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  put_quoted(name);
  text_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  separate();
  put_quoted(value);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  text_ += std::to_string(value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  text_ += "null";
  return *this;
}

void JsonWriter::put_quoted(std::string_view text) {
  text_ += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t c = next_code_point(text, at);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += static_cast<char>(c);
    } else if (c < 0x20) {
      text_ += "\\u00";
      text_ += hex_digits[c >> 4];
      text_ += hex_digits[c & 15];
    } else if (at == start + 1 && c >= 0x80) {
      text_ += "\\ufffd";
    } else {
      text_ += text.substr(start, at - start);
    }
  }
  text_ += '"';
}

std::string JsonWriter::take() {
  needs_comma_ = false;
  return std::exchange(text_, {});
}

}  // namespace acksu::trace
