// Pieces of text on their way from the application to the last acknowledgement.
#include "tcp/send_queue.h"

#include <algorithm>

namespace acksu::tcp {

// ---- Writing ------------------------------------------------------------------------------------

std::uint32_t SendQueue::append(Bytes bytes, std::uint32_t piece_bytes, Context& context) {
  ACKSU_ASSERT(!has_fin_);
  std::uint32_t taken = append_to_tail(bytes, piece_bytes, context);
  while (taken < bytes.size()) {
    const std::uint32_t count = append_piece(bytes.subspan(taken), piece_bytes, context);
    if (count == 0) break;
    taken += count;
  }
  return taken;
}

std::uint32_t SendQueue::append_to_tail(Bytes bytes, std::uint32_t piece_bytes, Context& context) {
  if (sent_pieces_ == pieces_.size()) return 0;
  Piece& tail = pieces_.back();
  if (tail.text.size() >= piece_bytes) return 0;
  const std::uint32_t room = std::min(tail.text.spare(), piece_bytes - tail.text.size());
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), room));
  if (count == 0) return 0;
  tail.text = context.pool.growable(std::move(tail.text));
  const std::uint32_t before = tail.text.size();
  const MutableBytes to = tail.text.grow(count);
  tail.sum = tail.sum.then(copy_and_sum(to.data(), bytes.first(count)), before);
  end_ += count;
  return count;
}

std::uint32_t SendQueue::append_piece(Bytes bytes, std::uint32_t piece_bytes, Context& context) {
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), piece_bytes));
  const bool is_small = count <= BufferPool::class_bytes[0];
  Piece piece;
  piece.text = context.pool.allocate(count, is_small ? 0 : piece_bytes);
  piece.charged = piece.text.pinned_bytes();
  if (!context.memory.charge(piece.charged)) {
    ++context.counters.memory_refused;
    return 0;
  }
  piece.seq = end_;
  piece.sum = copy_and_sum(piece.text.writable().data(), bytes.first(count));
  pieces_.push_back(context.pool, std::move(piece));
  end_ += count;
  return count;
}

void SendQueue::append_fin(Context& context) {
  ACKSU_ASSERT(!has_fin_);
  if (sent_pieces_ == pieces_.size()) {
    Piece piece;
    piece.seq = end_;
    pieces_.push_back(context.pool, std::move(piece));
  }
  pieces_.back().marks |= Piece::fin_mark;
  has_fin_ = true;
  end_ += 1;
}

// ---- Sending ------------------------------------------------------------------------------------

void SendQueue::take_unsent(Allowance allowance, Context& context, Segment& segment) {
  sent_pieces_ = take(sent_pieces_, allowance, context, segment);
  nxt_ = sent_pieces_ == pieces_.size() ? end_ : pieces_[sent_pieces_].seq;
}

void SendQueue::take_lost(Allowance allowance, Context& context, Segment& segment) {
  take(first_lost_position(), allowance, context, segment);
}

std::uint32_t SendQueue::first_lost_position() const {
  ACKSU_ASSERT(has_lost());
  std::uint32_t position = 0;
  while (!pieces_[position].has(Piece::lost_mark)) ++position;
  return position;
}

Seq SendQueue::first_lost() const { return pieces_[first_lost_position()].seq; }

std::uint32_t SendQueue::take(std::uint32_t position, Allowance allowance, Context& context,
                              Segment& segment) {
  const bool is_again = pieces_[position].has(Piece::lost_mark);
  segment.seq = pieces_[position].seq;
  Sum sum;
  while (position < pieces_.size() && pieces_[position].has(Piece::lost_mark) == is_again &&
         fit(position, allowance, context)) {
    Piece& piece = pieces_[position++];
    if (is_again) {
      forget_marks(piece);
      piece.marks |= Piece::repaired_mark;
    }
    piece.sent = context.now;
    if (piece.transmissions < 0xff) ++piece.transmissions;
    sum = sum.then(piece.sum, segment.text.size());
    segment.text.append(piece.text);
    allowance.text_bytes -= piece.text.size();
    if (piece.has(Piece::fin_mark)) segment.flags.set(Flags::fin);
  }
  segment.text_sum = sum;
  return position;
}

// Whether something of that piece may go; cuts it so that exactly this is a piece.
bool SendQueue::fit(std::uint32_t position, Allowance left, Context& context) {
  const Piece& piece = pieces_[position];
  const bool fin = piece.has(Piece::fin_mark);
  if (piece.text.size() > left.text_bytes) {
    if (left.text_bytes == 0) return false;
    split(position, left.text_bytes, context);
  } else if (fin && !left.fin) {
    if (piece.text.is_empty()) return false;
    split(position, piece.text.size(), context);
  }
  return true;
}

void SendQueue::split(std::uint32_t position, std::uint32_t text_bytes, Context& context) {
  Piece tail = pieces_[position];
  tail.text.drop_front(text_bytes);
  tail.seq += text_bytes;
  tail.sum = sum_of(tail.text.bytes());

  Piece& head = pieces_[position];
  head.text.drop_back(head.text.size() - text_bytes);
  head.sum = sum_of(head.text.bytes());
  head.marks &= static_cast<std::uint8_t>(~Piece::fin_mark);
  head.charged = 0;  // the tail goes last and gives all back

  pieces_.insert(context.pool, position + 1, std::move(tail));
  if (position < sent_pieces_) ++sent_pieces_;
}

// ---- Hearing ------------------------------------------------------------------------------------

Acked SendQueue::take_ack(Seq ack, Context& context) {
  ACKSU_ASSERT(is_after(ack, una_) && is_at_or_before(ack, nxt_));
  Acked acked;
  acked.bytes = bytes_between(una_, ack);
  bool is_sample_fit = true;
  while (sent_pieces_ > 0 && is_at_or_before(pieces_.front().end(), ack)) {
    const Piece& piece = pieces_.front();
    acked.fin |= piece.has(Piece::fin_mark);
    acked.was_retransmitted |= piece.transmissions > 1;
    is_sample_fit &= !piece.has(Piece::sacked_mark);
    if (!acked.rtt) acked.rtt = context.now - piece.sent;
    pop_front(context);
  }
  una_ = ack;
  if (sent_pieces_ > 0 && is_before(pieces_.front().seq, ack)) {
    trim_front(bytes_between(pieces_.front().seq, ack));
  }
  if (acked.was_retransmitted || !is_sample_fit) acked.rtt.reset();
  return acked;
}

void SendQueue::pop_front(Context& context) {
  forget_marks(pieces_.front());
  context.memory.give_back(pieces_.front().charged);
  pieces_.pop_front();
  --sent_pieces_;
}

// Part of the oldest piece was acknowledged.
void SendQueue::trim_front(std::uint32_t count) {
  Piece& piece = pieces_.front();
  if (piece.has(Piece::sacked_mark)) sacked_ -= count;
  if (piece.has(Piece::lost_mark)) lost_ -= count;
  piece.text.drop_front(count);
  piece.seq += count;
  piece.sum = sum_of(piece.text.bytes());
}

void SendQueue::forget_marks(Piece& piece) {
  if (piece.has(Piece::sacked_mark)) sacked_ -= piece.length();
  if (piece.has(Piece::lost_mark)) lost_ -= piece.length();
  piece.marks &= Piece::fin_mark;
}

std::uint32_t SendQueue::position_of(Seq seq) const {
  std::uint32_t low = 0, high = sent_pieces_;
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (is_at_or_before(pieces_[middle].end(), seq)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::uint32_t SendQueue::mark_sacked(SackBlock block) {
  // What lies outside of what is outstanding was acknowledged meanwhile, reports a duplicate, or is
  // a lie.
  if (!is_after(block.end, block.start) || is_at_or_before(block.end, una_) ||
      is_after(block.end, nxt_) || is_before(block.start, una_)) {
    return 0;
  }
  std::uint32_t newly = 0;
  for (std::uint32_t i = position_of(block.start); i < sent_pieces_; ++i) {
    Piece& piece = pieces_[i];
    if (is_after(piece.end(), block.end)) break;
    if (is_before(piece.seq, block.start) || piece.has(Piece::sacked_mark)) continue;
    forget_marks(piece);
    piece.marks |= Piece::sacked_mark;
    if (sacked_ == 0 || is_after(piece.end(), high_sacked_)) high_sacked_ = piece.end();
    sacked_ += piece.length();
    newly += piece.length();
  }
  return newly;
}

bool SendQueue::mark_lost_behind(std::uint32_t reordering_bytes) {
  if (sacked_ < reordering_bytes) return false;
  std::uint32_t received = 0;
  bool is_marked = false;
  for (std::uint32_t i = position_of(high_sacked_ - 1) + 1; i-- > 0;) {
    Piece& piece = pieces_[i];
    if (piece.has(Piece::sacked_mark)) {
      received += piece.length();
    } else if (received >= reordering_bytes && piece.transmissions == 1 &&
               !piece.has(Piece::lost_mark)) {
      piece.marks |= Piece::lost_mark;
      lost_ += piece.length();
      is_marked = true;
    }
  }
  return is_marked;
}

bool SendQueue::mark_front_lost() {
  if (sent_pieces_ == 0) return false;
  Piece& piece = pieces_.front();
  if (piece.has(Piece::lost_mark) || piece.has(Piece::sacked_mark)) return false;
  piece.marks |= Piece::lost_mark;
  lost_ += piece.length();
  return true;
}

bool SendQueue::was_front_repaired() const {
  return sent_pieces_ > 0 && pieces_.front().has(Piece::repaired_mark);
}

std::uint32_t SendQueue::front_transmissions() const {
  return sent_pieces_ > 0 ? pieces_.front().transmissions : 0;
}

void SendQueue::forget_repairs() {
  for (std::uint32_t i = 0; i < sent_pieces_; ++i) {
    pieces_[i].marks &= static_cast<std::uint8_t>(~Piece::repaired_mark);
  }
}

bool SendQueue::is_front_sacked() const {
  return sent_pieces_ > 0 && pieces_.front().has(Piece::sacked_mark);
}

void SendQueue::mark_all_lost() {
  const bool has_reneged = is_front_sacked();
  for (std::uint32_t i = 0; i < sent_pieces_; ++i) {
    Piece& piece = pieces_[i];
    if (piece.has(Piece::sacked_mark) && !has_reneged) continue;
    forget_marks(piece);
    piece.marks |= Piece::lost_mark;
    lost_ += piece.length();
  }
}

void SendQueue::clear(Context& context) {
  for (std::uint32_t i = 0; i < pieces_.size(); ++i) context.memory.give_back(pieces_[i].charged);
  pieces_.clear();
  sent_pieces_ = 0;
  sacked_ = lost_ = 0;
  una_ = end_ = nxt_;  // what was never sent has no number
}

void SendQueue::digest(Digest& digest) const {
  digest.add((std::uint64_t{una_.value()} << 32) | nxt_.value());
  digest.add((std::uint64_t{end_.value()} << 32) | sacked_);
  digest.add((std::uint64_t{lost_} << 32) | (has_fin_ ? 1u : 0u));
  for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    digest.add(piece.text.bytes());
    digest.add(piece.sent);
    digest.add((std::uint64_t{piece.transmissions} << 8) | piece.marks);
  }
}

}  // namespace acksu::tcp
