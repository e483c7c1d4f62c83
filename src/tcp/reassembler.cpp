// Reassembly (RFC 9293 3.10.7.4 seventh, SHLD-31) by binary search: each arrival costs the
// logarithm of what is held.
#include "tcp/reassembler.h"

#include <algorithm>
#include <cstring>

namespace acksu::tcp {
namespace {

constexpr std::uint32_t small_text = BufferPool::class_bytes[0];

}  // namespace

bool hold_text(Slice text, HeldText& held, Context& context) {
  if (text.size() <= small_text && text.pinned_bytes() > small_text) {
    text = context.pool.copy_of(text.bytes());
  }
  bool is_charged = context.memory.charge(text.pinned_bytes());
  if (!is_charged && BufferPool::block_bytes(text.size()) < text.pinned_bytes()) {
    text = context.pool.copy_of(text.bytes());
    is_charged = context.memory.charge(text.pinned_bytes());
  }
  if (!is_charged) {
    ++context.counters.memory_refused;
    return false;
  }
  held.charged = text.pinned_bytes();
  held.text = std::move(text);
  return true;
}

// ---- Text ---------------------------------------------------------------------------------------

Reassembler::Outcome Reassembler::insert(Seq seq, const BufferChain& text, Context& context) {
  Outcome outcome;
  for (std::uint32_t i = 0; i < text.count() && !outcome.is_refused; ++i) {
    const std::uint32_t length = text[i].size();
    insert_slice(seq, text[i], context, outcome);
    seq += length;
  }
  return outcome;
}

//   held      |--------|        |-----|
//   text            |----------------------|
//   taken              ^^^^^^^^^      ^^^^^^
void Reassembler::insert_slice(Seq seq, Slice text, Context& context, Outcome& outcome) {
  std::uint32_t position = first_piece_behind(seq);
  while (!text.is_empty()) {
    const bool has_next = position < pieces_.size();
    if (has_next && is_at_or_before(pieces_[position].seq, seq)) {
      const std::uint32_t known =
          std::min(bytes_between(seq, pieces_[position].end()), text.size());
      const SackBlock block{seq, seq + known};
      // RFC 2883 4: all of it that is contiguous, however many pieces hold it.
      if (!outcome.duplicate) outcome.duplicate = block;
      if (outcome.duplicate->end == seq) outcome.duplicate->end = block.end;
      note_block(block, context);  // RFC 2883 4 (4): this is where it lies
      text.drop_front(known);
      seq += known;
      ++position;
      continue;
    }
    const std::uint32_t gap = has_next ? bytes_between(seq, pieces_[position].seq) : text.size();
    const std::uint32_t count = std::min(gap, text.size());
    if (!extend(position, seq, text.part(0, count), context)) {
      if (!insert_piece(position, seq, text.part(0, count), context)) {
        outcome.is_refused = true;
        return;
      }
      ++position;
    }
    outcome.new_bytes += count;
    note_block({seq, seq + count}, context);
    text.drop_front(count);
    seq += count;
  }
}

// Small text directly behind a piece that has room joins it: many tiny segments must not cost many
// pieces.
bool Reassembler::extend(std::uint32_t position, Seq seq, const Slice& text, Context& context) {
  if (position == 0) return false;
  Piece& before = pieces_[position - 1];
  if (before.end() != seq || before.held.text.spare() < text.size()) return false;
  if (before.held.text.pinned_bytes() > small_text) return false;
  before.held.text = context.pool.growable(std::move(before.held.text));
  const MutableBytes to = before.held.text.grow(text.size());
  std::memcpy(to.data(), text.bytes().data(), to.size());
  bytes_ += text.size();
  return true;
}

bool Reassembler::insert_piece(std::uint32_t position, Seq seq, Slice text, Context& context) {
  if (!has_room(position, seq, text.size(), context.settings)) return false;
  Piece piece{seq, {}};
  if (!hold_text(std::move(text), piece.held, context)) return false;
  bytes_ += piece.held.text.size();
  pieces_.insert(context.pool, position, std::move(piece));
  return true;
}

// SECURITY C3: what a peer can make us hold has bounds in pieces and in holes between them.
bool Reassembler::has_room(std::uint32_t position, Seq seq, std::uint32_t bytes,
                           const Settings& settings) const {
  if (pieces_.size() >= std::max(settings.max_out_of_order_pieces, allowed_pieces_)) return false;
  if (blocks_.size() < settings.max_out_of_order_pieces) return true;
  const bool joins_last = position > 0 && pieces_[position - 1].end() == seq;
  return joins_last || (position < pieces_.size() && pieces_[position].seq == seq + bytes);
}

std::optional<HeldText> Reassembler::take_at(Seq nxt, Context& context) {
  while (!pieces_.is_empty() && is_at_or_before(pieces_.front().seq, nxt)) {
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    bytes_ -= piece.held.text.size();
    const Seq end = piece.end();
    if (is_after(end, nxt)) {
      piece.held.text.drop_front(bytes_between(piece.seq, nxt));
      forget_before(end);
      return std::move(piece.held);
    }
    context.memory.give_back(piece.held.charged);
  }
  forget_before(nxt);
  return std::nullopt;
}

std::uint32_t Reassembler::first_piece_behind(Seq seq) const {
  std::uint32_t low = 0, high = pieces_.size();
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (is_after(pieces_[middle].end(), seq)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// ---- Blocks -------------------------------------------------------------------------------------

std::uint32_t Reassembler::first_block_at(Seq seq) const {
  std::uint32_t low = 0, high = blocks_.size();
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (is_at_or_after(blocks_[middle].end, seq)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Joins `block` to those that it touches, and remembers that it changed last.
void Reassembler::note_block(SackBlock block, Context& context) {
  const std::uint32_t position = first_block_at(block.start);
  std::uint32_t joined = 0;
  while (position + joined < blocks_.size() &&
         is_at_or_before(blocks_[position + joined].start, block.end)) {
    block.start = earlier(block.start, blocks_[position + joined].start);
    block.end = later(block.end, blocks_[position + joined].end);
    ++joined;
  }
  if (joined == 0) {
    blocks_.insert(context.pool, position, block);
  } else {
    blocks_[position] = block;
    if (joined > 1) blocks_.erase(position + 1, joined - 1);
  }

  // RFC 2018 4 (c), (d): what has changed last is reported first.
  std::uint8_t kept = 0;
  std::array<Seq, SackBlocks::most> recent{block.start};
  for (std::uint8_t i = 0; i < recent_count_ && kept + 1u < recent.size(); ++i) {
    const bool is_inside =
        is_at_or_after(recent_[i], block.start) && is_before(recent_[i], block.end);
    if (!is_inside) recent[++kept] = recent_[i];
  }
  recent_ = recent;
  recent_count_ = static_cast<std::uint8_t>(kept + 1);
}

void Reassembler::forget_before(Seq nxt) {
  while (!blocks_.is_empty() && is_at_or_before(blocks_.front().end, nxt)) blocks_.pop_front();
  if (!blocks_.is_empty() && is_before(blocks_.front().start, nxt)) blocks_.front().start = nxt;
  std::uint8_t kept = 0;
  for (std::uint8_t i = 0; i < recent_count_; ++i) {
    if (is_at_or_after(recent_[i], nxt)) recent_[kept++] = recent_[i];
  }
  recent_count_ = kept;
}

std::optional<SackBlock> Reassembler::block_at(Seq seq) const {
  const std::uint32_t position = first_block_at(seq + 1);
  if (position == blocks_.size() || is_after(blocks_[position].start, seq)) return std::nullopt;
  return blocks_[position];
}

std::optional<SackBlock> Reassembler::held_within(Seq start, Seq end) const {
  for (std::uint32_t i = 0; i < blocks_.size() && is_before(blocks_[i].start, end); ++i) {
    if (is_after(blocks_[i].end, start)) {
      return SackBlock{later(blocks_[i].start, start), earlier(blocks_[i].end, end)};
    }
  }
  return std::nullopt;
}

void Reassembler::report(SegmentOptions& options, std::uint8_t room) const {
  const auto first = options.sack.end();
  const auto add = [&](const SackBlock& block) {
    const auto last = options.sack.end();
    if (std::find(first, last, block) == last) options.sack.push_back(block);
  };
  for (std::uint8_t i = 0; i < recent_count_ && options.sack.size() < room; ++i) {
    if (const std::optional<SackBlock> block = block_at(recent_[i])) add(*block);
  }
  // RFC 2018 4 (d): as many as fit.
  for (std::uint32_t i = 0; i < blocks_.size() && options.sack.size() < room; ++i) add(blocks_[i]);
}

void Reassembler::clear(Context& context) {
  for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
    context.memory.give_back(pieces_[i].held.charged);
  }
  pieces_.clear();
  blocks_.clear();
  recent_count_ = 0;
  bytes_ = 0;
}

void Reassembler::digest(Digest& digest) const {
  for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
    digest.add_together(pieces_[i].seq);
    digest.add(pieces_[i].held.text.bytes());
  }
  for (std::uint8_t i = 0; i < recent_count_; ++i) digest.add_together(recent_[i]);
}

}  // namespace acksu::tcp
