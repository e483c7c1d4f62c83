// What the application has written and the peer has not acknowledged, as pieces in the order of
// their sequence numbers: sent ones with what is known about them (the scoreboard), then unsent
// ones. Each piece was copied and summed once, when it was written, or only summed, where it is
// part of a block that the application has shared; sending it again copies nothing.
//
//      una                          nxt                       end
//   ----|---- sent, in doubt ------- |---- not yet sent ------- |
//
// A sent piece is under way, received (by SACK) or lost. Those under way stand in the order of
// their last transmission (RFC 8985 5.1), so what an ACK costs grows with what it says and not with
// the window.
#pragma once

#include <optional>

#include "base/digest.h"
#include "base/ring.h"
#include "base/segment.h"
#include "base/seq.h"
#include "tcp/context.h"
#include "tcp/delivery.h"

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
  // All that is queued is a FIN, and it is no piece yet: few need to know more of it than when it
  // was sent.
  bool is_fin_alone() const { return has_fin_ && pieces_.is_empty() && una_ != end_; }
  // Believed to be in the network: sent, and neither lost nor received out of order.
  std::uint32_t pipe() const { return outstanding() - sacked() - lost(); }
  std::uint32_t sacked() const { return pieces_.is_empty() ? 0 : board().sacked; }
  bool has_lost() const { return lost() > 0; }
  std::uint32_t lost() const { return pieces_.is_empty() ? 0 : board().lost; }

  // Sent again, and neither lost again nor received; counted each time.
  std::uint32_t sent_again() const;
  // The same in segments of at most `mss`: all that are outstanding, those lost, those sent again.
  struct Count {
    std::uint32_t outstanding = 0, lost = 0, again = 0;
  };
  Count count(std::uint32_t mss) const;

  // ---- Writing. Copies bytes into pieces of at most `piece_bytes`; returns how many the budget
  // allowed.
  std::uint32_t append(Bytes bytes, std::uint32_t piece_bytes, Context& context);
  // The same without a copy: each piece is a part of `text`, whose block is charged once. Text that
  // is small, or for whose whole block there is too little memory, is copied all the same.
  std::uint32_t share(Slice text, std::uint32_t piece_bytes, Context& context);
  void append_fin(Context& context);
  // No segment goes on behind what was written last, nor does text join it.
  void end_record(bool is_pushed);
  // Unsent text up to the end of the first record, or of all; at most `most`.
  std::uint32_t record_room(std::uint32_t most) const;

  // ---- Sending. Each fills seq, text, text_sum and FIN of `segment`.
  void take_unsent(Allowance allowance, Context& context, Segment& segment);
  // The same where all that is queued is one piece of text that was never sent.
  bool is_one_plain_unsent() const {
    return pieces_.size() == 1 && !has_fin_ && board().sent == 0 &&
           pieces_.front().transmissions == 0;
  }
  void take_plain_unsent(Context& context, Segment& segment);
  // A FIN that is alone, for the first time.
  void take_fin(Segment& segment);
  // All that was sent and not acknowledged is there to be sent as if it never was.
  void take_back(bool remembers_sending);
  // What ends there, the last that was sent, was pushed: it is when it goes again.
  void push_last() { pieces_[sent_pieces() - 1].marks |= Piece::push_mark; }
  // The first lost text; needs has_lost().
  void take_lost(Allowance allowance, Context& context, Segment& segment);

  // ---- Hearing. `ack` lies in (una, nxt]. What is new goes into `delivery`.
  // All was acknowledged, of which only a FIN was left that is alone.
  void take_ack_of_fin() { una_ = nxt_; }
  // A FIN that is alone becomes a piece like any other, which was sent then (or not at all, yet).
  void write_down_fin(std::optional<Instant> sent, BufferPool& pool);
  Acked take_ack(Seq ack, Context& context, Delivery& delivery);
  // The same of all that was sent, where that is one piece of text, sent once and not lost.
  bool is_one_plain_sent() const {
    if (sent_pieces() != 1) return false;
    const Piece& piece = pieces_.front();
    constexpr std::uint8_t special =
        Piece::fin_mark | Piece::sacked_mark | Piece::lost_mark | Piece::repaired_mark;
    return piece.transmissions == 1 && !piece.has(special);
  }
  Acked take_plain_ack(Context& context, Delivery& delivery);
  // Marks what the block holds as received (RFC 2018); returns the bytes that are new.
  std::uint32_t mark_sacked(SackBlock block, Delivery& delivery);
  std::uint32_t sacked_pieces() const { return pieces_.is_empty() ? 0 : board().sacked_pieces; }
  // RFC 8985 6.2 (5): marks lost what was sent before `latest`, at `limit` or before it. Returns
  // when the oldest of what was also sent before `latest`, but after `limit`, was sent.
  std::optional<Instant> mark_lost_before(const Transmission& latest, Instant limit);
  // The newest text, to be sent once more (RFC 8985 7.3); false if it is not under way.
  bool mark_tail_lost();
  // Nothing was lost after all: what is marked so is under way again.
  void forget_losses();
  // The oldest piece, unless it is already lost or received; false then.
  bool mark_front_lost();
  // Whether the oldest piece was sent again since `forget_repairs`.
  bool was_front_repaired() const;
  std::uint32_t front_transmissions() const;
  std::uint32_t pieces_under_way() const { return pieces_.is_empty() ? 0 : board().under_way; }
  // When the oldest of those was sent; `never`: there are none.
  Instant oldest_sent() const {
    return pieces_under_way() > 0 ? pieces_[board().oldest - board().first_number].sent : never;
  }
  // When the piece had been sent that was found lost last; needs outstanding text.
  Instant newest_loss() const { return board().newest_loss; }
  std::uint32_t front_text() const { return sent_pieces() > 0 ? pieces_.front().text.size() : 0; }
  void forget_repairs();
  bool is_front_sacked() const;
  Seq first_lost() const;  // needs has_lost()
  bool was_first_lost_sent_once() const;
  // After a time-out all is lost but what was received (RFC 6675 section 5.1); if the oldest piece
  // counts as received the peer has reneged, and nothing does any more (RFC 2018 section 8).
  void mark_all_lost();

  // Forgets all text; SND.NXT stays, for the reset that may be owed.
  void clear(Context& context) {
    if (!pieces_.is_empty()) drop_pieces(context);
    una_ = end_ = nxt_;  // what was never sent has no number
  }
  void digest(Digest& digest) const;

 private:
  struct Piece {
    static constexpr std::uint8_t fin_mark = 1, sacked_mark = 2, lost_mark = 4, repaired_mark = 8,
                                  push_mark = 16, record_mark = 32;

    Slice text;
    Instant sent{};  // last time
    Seq seq;
    std::uint32_t charged = 0;  // to the budget
    Sum sum;
    std::uint32_t before = 0, behind = 0;  // numbers of its neighbours in order of transmission
    std::uint32_t received = 0;            // if sacked: so many pieces from here on are, or more
    std::uint8_t transmissions = 0;
    std::uint8_t marks = 0;

    bool is_under_way() const { return (marks & (sacked_mark | lost_mark)) == 0; }
    bool has(std::uint8_t mark) const { return (marks & mark) != 0; }
    std::uint32_t length() const { return text.size() + (has(fin_mark) ? 1u : 0u); }
    Seq end() const { return seq + length(); }
  };

  // All pieces together
  struct Board {
    std::uint32_t sent = 0;    // pieces, of which
    std::uint32_t sacked = 0;  // bytes of sequence space were received out of order,
    std::uint32_t sacked_pieces = 0;
    std::uint32_t lost = 0;  // and bytes are lost and not yet sent again
    // Pieces keep their numbers while others before them go: a piece's position and this.
    std::uint32_t first_number = 0;
    std::uint32_t under_way = 0;           // pieces; while there are any:
    std::uint32_t oldest = 0, newest = 0;  // the numbers of the first and the last sent
    std::uint32_t maybe_lost = 0;          // no piece with a smaller number is lost
    Instant newest_loss{};                 // when the last that was found lost had been sent
  };

  void drop_pieces(Context& context);
  Board& board() { return pieces_.shared(); }
  const Board& board() const { return pieces_.shared(); }
  std::uint32_t sent_pieces() const { return pieces_.is_empty() ? 0 : board().sent; }
  std::uint32_t append_to_tail(Bytes bytes, std::uint32_t piece_bytes, Context& context);
  std::uint32_t append_piece(Bytes bytes, std::uint32_t piece_bytes, Context& context);
  bool charge_block(const Slice& text, Context& context);
  // Takes pieces from `position` on, all lost or all unsent, while the allowance lasts; returns the
  // position behind.
  std::uint32_t take(std::uint32_t position, Allowance allowance, Context& context,
                     Segment& segment);
  bool fit(std::uint32_t position, Allowance left, Context& context);
  void split(std::uint32_t position, std::uint32_t text_bytes, Context& context);
  void pop_front(Context& context);
  void trim_front(std::uint32_t count);
  // Position of the piece that holds `seq`, or of the first behind it.
  std::uint32_t position_of(Seq seq) const;
  // What is said of a sent piece: each takes back what was said before.
  void put_under_way(std::uint32_t position);
  void put_lost(std::uint32_t position);
  void put_received(std::uint32_t position, Delivery& delivery);
  void forget(std::uint32_t position);
  std::uint32_t first_lost_position() const;
  // The order of transmission
  std::uint32_t number_of(std::uint32_t position) const { return board().first_number + position; }
  Piece& numbered(std::uint32_t number) { return pieces_[number - board().first_number]; }
  void join_order(std::uint32_t position);
  void leave_order(std::uint32_t position);
  void renumber_behind(std::uint32_t position);

  Ring<Piece, Board> pieces_;
  Seq una_, nxt_, end_;
  bool has_fin_ = false;
  bool has_records_ = false;  // or had, since all was acknowledged
};

}  // namespace acksu::tcp
