// Pieces of text on their way from the application to the last acknowledgement.
#include "tcp/send_queue.h"

#include <algorithm>

namespace acksu::tcp {
namespace {

// Of a host's memory writers leave an eighth to what arrives, or some segments: two hosts that
// write all they can would else drop each other's text, and wait for ACKs that nobody sends.
// Nothing where a segment for each way is too much.
std::uint64_t kept_for_arrivals(const Budget& memory) {
  constexpr std::uint64_t two_segments = 8 << 10, some_segments = 16 << 10;
  const std::uint64_t limit = memory.held() + memory.free();
  if (limit < two_segments) return 0;
  return std::min(limit / 2, std::max(limit / 8, some_segments));
}

bool charge_written(Budget& memory, std::uint64_t bytes) {
  return memory.free() >= bytes + kept_for_arrivals(memory) && memory.charge(bytes);
}

}  // namespace

// ---- Writing ------------------------------------------------------------------------------------

std::uint32_t SendQueue::append(Bytes bytes, std::uint32_t piece_bytes, Context& context) {
  ACKSU_ASSERT(!has_fin_);
  if (pieces_.is_empty()) has_records_ = false;
  std::uint32_t taken = append_to_tail(bytes, piece_bytes, context);
  while (taken < bytes.size()) {
    const std::uint32_t count = append_piece(bytes.subspan(taken), piece_bytes, context);
    if (count == 0) break;
    taken += count;
  }
  return taken;
}

std::uint32_t SendQueue::append_to_tail(Bytes bytes, std::uint32_t piece_bytes, Context& context) {
  if (sent_pieces() == pieces_.size()) return 0;
  Piece& tail = pieces_.back();
  if (tail.text.size() >= piece_bytes || tail.text.is_frozen()) return 0;
  if (tail.has(Piece::record_mark)) return 0;
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
  Slice text = context.pool.allocate(count, is_small ? 0 : piece_bytes);
  if (!charge_written(context.memory, text.pinned_bytes())) {
    ++context.counters.memory_refused;
    return 0;
  }
  Piece& piece = pieces_.append(context.pool);
  piece.seq = end_;
  piece.charged = text.pinned_bytes();
  piece.sum = copy_and_sum(text.writable().data(), bytes.first(count));
  piece.text = std::move(text);
  end_ += count;
  return count;
}

std::uint32_t SendQueue::share(Slice text, std::uint32_t piece_bytes, Context& context) {
  ACKSU_ASSERT(!has_fin_);
  const std::uint32_t count = text.size(), pinned = text.pinned_bytes();
  if (count <= BufferPool::class_bytes[0] || !charge_block(text, context)) {
    return append(text.bytes(), piece_bytes, context);
  }
  text.freeze();
  while (!text.is_empty()) {
    Piece& piece = pieces_.append(context.pool);
    piece.seq = end_;
    piece.text = text.part(0, std::min(text.size(), piece_bytes));
    piece.sum = sum_of(piece.text.bytes());
    end_ += piece.text.size();
    text.drop_front(piece.text.size());
  }
  pieces_.back().charged = pinned;  // it goes last, and gives all back
  return count;
}

// A block of which parts were shared one behind another is charged once, to the last of them.
bool SendQueue::charge_block(const Slice& text, Context& context) {
  if (pieces_.is_empty() || !pieces_.back().text.is_of_same_block(text)) {
    return charge_written(context.memory, text.pinned_bytes());
  }
  pieces_.back().charged = 0;
  return true;
}

void SendQueue::end_record(bool is_pushed) {
  if (pieces_.is_empty()) return;
  has_records_ = true;
  pieces_.back().marks |= Piece::record_mark;
  if (is_pushed) pieces_.back().marks |= Piece::push_mark;
}

std::uint32_t SendQueue::record_room(std::uint32_t most) const {
  const std::uint32_t bound = std::min(most, unsent_text());
  if (!has_records_) return bound;
  std::uint32_t room = 0;
  for (std::uint32_t i = sent_pieces(); room < bound; ++i) {
    room += pieces_[i].text.size();
    if (pieces_[i].has(Piece::record_mark)) break;
  }
  return std::min(room, bound);
}

void SendQueue::append_fin(Context& context) {
  ACKSU_ASSERT(!has_fin_);
  if (!pieces_.is_empty()) {
    if (sent_pieces() == pieces_.size()) pieces_.append(context.pool).seq = end_;
    pieces_.back().marks |= Piece::fin_mark;
  }
  has_fin_ = true;
  end_ += 1;
}

void SendQueue::write_down_fin(std::optional<Instant> sent, BufferPool& pool) {
  ACKSU_ASSERT(is_fin_alone());
  Piece& piece = pieces_.append(pool);
  piece.seq = una_;
  piece.marks = Piece::fin_mark;
  if (!sent) return;
  piece.sent = *sent;
  piece.transmissions = 1;
  board().sent = 1;
  join_order(0);
}

// ---- Sending ------------------------------------------------------------------------------------

void SendQueue::take_fin(Segment& segment) {
  ACKSU_ASSERT(is_fin_alone() && nxt_ == una_);
  segment.seq = nxt_;
  segment.flags.set(Flags::fin);
  nxt_ = end_;
}

void SendQueue::take_unsent(Allowance allowance, Context& context, Segment& segment) {
  if (is_fin_alone()) write_down_fin({}, context.pool);
  board().sent = take(sent_pieces(), allowance, context, segment);
  nxt_ = sent_pieces() == pieces_.size() ? end_ : pieces_[sent_pieces()].seq;
}

void SendQueue::take_plain_unsent(Context& context, Segment& segment) {
  Piece& piece = pieces_.front();
  piece.sent = context.now;
  piece.transmissions = 1;
  segment.seq = nxt_;
  segment.text.append(piece.text);
  segment.text_sum = piece.sum;
  board().sent = 1;
  join_order(0);
  nxt_ = end_;
}

void SendQueue::take_back(bool remembers_sending) {
  for (std::uint32_t i = 0; i < sent_pieces(); ++i) {
    forget(i);
    if (!remembers_sending) pieces_[i].transmissions = 0;
  }
  if (!pieces_.is_empty()) board().sent = 0;
  nxt_ = una_;
}

void SendQueue::take_lost(Allowance allowance, Context& context, Segment& segment) {
  const std::uint32_t first = first_lost_position();
  board().maybe_lost = number_of(take(first, allowance, context, segment));
}

std::uint32_t SendQueue::take(std::uint32_t position, Allowance allowance, Context& context,
                              Segment& segment) {
  const bool is_again = position < sent_pieces();
  segment.seq = pieces_[position].seq;
  Sum sum;
  bool is_pushed = false;
  while (position < pieces_.size() && pieces_[position].has(Piece::lost_mark) == is_again &&
         fit(position, allowance, context)) {
    Piece& piece = pieces_[position];
    if (is_again) {
      forget(position);
      piece.marks |= Piece::repaired_mark;
    }
    piece.sent = context.now;
    join_order(position++);
    if (piece.transmissions < 0xff) ++piece.transmissions;
    sum = sum.then(piece.sum, segment.text.size());
    segment.text.append_joined(piece.text);
    allowance.text_bytes -= piece.text.size();
    if (piece.has(Piece::fin_mark)) segment.flags.set(Flags::fin);
    is_pushed = piece.has(Piece::push_mark);
    if (piece.has(Piece::record_mark)) break;
  }
  if (is_pushed) segment.flags.set(Flags::psh);
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
  constexpr std::uint8_t of_the_end = Piece::fin_mark | Piece::push_mark | Piece::record_mark;
  head.marks &= static_cast<std::uint8_t>(~of_the_end);
  head.charged = 0;  // the tail goes last and gives all back

  pieces_.insert(context.pool, position + 1, std::move(tail));
  if (position >= sent_pieces()) return;
  ++board().sent;
  renumber_behind(position);
}

// ---- All of it ----------------------------------------------------------------------------------

void SendQueue::drop_pieces(Context& context) {
  for (std::uint32_t i = 0; i < pieces_.size(); ++i) context.memory.give_back(pieces_[i].charged);
  pieces_.clear();
}

std::uint32_t SendQueue::sent_again() const {
  std::uint32_t bytes = 0;
  for (std::uint32_t i = 0; i < sent_pieces(); ++i) {
    const Piece& piece = pieces_[i];
    if (piece.is_under_way() && piece.transmissions > 1) bytes += piece.length();
  }
  return bytes;
}

SendQueue::Count SendQueue::count(std::uint32_t mss) const {
  Count count;
  if (is_fin_alone() && outstanding() > 0) count.outstanding = 1;
  for (std::uint32_t i = 0; i < sent_pieces(); ++i) {
    const Piece& piece = pieces_[i];
    const std::uint32_t segments = std::max(1u, (piece.text.size() + mss - 1) / mss);
    count.outstanding += segments;
    if (piece.has(Piece::lost_mark)) count.lost += segments;
    if (piece.is_under_way() && piece.transmissions > 1) count.again += segments;
  }
  return count;
}

void SendQueue::digest(Digest& digest) const {
  digest.add_together(una_, nxt_);
  digest.add_together(end_, sacked());
  digest.add_together(lost(), has_fin_);
  for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    digest.add(piece.text.bytes());
    digest.add(piece.sent);
    digest.add_together(piece.transmissions, piece.marks);
    const bool has_next =
        i < sent_pieces() && piece.is_under_way() && number_of(i) != board().newest;
    if (has_next) digest.add(piece.behind - board().first_number);
  }
}

}  // namespace acksu::tcp
