// Words and units are those of ss: times are milliseconds, windows segments, the rest bytes.
#include "trace/connection_table.h"

#include <algorithm>
#include <array>

#include "base/segment.h"
#include "tcp/congestion.h"
#include "trace/text.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace acksu::trace {
namespace {

constexpr std::array short_states{"UNCONN",  "LISTEN",     "SYN-SENT",   "SYN-RECV",
                                  "ESTAB",   "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                                  "CLOSING", "LAST-ACK",   "TIME-WAIT"};
static_assert(short_states.size() == tcp::state_count);

// "1.042", without what is zero behind the point.
std::string milliseconds(Duration duration) {
  const std::int64_t microseconds = std::max<std::int64_t>(0, nanoseconds(duration) / 1000);
  std::string text = std::to_string(microseconds / 1000);
  if (microseconds % 1000 == 0) return text;
  text += "." + std::to_string(1000 + microseconds % 1000).substr(1);
  while (text.back() == '0') text.pop_back();
  return text;
}

// "11.6Mbps".
std::string rate(std::uint64_t bits_a_second) {
  constexpr std::array units{"bps", "Kbps", "Mbps", "Gbps", "Tbps"};
  std::size_t unit = 0;
  std::uint64_t tenths = bits_a_second < 1'000'000'000'000'000 ? bits_a_second * 10 : 0;
  for (; tenths >= 10'000 && unit + 1 < units.size(); ++unit) tenths /= 1000;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + units[unit];
}

class Words {
 public:
  Words& word(const std::string& text) {
    text_ += (text_.empty() ? "" : " ") + text;
    return *this;
  }
  Words& pair(const char* name, const std::string& value) { return word(name + (":" + value)); }
  Words& number(const char* name, std::uint64_t value) { return pair(name, std::to_string(value)); }
  // What ss leaves out as long as there is nothing.
  Words& count(const char* name, std::uint64_t value) {
    return value == 0 ? *this : number(name, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// Written, and not yet acknowledged, is what Linux calls the write queue.
std::string memory_words(const tcp::Info& info) {
  return "skmem:(r" + std::to_string(info.rcv.unread_bytes + info.rcv.out_of_order_bytes) + ",rb" +
         std::to_string(info.rcv.buffer_bytes) + ",w" + std::to_string(info.snd.queued_bytes) +
         ",tb" + std::to_string(info.snd.buffer_bytes) + ")";
}

void add_options(const tcp::Info& info, Words& words) {
  if (info.has_timestamps) words.word("ts");
  if (info.has_sack) words.word("sack");
  if (info.has_ecn) words.word(info.has_accurate_ecn ? "accecn" : "ecn");
  words.word(tcp::name(info.snd.congestion));
  if (info.snd.wscale > 0 || info.rcv.wscale > 0) {
    words.pair("wscale", std::to_string(info.snd.wscale) + "," + std::to_string(info.rcv.wscale));
  }
}

void add_path(const tcp::Info& info, Words& words) {
  words.pair("rto", milliseconds(info.rto));
  if (info.srtt > Duration::zero()) {
    words.pair("rtt", milliseconds(info.srtt) + "/" + milliseconds(info.rttvar));
  }
  words.number("mss", info.snd.mss).number("pmtu", path_mtu(info));
  if (info.bytes_received > 0) words.number("rcvmss", info.rcv.largest_segment);
  words.count("advmss", info.rcv.mss);
  words.number("cwnd", std::max(1u, info.snd.cwnd / std::max(1u, info.snd.mss)));
  if (info.snd.ssthresh != tcp::no_ssthresh) {
    words.number("ssthresh", info.snd.ssthresh / std::max(1u, info.snd.mss));
  }
}

void add_counts(const tcp::Info& info, Words& words) {
  words.count("bytes_sent", bytes_sent(info)).count("bytes_retrans", info.retransmitted_bytes);
  words.count("bytes_acked", info.bytes_acked).count("bytes_received", info.bytes_received);
  words.count("delivered_ce", info.snd.marks.cep - tcp::MarkCounts{}.cep);
  words.count("received_ce", info.rcv.marks.cep - tcp::MarkCounts{}.cep);
  words.count("segs_out", info.segments_out).count("segs_in", info.segments_in);
  words.count("data_segs_out", info.text_segments_out);
  words.count("data_segs_in", info.text_segments_in);
}

// A part of the time in which there was text, as `ss` says it.
void add_wait(const char* name, Duration waited, Duration busy, Words& words) {
  if (waited == Duration::zero()) return;
  const std::int64_t thousandths = waited / std::max<Duration>(busy / 1000, Duration{1});
  words.pair(name, std::to_string(waited / 1ms) + "ms(" + std::to_string(thousandths / 10) + "." +
                       std::to_string(thousandths % 10) + "%)");
}

void add_times(const tcp::SendTimes& times, Instant now, Words& words) {
  const Duration busy = times.busy(now);
  if (busy == Duration::zero()) return;
  words.pair("busy", std::to_string(busy / 1ms) + "ms");
  add_wait("rwnd_limited", times.waited_for(tcp::SendWait::window, now), busy, words);
  add_wait("sndbuf_limited", times.waited_for(tcp::SendWait::room, now), busy, words);
}

void add_now(const tcp::Info& info, Instant now, Words& words) {
  const std::int64_t rtt = nanoseconds(info.srtt);
  if (rtt > 0) {
    words.word("send " + rate(std::uint64_t{info.snd.cwnd} * 8'000'000'000u /
                              static_cast<std::uint64_t>(rtt)));
  }
  if (info.snd.pacing_rate > 0) words.word("pacing_rate " + rate(info.snd.pacing_rate * 8));
  if (info.snd.delivery_rate > 0) words.word("delivery_rate " + rate(info.snd.delivery_rate * 8));
  if (info.snd.is_application_limited) words.word("app_limited");
  add_times(info.times, now, words);
  words.pair("lastsnd", std::to_string((now - info.snd.last_sent) / 1ms));
  words.pair("lastrcv", std::to_string((now - info.last_heard) / 1ms));
  words.count("unacked", full_segments(info, bytes_between(info.snd.una, info.snd.nxt)));
  if (info.retransmitted_segments > 0) {
    const unsigned again = info.snd.transmissions > 1 ? info.snd.transmissions - 1u : 0u;
    words.pair("retrans",
               std::to_string(again) + "/" + std::to_string(info.retransmitted_segments));
  }
  words.count("lost", full_segments(info, info.snd.lost_bytes));
  words.count("sacked", full_segments(info, info.snd.sacked_bytes));
  words.count("rcv_ooo", info.rcv.out_of_order_bytes);
  words.number("rcv_space", info.rcv.buffer_bytes).count("notsent", info.snd.unsent_bytes);
  if (info.min_rtt > Duration::zero()) words.pair("minrtt", milliseconds(info.min_rtt));
  words.number("snd_wnd", info.snd.wnd);
  words.pair("limited", tcp::name(info.limited_by));
}

bool has_inside(tcp::State state) {
  return state != tcp::State::listen && state != tcp::State::time_wait &&
         state != tcp::State::closed;
}

std::string row(const std::array<std::string, 5>& cells) {
  return padded(cells[0], 10) + " " + padded(cells[1], 8) + " " + padded(cells[2], 8) + " " +
         padded(cells[3], 25) + " " + cells[4];
}

}  // namespace

std::uint64_t bytes_sent(const tcp::Info& info) {
  return info.bytes_acked + bytes_between(info.snd.una, info.snd.nxt) + info.retransmitted_bytes;
}

std::uint32_t path_mtu(const tcp::Info& info) {
  const std::uint32_t options = info.has_timestamps ? timestamp_option_bytes : 0;
  const bool is_v4 = info.tuple.remote.address.is_v4();
  const std::uint32_t network = is_v4 ? wire::Ipv4Header::size : wire::Ipv6Header::size;
  return info.snd.mss + options + 20 + network;
}

std::uint32_t full_segments(const tcp::Info& info, std::uint32_t bytes) {
  const std::uint32_t mss = std::max(1u, info.snd.mss);
  return bytes / mss + (bytes % mss == 0 ? 0 : 1);
}

std::string connection_lines(const tcp::Info& info, Instant now) {
  const bool is_listener = info.state == tcp::State::listen;
  std::string text =
      row({short_states[static_cast<std::size_t>(info.state)],
           std::to_string(info.rcv.unread_bytes), std::to_string(info.snd.queued_bytes),
           to_string(info.tuple.local), is_listener ? "*" : to_string(info.tuple.remote)});
  text += "\n";
  if (!has_inside(info.state) || info.snd.mss == 0) return text;
  Words words;
  words.word(memory_words(info));
  add_options(info, words);
  add_path(info, words);
  add_counts(info, words);
  add_now(info, now, words);
  return text + "\t " + words.take() + "\n";
}

std::string connection_table(const std::vector<tcp::Info>& infos, Instant now) {
  std::string text =
      row({"State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port"}) + "\n";
  for (const tcp::Info& info : infos) text += connection_lines(info, now);
  return text;
}

}  // namespace acksu::trace
