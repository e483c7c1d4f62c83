// Text that arrived ahead of its turn, in order, without overlaps, within bounds of bytes and
// pieces; and what of it to report (RFC 2018 section 4).
#pragma once

#include <array>

#include "base/digest.h"
#include "base/ring.h"
#include "base/segment.h"
#include "tcp/context.h"

namespace acksu::tcp {

// Text in a receive queue, and what it costs the memory budget.
struct HeldText {
  Slice text;
  std::uint32_t charged = 0;
};

// Copies small text out of a large block, so that a few bytes do not pin many, and any text that
// there is too little memory for as it lies; charges the budget. False when it is used up.
bool hold_text(Slice text, HeldText& held, Context& context);

class Reassembler {
 public:
  struct Outcome {
    bool is_refused = false;  // for want of pieces or memory: nobody will report it as received
    std::uint32_t new_bytes = 0;
    std::optional<SackBlock> duplicate;  // the first part that was here already (RFC 2883)
  };

  // More pieces than the setting says, for a large buffer: each is a segment of a long path.
  void allow(std::uint32_t pieces) { allowed_pieces_ = pieces; }
  Outcome insert(Seq seq, const BufferChain& text, Context& context);
  // The text at `nxt`, if it is here. What lies before `nxt` is given back.
  std::optional<HeldText> take_at(Seq nxt, Context& context);

  bool is_empty() const { return pieces_.is_empty(); }
  Seq end() const { return pieces_.back().end(); }  // of all that is here
  std::uint32_t bytes() const { return bytes_; }
  std::uint32_t piece_count() const { return pieces_.size(); }
  std::uint32_t block_count() const { return blocks_.size(); }
  // Appends blocks, the most recently heard of first, until there are `room`.
  void report(SegmentOptions& options, std::uint8_t room) const;
  // The block that holds `seq`.
  std::optional<SackBlock> block_at(Seq seq) const;
  // The first part of [start, end) that is here.
  std::optional<SackBlock> held_within(Seq start, Seq end) const;

  void clear(Context& context);
  void digest(Digest& digest) const;

 private:
  struct Piece {
    Seq seq;
    HeldText held;
    Seq end() const { return seq + held.text.size(); }
  };

  void insert_slice(Seq seq, Slice text, Context& context, Outcome& outcome);
  bool insert_piece(std::uint32_t position, Seq seq, Slice text, Context& context);
  bool has_room(std::uint32_t position, Seq seq, std::uint32_t bytes, const Settings&) const;
  bool extend(std::uint32_t position, Seq seq, const Slice& text, Context& context);
  std::uint32_t first_piece_behind(Seq seq) const;  // whose end is after seq
  std::uint32_t first_block_at(Seq seq) const;      // whose end is at or after seq
  void note_block(SackBlock block, Context& context);
  void forget_before(Seq nxt);

  Ring<Piece> pieces_;
  Ring<SackBlock> blocks_;                      // runs of pieces without holes
  std::array<Seq, SackBlocks::most> recent_{};  // a number in each of the last changed blocks
  std::uint8_t recent_count_ = 0;
  std::uint32_t bytes_ = 0;
  std::uint32_t allowed_pieces_ = 0;
};

}  // namespace acksu::tcp
