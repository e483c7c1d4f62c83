// Accurate ECN (RFC 9768 3.2), once both SYNs have agreed on it. The data receiver counts marked
// packets, and bytes by their codepoint of IP; each segment tells the last three bits of the former
// in its flags (ACE), an option the last 24 bits of the latter. The data sender keeps the same
// counts, and guesses what ACE has left out. Neither knows the other half of its connection.
//
// Left out on purpose: looking for paths on which everything seems marked (3.2.2.3, advice); taking
// a guess back that reordering has refuted (3.2.2.5.2, MAY).
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/segment.h"
#include "tcp/ecn_mode.h"

namespace acksu::tcp {

// RFC 9768 3.2.1: but for the marked bytes none begins at zero, which a middlebox might write.
struct MarkCounts {
  std::uint32_t cep = 5;                    // packets
  std::uint32_t ceb = 0, e0b = 1, e1b = 1;  // bytes

  void digest(Digest& digest) const {
    digest.add_together(cep, ceb);
    digest.add_together(e0b, e1b);
  }
};
// All of the bytes.
inline constexpr std::uint32_t whole_option_bytes = 12;  // with a NOP
AccEcnOption whole_option(const MarkCounts& counts);

// The data receiver.
class MarkCounter {
 public:
  explicit MarkCounter(const EcnAgreement& ecn)
      : handshake_(ecn.heard), may_tell_(ecn.may_tell), is_told_(ecn.is_told) {}

  // A SYN or SYN+ACK, also one that is repeated: what arrived on the latest is told.
  void on_syn(const Segment& segment);
  // An acceptable segment, `packets` of them merged. True: it is to be acknowledged at once.
  bool on_segment(const Segment& segment, std::uint32_t packets);

  // An option of the peer's, in whatever segment.
  void on_option() { is_told_ = true; }
  // Text that was acknowledged just before has come again.
  void on_again(const Segment& segment, std::uint32_t packets);

  // A segment of ours that has room for so many bytes of options more.
  void fill(Segment& segment, std::uint32_t option_room, AccEcnOptions telling);
  // RFC 9768 3.2.2.1: the answer to the peer's SYN, or the ACK of its SYN+ACK; with an option, to
  // try the path.
  void fill_handshake(Segment& segment, bool has_option);
  bool is_told() const { return is_told_; }
  // Each segment has room for a whole option.
  void reserve() { has_room_ = true; }
  bool has_room() const { return has_room_; }

  std::uint8_t ace() const { return counts_.cep & 7; }
  const MarkCounts& counts() const { return counts_; }
  void digest(Digest& digest) const;

 private:
  bool is_first_text(const Segment& segment) const {
    return has_first_text_ && segment.seq == first_text_ && !segment.text.is_empty();
  }
  void fill_all(Segment& segment, std::uint32_t option_room);
  AccEcnOption option() const;

  MarkCounts counts_;
  Seq first_text_;  // ours, of who was answered: an option goes with it, too
  Seq again_;       // what has come again last
  Ecn handshake_;
  std::uint8_t marked_since_ack_ = 0;
  std::uint8_t moved_ = 0;  // so many counts, in order 1, since an option told them
  bool may_tell_;
  bool is_told_;  // the peer's options arrive
  bool has_again_ = false;
  bool has_room_ = false;
  bool has_first_text_ = false;
  bool was_first_text_told_ = false;
  bool was_syn_ack_marked_ = false;
  bool is_news_ = false;  // a count of bytes has moved since an option told it
  bool was_marked_ = false;
  bool has_ce_ = false, has_ect_0_ = false, has_ect_1_ = false;  // ever moved
};

// How far the data sender trusts the path and the peer.
struct MarkTrust {
  bool is_accurate : 1 = false;     // accurate ECN was agreed on
  bool may_mark : 1 = true;         // as far as is known the path leaves alone what our packets say
  bool is_mute : 1 = false;         // ACE was zero where it cannot be: feedback means nothing
  bool has_bad_option : 1 = false;  // counts were zero where they cannot be: options mean nothing
  bool was_syn_ack_marked : 1 = false;
  bool is_begun : 1 = false;  // a segment with ACE was heard
  bool is_read : 1 = false;   // the flags of this segment meant something else

  // The SYN+ACK that answers us, or that has crossed ours. True: our SYN was marked.
  bool on_syn_ack(const Segment& segment);
  // What ends our SYN-RECEIVED. True: our SYN+ACK was marked.
  bool on_handshake_ack(const Segment& segment);
  // Each segment behind that. False: its flags mean nothing.
  bool on_segment(const Segment& segment);
  void digest(Digest& digest) const {
    digest.add_together(is_accurate, may_mark, is_mute, has_bad_option, was_syn_ack_marked,
                        is_begun, is_read);
  }

 private:
  void judge_codepoint(Ecn told);
  void judge_option(const AccEcnOption& option);
};

// What is newly known to be marked.
struct MarkReport {
  std::uint32_t packets = 0, bytes = 0;
};

// The data sender.
class MarkFeedback {
 public:
  explicit MarkFeedback(const MarkTrust& trust) {
    if (trust.was_syn_ack_marked) ++counts_.cep;
  }

  // An ACK that has brought news of so many bytes.
  MarkReport on_ack(const Segment& segment, std::uint32_t delivered, std::uint32_t mss,
                    MarkTrust& trust);
  const MarkCounts& counts() const { return counts_; }
  void digest(Digest& digest) const;

 private:
  bool is_superseded(const Segment& segment, std::uint32_t delivered);
  std::uint32_t guess_packets(std::uint32_t least, std::uint32_t packets);
  std::uint32_t take_option(const AccEcnOption& option);
  void reconcile(MarkReport& report, std::uint32_t told, MarkTrust& trust);

  MarkCounts counts_;
  std::uint32_t newest_stamp_ = 0;
  std::uint32_t guessed_bytes_ = 0;  // reported, and not yet told by an option
  std::uint16_t usual_packets_ = 0;  // that an ACK acknowledges, in eighths; 0: not known
  std::uint8_t contradictions_ = 0;  // in a row
  bool has_stamp_ = false;
};

}  // namespace acksu::tcp
