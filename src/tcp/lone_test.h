// For tests of a connection: one end, and a peer that says whatever the test says. Ours are numbers
// relative to our first byte of text, theirs to the peer's.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "tcp/connection.h"
#include "tcp/desk_test.h"

namespace acksu::tcp {

// A segment in short: "SYN+ACK 0 ack 0", flags, then number and length of its text.
struct Line {
  std::string flags;
  std::int64_t seq = 0;
  std::int64_t ack = 0;
  std::uint32_t text_bytes = 0;
  bool operator==(const Line&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Line& line) {
  return out << line.flags << ' ' << line.seq << '(' << line.text_bytes << ") ack " << line.ack;
}
using Lines = std::vector<Line>;

struct Terms {
  bool timestamps = false;
  bool sack = false;
  std::uint16_t window = 60'000;
};

class Lone {
 public:
  static constexpr std::uint32_t ours = 0xffff'fe00, theirs = 0x7fff'ff00;

  explicit Lone(const Terms& terms = {}, const Settings& settings = {}) : terms_(terms) {
    desk.settings = settings;
    desk.names_tuple = false;
  }

  // ---- Opening
  void connect() {
    Context context = desk.context();
    connection.emplace(opening(), context);
  }
  void establish() {
    connect();
    hear_said();
    Segment syn_ack = segment("SYN+ACK", -1, 0);
    hear(syn_ack);
    EXPECT_EQ(connection->state(), State::established);
    hear_said();
    connection->take_news();
  }
  // The same where the settings ask for accurate ECN, with a peer that counts marks, too.
  void establish_counting() {
    connect();
    hear_said();
    Segment syn_ack = segment("SYN+ACK", -1, 0);
    syn_ack.flags.set_ace(2);
    hear(syn_ack);
    hear_said();
    EXPECT_TRUE(info().has_accurate_ecn);
  }
  // As a listener does: the connection is made by the ACK that `first` is.
  void accept(Segment first, std::uint8_t syn_acks_sent = 1) {
    Accepted accepted;
    accepted.agreement = agree(syn_options(), desk.settings);
    accepted.irs = Seq{theirs - 1};
    accepted.offered_window = 60'000;
    accepted.syn_acks_sent = syn_acks_sent;
    Context context = desk.context();
    connection.emplace(opening(), accepted, context);
    hear(first);
  }

  // ---- The peer speaks
  Segment segment(const std::string& flags, std::int64_t seq, std::int64_t ack,
                  std::uint32_t text_bytes = 0) {
    Segment segment;
    segment.seq = Seq{theirs + static_cast<std::uint32_t>(seq)};
    segment.flags.bits = bits_of(flags);
    if (segment.has(Flags::ack)) segment.ack = Seq{ours + static_cast<std::uint32_t>(ack)};
    segment.window = terms_.window;
    if (segment.has(Flags::syn)) segment.options = syn_options();
    if (terms_.timestamps) {
      segment.options.has_timestamps = true;
      segment.options.timestamps = {++their_clock, our_clock};
    }
    if (text_bytes > 0) {
      segment.text.append(
          desk.pool.copy_of(bytes_of(text_from(static_cast<std::uint64_t>(seq), text_bytes))));
    }
    return segment;
  }
  Verdict hear(Segment& segment) {
    Context context = desk.context();
    return connection->on_segment(segment, context);
  }
  Verdict hear(const std::string& flags, std::int64_t seq, std::int64_t ack,
               std::uint32_t text_bytes = 0) {
    Segment arrived = segment(flags, seq, ack, text_bytes);
    return hear(arrived);
  }

  // ---- We speak
  std::vector<Segment> said() {
    std::vector<Segment> all;
    while (true) {
      Segment segment;
      Context context = desk.context();
      if (!connection->next_segment(segment, context)) {
        if (connection->is_send_awaited()) connection->on_turn_over(context);
        return all;
      }
      if (segment.options.has_timestamps) our_clock = segment.options.timestamps.value;
      all.push_back(std::move(segment));
    }
  }
  Lines hear_said() {
    Lines lines;
    for (const Segment& segment : said()) {
      const bool has_ack = segment.has(Flags::ack);
      lines.push_back({words_of(segment.flags.bits), segment.seq - Seq{ours},
                       has_ack ? segment.ack - Seq{theirs} : 0, segment.text.size()});
    }
    return lines;
  }

  // ---- The application
  std::uint32_t write(std::uint64_t bytes) {
    Context context = desk.context();
    const auto result = connection->write(bytes_of(text_from(written, bytes)), context);
    if (result) written += *result;
    return result ? *result : 0;
  }
  std::string read(std::size_t most = 100'000) {
    if (room_.size() < most) room_.resize(most);
    Context context = desk.context();
    const auto result = connection->read(std::span(room_).first(most), context);
    return result ? std::string(room_.begin(), room_.begin() + *result) : std::string{};
  }
  Error shut_down() {
    Context context = desk.context();
    return connection->shutdown_write(context);
  }
  void close() {
    Context context = desk.context();
    connection->close(context);
  }
  void abort() {
    Context context = desk.context();
    connection->abort(context);
  }
  void set(const ConnectionOptions& options) {
    Context context = desk.context();
    connection->set_options(options, context);
  }

  // ---- Time: lets `duration` pass, and whatever is due happen; returns what was said meanwhile.
  Lines pass(Duration duration) {
    Lines lines;
    const Instant end = desk.now + duration;
    while (connection->deadline() <= end) {
      desk.now = std::max(desk.now, connection->deadline());
      Context context = desk.context();
      connection->on_time(context);
      for (Line& line : hear_said()) lines.push_back(std::move(line));
    }
    desk.now = end;
    return lines;
  }
  State state() const { return connection->state(); }
  Info info() const { return connection->info(desk.settings); }

  Desk desk;
  std::optional<Connection> connection;
  std::uint32_t their_clock = 1000, our_clock = 0;
  std::uint64_t written = 0;

 private:
  static std::uint16_t bits_of(const std::string& flags) {
    std::uint16_t bits = 0;
    if (flags.find("SYN") != flags.npos) bits |= Flags::syn;
    if (flags.find("ACK") != flags.npos) bits |= Flags::ack;
    if (flags.find("FIN") != flags.npos) bits |= Flags::fin;
    if (flags.find("RST") != flags.npos) bits |= Flags::rst;
    return bits;
  }
  static std::string words_of(std::uint16_t bits) {
    std::string words;
    const auto add = [&](std::uint16_t bit, const char* word) {
      if ((bits & bit) != 0) words += (words.empty() ? "" : "+") + std::string(word);
    };
    add(Flags::syn, "SYN");
    add(Flags::fin, "FIN");
    add(Flags::rst, "RST");
    add(Flags::ack, "ACK");
    return words;
  }
  SegmentOptions syn_options() const {
    SegmentOptions options;
    options.mss = 1000;
    options.sack_permitted = terms_.sack;
    options.has_timestamps = terms_.timestamps;
    options.timestamps.value = their_clock;
    return options;
  }
  Opening opening() const {
    return {.tuple = desk.tuple, .iss = Seq{ours - 1}, .timestamp_offset = 77, .mss = 1000};
  }

  Terms terms_;
  std::vector<std::uint8_t> room_;  // for read, which would take longest to fill it anew
};

}  // namespace acksu::tcp
