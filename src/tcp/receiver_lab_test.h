// For tests of the receiving half by itself: one receiver, and a peer that says whatever the test
// says. Numbers are relative to the peer's first byte of text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tcp/desk_test.h"
#include "tcp/receiver.h"

namespace acksu::tcp {

struct ReceiverTerms {
  std::uint32_t capacity = 60'000;
  std::uint8_t shift = 0;
  bool sack = false;
  bool timestamps = false;
  std::uint32_t quick_acks = 0;
  bool offers_all_room = false;
  bool is_like_bsd = false;  // that, and whole segments
};

class ReceiverLab {
 public:
  static constexpr std::uint32_t mss = 1000;

  explicit ReceiverLab(const ReceiverTerms& terms = {}) : receiver(settings_for(terms), mss) {
    Agreement agreement;
    agreement.window_scaling = terms.shift > 0;
    agreement.receive_shift = terms.shift;
    agreement.sack = terms.sack;
    agreement.timestamps = terms.timestamps;
    receiver.agree_on(agreement, settings_for(terms));
    receiver.on_syn(Seq{first_seq - 1}, receiver.syn_window());
  }

  static Seq seq_at(std::int64_t position) {
    return Seq{first_seq + static_cast<std::uint32_t>(position)};
  }
  static std::int64_t position_of(Seq seq) { return seq - Seq{first_seq}; }
  Segment segment(std::int64_t at, std::uint32_t length, bool fin = false) {
    Segment segment;
    segment.seq = seq_at(at);
    segment.flags.set(Flags::ack);
    if (fin) segment.flags.set(Flags::fin);
    if (length > 0) {
      segment.text.append(
          desk.pool.copy_of(bytes_of(text_from(static_cast<std::uint64_t>(at), length))));
    }
    return segment;
  }
  // As a connection does with a segment whose ACK is fine.
  Drop hear(std::int64_t at, std::uint32_t length, bool fin = false) {
    Segment arrived = segment(at, length, fin);
    if (!receiver.is_acceptable(arrived)) {
      receiver.on_duplicate(arrived);
      return Drop::tcp_out_of_window;
    }
    Context context = desk.context();
    const Drop drop = receiver.take_text(arrived, context, timers);
    receiver.take_fin();
    return drop;
  }
  // The next ACK that is owed; nothing is carried with it.
  Segment speak() {
    Segment segment;
    Context context = desk.context();
    receiver.fill(segment, mss, context);
    receiver.on_ack_sent(segment, context, timers);
    return segment;
  }
  // The window that it offers.
  std::uint32_t offer() { return std::uint32_t{speak().window} << receiver.shift(); }
  std::vector<Segment> speak_all() {
    std::vector<Segment> all;
    while (receiver.acks().is_owed()) all.push_back(speak());
    return all;
  }
  std::string read(std::uint32_t most) {
    std::vector<std::uint8_t> bytes(most);
    Context context = desk.context();
    const std::uint32_t count = receiver.read(bytes, context);
    return {bytes.begin(), bytes.begin() + count};
  }
  // Whether that alone is worth an ACK.
  bool tells_of_read(std::uint32_t most) {
    speak_all();
    read(most);
    return receiver.acks().is_owed();
  }
  BufferChain read_shared(std::uint32_t most) {
    Context context = desk.context();
    return receiver.read_shared(most, context);
  }
  // A segment with part of a block that its writer has shared.
  Drop hear_part(std::int64_t at, Slice text) {
    Segment arrived = segment(at, 0);
    arrived.text.append(std::move(text));
    Context context = desk.context();
    return receiver.take_text(arrived, context, timers);
  }

  static constexpr std::uint32_t first_seq = 0xffff'ff00;
  Desk desk;
  Timers timers;

 private:
  const Settings& settings_for(const ReceiverTerms& terms) {
    desk.settings.receive_buffer = terms.capacity;
    desk.settings.quick_acks = terms.quick_acks;
    desk.settings.buffers_whole_segments = terms.is_like_bsd;
    desk.settings.offers_all_room = terms.offers_all_room || terms.is_like_bsd;
    return desk.settings;
  }

 public:
  Receiver receiver;
};

}  // namespace acksu::tcp
