// What is known about the pieces that were sent: acknowledged, received, lost or under way, and in
// which order those under way were sent (RFC 2018, RFC 8985).
#include "tcp/send_queue.h"

namespace acksu::tcp {

// ---- Cumulative acknowledgements ----------------------------------------------------------------

// RFC 2018 8 (b): only what is acknowledged is given back.
Acked SendQueue::take_ack(Seq ack, Context& context, Delivery& delivery) {
  ACKSU_ASSERT(is_after(ack, una_) && is_at_or_before(ack, nxt_));
  Acked acked;
  acked.bytes = bytes_between(una_, ack);
  bool is_sample_fit = true;
  while (sent_pieces() > 0 && is_at_or_before(pieces_.front().end(), ack)) {
    const Piece& piece = pieces_.front();
    acked.fin |= piece.has(Piece::fin_mark);
    acked.was_retransmitted |= piece.transmissions > 1;
    if (piece.has(Piece::sacked_mark)) {
      is_sample_fit = false;
    } else {
      delivery.add({piece.sent, piece.end()}, piece.length(), piece.transmissions > 1,
                   piece.has(Piece::lost_mark));
    }
    if (!acked.rtt) acked.rtt = context.now - piece.sent;
    pop_front(context);
  }
  una_ = ack;
  if (sent_pieces() > 0 && is_before(pieces_.front().seq, ack)) {
    acked.was_retransmitted |= pieces_.front().transmissions > 1;
    trim_front(bytes_between(pieces_.front().seq, ack));
  }
  if (acked.was_retransmitted || !is_sample_fit) acked.rtt.reset();
  return acked;
}

Acked SendQueue::take_plain_ack(Context& context, Delivery& delivery) {
  const Piece& piece = pieces_.front();
  Acked acked;
  acked.bytes = piece.text.size();
  acked.rtt = context.now - piece.sent;
  delivery.add({piece.sent, nxt_}, acked.bytes, false, false);
  una_ = nxt_;
  if (pieces_.size() > 1) {
    pop_front(context);
  } else {  // and all that was known about pieces goes with it
    context.memory.give_back(piece.charged);
    pieces_.pop_front();
  }
  return acked;
}

void SendQueue::pop_front(Context& context) {
  forget(0);
  context.memory.give_back(pieces_.front().charged);
  --board().sent;
  ++board().first_number;
  pieces_.pop_front();
}

// Part of the oldest piece was acknowledged.
void SendQueue::trim_front(std::uint32_t count) {
  Piece& piece = pieces_.front();
  if (piece.has(Piece::sacked_mark)) board().sacked -= count;
  if (piece.has(Piece::lost_mark)) board().lost -= count;
  piece.text.drop_front(count);
  piece.seq += count;
  piece.sum = sum_of(piece.text.bytes());
}

// ---- Selective acknowledgements -----------------------------------------------------------------

std::uint32_t SendQueue::position_of(Seq seq) const {
  std::uint32_t low = 0, high = sent_pieces();
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

// RFC 2018 5 (a), RFC 6675 4 (c): it is remembered, and stays.
std::uint32_t SendQueue::mark_sacked(SackBlock block, Delivery& delivery) {
  // What lies outside of what is outstanding was acknowledged meanwhile, reports a duplicate, or is
  // a lie.
  if (!is_after(block.end, block.start) || is_at_or_before(block.end, una_) ||
      is_after(block.end, nxt_) || is_before(block.start, una_)) {
    return 0;
  }
  const std::uint32_t before = board().sacked;
  std::uint32_t first = position_of(block.start);
  if (is_before(pieces_[first].seq, block.start)) ++first;  // only whole pieces count
  std::uint32_t i = first;
  while (i < sent_pieces() && is_at_or_before(pieces_[i].end(), block.end)) {
    if (!pieces_[i].has(Piece::sacked_mark)) put_received(i, delivery);
    i += pieces_[i].received;  // what was reported before is passed over at once
  }
  if (i > first) pieces_[first].received = i - first;
  return board().sacked - before;
}

// ---- Losses -------------------------------------------------------------------------------------

std::optional<Instant> SendQueue::mark_lost_before(const Transmission& latest, Instant limit) {
  while (pieces_under_way() > 0) {
    const Piece& oldest = numbered(board().oldest);
    if (!is_later(latest, {oldest.sent, oldest.end()})) break;
    if (oldest.sent > limit) return oldest.sent;
    put_lost(board().oldest - board().first_number);
  }
  return std::nullopt;
}

bool SendQueue::mark_front_lost() {
  if (sent_pieces() == 0 || !pieces_.front().is_under_way()) return false;
  put_lost(0);
  return true;
}

bool SendQueue::mark_tail_lost() {
  if (sent_pieces() == 0 || !pieces_[sent_pieces() - 1].is_under_way()) return false;
  put_lost(sent_pieces() - 1);
  return true;
}

void SendQueue::mark_all_lost() {
  // RFC 2018 5.1: what was reported is believed unless the oldest was, and is not here.
  const bool has_reneged = is_front_sacked();
  for (std::uint32_t i = 0; i < sent_pieces(); ++i) {
    if (!pieces_[i].has(Piece::sacked_mark) || has_reneged) put_lost(i);
  }
}

// They were sent before all that is under way now.
void SendQueue::forget_losses() {
  if (!has_lost()) return;
  const std::uint32_t oldest = board().oldest, newest = board().newest,
                      under_way = board().under_way;
  board().under_way = 0;
  for (std::uint32_t i = first_lost_position(); i < sent_pieces(); ++i) {
    if (!pieces_[i].has(Piece::lost_mark)) continue;
    board().lost -= pieces_[i].length();
    pieces_[i].marks &= static_cast<std::uint8_t>(~Piece::lost_mark);
    join_order(i);
  }
  if (under_way == 0) return;
  numbered(board().newest).behind = oldest;
  numbered(oldest).before = board().newest;
  board().newest = newest;
  board().under_way += under_way;
}

std::uint32_t SendQueue::first_lost_position() const {
  ACKSU_ASSERT(has_lost());
  const std::int32_t passed = static_cast<std::int32_t>(board().maybe_lost - board().first_number);
  std::uint32_t position = passed > 0 ? static_cast<std::uint32_t>(passed) : 0;
  while (!pieces_[position].has(Piece::lost_mark)) ++position;
  return position;
}

Seq SendQueue::first_lost() const { return pieces_[first_lost_position()].seq; }

bool SendQueue::was_first_lost_sent_once() const {
  return pieces_[first_lost_position()].transmissions == 1;
}

bool SendQueue::was_front_repaired() const {
  return sent_pieces() > 0 && pieces_.front().has(Piece::repaired_mark);
}

std::uint32_t SendQueue::front_transmissions() const {
  if (is_fin_alone()) return outstanding();
  return sent_pieces() > 0 ? pieces_.front().transmissions : 0;
}

void SendQueue::forget_repairs() {
  for (std::uint32_t i = 0; i < sent_pieces(); ++i) {
    pieces_[i].marks &= static_cast<std::uint8_t>(~Piece::repaired_mark);
  }
}

bool SendQueue::is_front_sacked() const {
  return sent_pieces() > 0 && pieces_.front().has(Piece::sacked_mark);
}

// ---- Marks --------------------------------------------------------------------------------------

void SendQueue::put_lost(std::uint32_t position) {
  forget(position);
  Piece& piece = pieces_[position];
  piece.marks |= Piece::lost_mark;
  if (board().lost == 0 ||
      static_cast<std::int32_t>(number_of(position) - board().maybe_lost) < 0) {
    board().maybe_lost = number_of(position);
  }
  board().lost += piece.length();
  board().newest_loss = piece.sent;
}

void SendQueue::put_received(std::uint32_t position, Delivery& delivery) {
  Piece& piece = pieces_[position];
  delivery.add({piece.sent, piece.end()}, piece.length(), piece.transmissions > 1,
               piece.has(Piece::lost_mark));
  forget(position);
  piece.marks |= Piece::sacked_mark;
  piece.received = 1;
  board().sacked += piece.length();
  ++board().sacked_pieces;
}

// What is said of a piece holds no more; what follows puts it somewhere else.
void SendQueue::forget(std::uint32_t position) {
  Piece& piece = pieces_[position];
  if (piece.is_under_way()) leave_order(position);
  if (piece.has(Piece::sacked_mark)) {
    board().sacked -= piece.length();
    --board().sacked_pieces;
  }
  if (piece.has(Piece::lost_mark)) board().lost -= piece.length();
  piece.marks &= Piece::fin_mark | Piece::push_mark | Piece::record_mark;
}

// ---- The order of transmission ------------------------------------------------------------------

void SendQueue::join_order(std::uint32_t position) {
  const std::uint32_t number = number_of(position);
  if (board().under_way++ == 0) {
    board().oldest = number;
  } else {
    numbered(board().newest).behind = number;
    pieces_[position].before = board().newest;
  }
  board().newest = number;
}

void SendQueue::leave_order(std::uint32_t position) {
  const Piece& piece = pieces_[position];
  const std::uint32_t number = number_of(position);
  if (--board().under_way == 0) return;
  if (number == board().oldest) {
    board().oldest = piece.behind;
  } else if (number == board().newest) {
    board().newest = piece.before;
  } else {
    numbered(piece.before).behind = piece.behind;
    numbered(piece.behind).before = piece.before;
  }
}

// A lost piece was cut in two: those behind it have other numbers now.
void SendQueue::renumber_behind(std::uint32_t position) {
  const auto renumber = [&](std::uint32_t& number) {
    if (number - board().first_number > position) ++number;
  };
  for (std::uint32_t i = 0; i < sent_pieces(); ++i) {
    renumber(pieces_[i].before);
    renumber(pieces_[i].behind);
  }
  renumber(board().oldest);
  renumber(board().newest);
}

}  // namespace acksu::tcp
