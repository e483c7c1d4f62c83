// What the application has written and the peer has not acknowledged, as pieces in the order of
// their sequence numbers: sent ones with what is known about them (RFC 6675's scoreboard), then
// unsent ones. Each piece was copied and summed once, when it was written; sending it again copies
// nothing.
//
//      una                          nxt                       end
//   ----|---- sent, in doubt ------- |---- not yet sent ------- |
#pragma once

#include <optional>

#include "base/digest.h"
#include "base/ring.h"
#include "base/segment.h"
#include "base/seq.h"
#include "tcp/context.h"

namespace acksu::tcp {

// What a cumulative ACK took away.
struct Acked {
  std::uint32_t bytes = 0;  // of sequence space
  bool fin = false;
  std::optional<Duration> rtt;  // since the oldest piece was sent, if Karn's rule allows
  bool was_retransmitted = false;
};

// How much of the queue one segment may take.
struct Allowance {
  std::uint32_t text_bytes = 0;
  bool fin = false;
};

class SendQueue {
 public:
  explicit SendQueue(Seq first) : una_(first), nxt_(first), end_(first) {}

  Seq una() const { return una_; }
  Seq nxt() const { return nxt_; }
  Seq end() const { return end_; }
  std::uint32_t outstanding() const { return bytes_between(una_, nxt_); }
  std::uint32_t unsent() const { return bytes_between(nxt_, end_); }  // a FIN counts one
  std::uint32_t unsent_text() const { return unsent() - (has_fin_ && unsent() > 0 ? 1u : 0u); }
  std::uint32_t queued() const { return bytes_between(una_, end_); }
  bool has_fin() const { return has_fin_; }
  bool is_fin_sent() const { return has_fin_ && nxt_ == end_; }
  // Believed to be in the network: sent, and neither lost nor received out of order.
  std::uint32_t pipe() const { return outstanding() - sacked_ - lost_; }
  std::uint32_t sacked() const { return sacked_; }
  bool has_lost() const { return lost_ > 0; }
  std::uint32_t lost() const { return lost_; }

  // ---- Writing. Copies bytes into pieces of at most `piece_bytes`; returns how many the budget
  // allowed.
  std::uint32_t append(Bytes bytes, std::uint32_t piece_bytes, Context& context);
  void append_fin(Context& context);

  // ---- Sending. Each fills seq, text, text_sum and FIN of `segment`.
  void take_unsent(Allowance allowance, Context& context, Segment& segment);
  // The first lost text; needs has_lost().
  void take_lost(Allowance allowance, Context& context, Segment& segment);

  // ---- Hearing. `ack` lies in (una, nxt].
  Acked take_ack(Seq ack, Context& context);
  // Marks what the block holds as received (RFC 2018); returns the bytes that are new.
  std::uint32_t mark_sacked(SackBlock block);
  // RFC 6675 IsLost: marks what has `reordering_bytes` or more received behind it and was sent only
  // once. Returns whether anything was marked.
  bool mark_lost_behind(std::uint32_t reordering_bytes);
  // The oldest piece, unless it is already lost or received; false then.
  bool mark_front_lost();
  // Whether the oldest piece was sent again since `forget_repairs`.
  bool was_front_repaired() const;
  std::uint32_t front_transmissions() const;
  std::uint32_t front_text() const { return sent_pieces_ > 0 ? pieces_.front().text.size() : 0; }
  void forget_repairs();
  bool is_front_sacked() const;
  Seq first_lost() const;  // needs has_lost()
  // After a time-out all is lost but what was received (RFC 6675 section 5.1); if the oldest piece
  // counts as received the peer has reneged, and nothing does any more (RFC 2018 section 8).
  void mark_all_lost();

  // Forgets all text; SND.NXT stays, for the reset that may be owed.
  void clear(Context& context);
  void digest(Digest& digest) const;

 private:
  struct Piece {
    static constexpr std::uint8_t fin_mark = 1, sacked_mark = 2, lost_mark = 4, repaired_mark = 8;

    Slice text;
    Instant sent{};  // last time
    Seq seq;
    std::uint32_t charged = 0;  // to the budget
    Sum sum;
    std::uint8_t transmissions = 0;
    std::uint8_t marks = 0;

    bool has(std::uint8_t mark) const { return (marks & mark) != 0; }
    std::uint32_t length() const { return text.size() + (has(fin_mark) ? 1u : 0u); }
    Seq end() const { return seq + length(); }
  };

  std::uint32_t append_to_tail(Bytes bytes, std::uint32_t piece_bytes, Context& context);
  std::uint32_t append_piece(Bytes bytes, std::uint32_t piece_bytes, Context& context);
  // Takes pieces from `position` on, all lost or all unsent, while the allowance lasts; returns the
  // position behind.
  std::uint32_t take(std::uint32_t position, Allowance allowance, Context& context,
                     Segment& segment);
  bool fit(std::uint32_t position, Allowance left, Context& context);
  void split(std::uint32_t position, std::uint32_t text_bytes, Context& context);
  void pop_front(Context& context);
  void trim_front(std::uint32_t count);
  void forget_marks(Piece& piece);
  std::uint32_t first_lost_position() const;
  // Position of the piece that holds `seq`, or of the first behind it.
  std::uint32_t position_of(Seq seq) const;

  Ring<Piece> pieces_;
  std::uint32_t sent_pieces_ = 0;
  Seq una_, nxt_, end_;
  std::uint32_t sacked_ = 0;  // bytes of sequence space received out of order
  std::uint32_t lost_ = 0;    // lost and not yet sent again
  Seq high_sacked_;           // end of the highest sacked piece, if sacked_ > 0
  bool has_fin_ = false;
};

}  // namespace acksu::tcp
