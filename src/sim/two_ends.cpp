// What may happen between two ends.
#include "sim/two_ends.h"

#include <algorithm>
#include <utility>

namespace acksu::sim {
namespace {

bool has(const EndFacts& facts, Deed deed) {
  return (facts.deeds >> static_cast<unsigned>(deed) & 1u) != 0;
}

bool is_any(std::uint8_t drops) { return drops == ExploreSettings::any_number; }

std::uint8_t bounded(std::uint32_t count) {
  return static_cast<std::uint8_t>(std::min(count, 0xffu));
}

}  // namespace

TwoEnds::TwoEnds(const ExploreSettings& settings)
    : settings_(settings), graphs_{EndGraph{0, settings, book_}, EndGraph{1, settings, book_}} {}

Situation TwoEnds::beginning() const {
  Situation situation;
  situation.drops = bounded(settings_.drops);
  situation.duplicates = bounded(settings_.duplicates);
  situation.time_outs.fill(bounded(settings_.time_outs));
  return situation;
}

bool TwoEnds::is_over(const Situation& situation) const {
  return situation.fresh() == 0 && facts(situation, 0).is_over && facts(situation, 1).is_over;
}

// ---- What may happen ----------------------------------------------------------------------------

void TwoEnds::moves(const Situation& situation, std::vector<Move>& moves) {
  moves.clear();
  for (std::uint8_t side = 0; side < 2; ++side) network_moves(situation, side, moves);
  for (std::uint8_t side = 0; side < 2; ++side) own_moves(situation, side, moves);
}

Move TwoEnds::happen(const Situation& situation, std::uint8_t side, EndEvent event) {
  const EndGraph::Edge edge = graphs_[side].follow(situation.ends[side], event);
  Move move{{Step::Kind::happens, side, event}, situation, graphs_[side].broken(edge)};
  move.next.ends[side] = edge.target;
  PacketBag& bag = move.next.under_way[1 - side];
  for (std::uint32_t i = 0; i < edge.packets; ++i) {
    const std::uint32_t packet = graphs_[side].packet(edge.first_packet + i);
    if (bag.is_full()) {
      move.broken = "more than " + std::to_string(PacketBag::most) + " segments are under way";
      break;
    }
    bag.add({packet, false});
  }
  forget_pointless(move.next);
  return move;
}

// What can change nothing any more is as good as gone: resets for who has nothing to reset and will
// not open again, and all that is under way when both have nothing left.
void TwoEnds::forget_pointless(Situation& situation) const {
  const bool is_all_over = facts(situation, 0).is_deaf && facts(situation, 0).is_over &&
                           facts(situation, 1).is_deaf && facts(situation, 1).is_over;
  for (std::size_t side = 0; side < 2; ++side) {
    PacketBag& bag = situation.under_way[side];
    const bool is_deaf = facts(situation, side).is_deaf;
    for (std::size_t place = bag.size(); place-- > 0;) {
      if (is_all_over || (is_deaf && book_.is_reset(bag[place].packet))) bag.remove(place);
    }
  }
}

void TwoEnds::network_moves(const Situation& situation, std::uint8_t side,
                            std::vector<Move>& moves) {
  const PacketBag& bag = situation.under_way[side];
  for (std::size_t place = 0; place < bag.size(); ++place) {
    if (bag.is_repeated(place)) continue;
    Move move = arrive(situation, side, place);
    // If any number may be lost, what changes nothing is as good as lost.
    const bool is_news =
        move.next.ends[side] != situation.ends[side] ||
        move.next.under_way[1 - side].size() != situation.under_way[1 - side].size();
    if (!is_news && is_any(situation.drops) && move.broken.empty()) continue;
    if (move.broken.empty()) move.broken = broken_in(move.next);
    moves.push_back(std::move(move));
  }
}

Move TwoEnds::arrive(const Situation& situation, std::uint8_t side, std::size_t place) {
  const UnderWay arriving = situation.under_way[side][place];
  Situation before = situation;
  if (arriving.has_arrived && --before.duplicates == 0) {
    for (PacketBag& bag : before.under_way) bag.forget_arrived();
  }
  if (!arriving.has_arrived) before.under_way[side].take(place, before.duplicates > 0);
  Move move = happen(before, side, {Deed::hear, arriving.packet});
  if (arriving.has_arrived) move.step.kind = Step::Kind::repeated;
  return move;
}

bool TwoEnds::may_be_alone(const Situation& situation) const {
  return is_any(situation.drops) || situation.fresh() <= situation.drops;
}

Situation TwoEnds::alone(const Situation& situation) const {
  Situation alone = situation;
  for (PacketBag& bag : alone.under_way) {
    if (!is_any(situation.drops)) {
      alone.drops = static_cast<std::uint8_t>(alone.drops - bag.fresh());
    }
    bag.clear();
  }
  return alone;
}

void TwoEnds::own_moves(const Situation& situation, std::uint8_t side, std::vector<Move>& moves) {
  const EndFacts& now = facts(situation, side);
  const std::uint32_t deeds = now.deeds;
  const bool is_time_out = now.is_time_out;
  for (std::size_t i = 0; i < deed_count; ++i) {
    const auto deed = static_cast<Deed>(i);
    if ((deeds >> i & 1u) == 0) continue;
    const auto way = deed == Deed::timer ? way_to_fire(situation, side) : Step::Kind::happens;
    if (!way) continue;
    const bool is_alone = *way == Step::Kind::alone;
    Move& move =
        moves.emplace_back(happen(is_alone ? alone(situation) : situation, side, {deed, 0}));
    move.step.kind = *way;
    if (deed == Deed::timer && is_time_out) --move.next.time_outs[side];
    if (move.broken.empty()) move.broken = broken_in(move.next);
  }
}

// A segment lives shorter than TIME-WAIT and an orphan's patience last (that is what MSL is about),
// and while nothing is under way both clocks run alike.
std::optional<Step::Kind> TwoEnds::way_to_fire(const Situation& situation, std::size_t side) const {
  const EndFacts& mine = facts(situation, side);
  const EndFacts& other = facts(situation, 1 - side);
  if (mine.is_time_out && situation.time_outs[side] == 0) return std::nullopt;
  if (!mine.is_long_timer) return Step::Kind::happens;
  if (mine.until_timer > other.until_timer || !may_be_alone(situation)) return std::nullopt;
  // What has arrived comes no more after that, either.
  const bool is_alone = situation.under_way[0].size() == 0 && situation.under_way[1].size() == 0;
  return is_alone ? Step::Kind::happens : Step::Kind::alone;
}

// ---- Promises -----------------------------------------------------------------------------------

std::string TwoEnds::broken_in(const Situation& situation) const {
  const EndFacts& a = facts(situation, 0);
  const EndFacts& b = facts(situation, 1);
  if (a.state == settings_.never_first && b.state == settings_.never_second) {
    return std::string{"the claim is refuted: "} + tcp::name(a.state) + " meets " +
           tcp::name(b.state);
  }
  std::string broken = broken_stream(a, b);
  if (broken.empty()) broken = broken_stream(b, a);
  return broken;
}

std::string TwoEnds::broken_stream(const EndFacts& reader, const EndFacts& writer) const {
  if (reader.read > writer.written) return "more was read than was written";
  if (reader.has_ended && (reader.read != writer.written || !writer.is_shut)) {
    return "the end was read after " + std::to_string(reader.read) + " bytes of " +
           std::to_string(writer.written);
  }
  const bool is_one = reader.has_numbers && writer.has_numbers && reader.irs == writer.iss;
  if (!is_one) return {};
  if (is_after(reader.rcv_nxt, writer.snd_nxt)) {
    return "RCV.NXT is beyond the peer's SND.NXT: what was never sent is acknowledged";
  }
  if (writer.irs == reader.iss && is_after(writer.una, reader.rcv_nxt)) {
    return "SND.UNA is beyond the peer's RCV.NXT: what was never heard counts as acknowledged";
  }
  return {};
}

// ---- If all goes well ---------------------------------------------------------------------------

// Whether somebody gave the other reason to end without order, or has done so.
bool TwoEnds::is_quarrel(const Situation& situation) const {
  const EndFacts& a = facts(situation, 0);
  const EndFacts& b = facts(situation, 1);
  return a.is_harsh || b.is_harsh || a.is_broken || b.is_broken;
}

// First what is under way arrives; then applications accept, read, say that they have no more, and
// close after the peer's end; then timers come in their order. Who waits when nothing of that can
// happen any more has been left alone by the other: nobody may be who was in no quarrel.
std::optional<Move> TwoEnds::fair_move(const Situation& situation) {
  if (is_over(situation)) return std::nullopt;
  std::optional<Move> move = fair_arrival(situation);
  for (std::uint8_t side = 0; side < 2 && !move; ++side) {
    const auto deed = fair_deed(facts(situation, side));
    if (deed) move = happen(situation, side, *deed);
  }
  if (!move) move = fair_timer(situation);
  if (!move) return fair_end(situation);
  const bool was_open = facts(situation, move->step.side).is_open;
  if (move->broken.empty() && was_open && !is_quarrel(situation) && is_quarrel(move->next)) {
    move->broken = "a connection breaks although nobody gave reason to";
  }
  if (move->broken.empty()) move->broken = broken_in(move->next);
  return move;
}

std::optional<Move> TwoEnds::fair_arrival(const Situation& situation) {
  for (std::uint8_t side = 0; side < 2; ++side) {
    for (std::size_t place = 0; place < situation.under_way[side].size(); ++place) {
      if (!situation.under_way[side][place].has_arrived) return arrive(situation, side, place);
    }
  }
  return std::nullopt;
}

std::optional<EndEvent> TwoEnds::fair_deed(const EndFacts& facts) const {
  for (const Deed deed : {Deed::accept, Deed::read}) {
    if (has(facts, deed)) return EndEvent{deed, 0};
  }
  if (has(facts, Deed::shut_down) && facts.state != tcp::State::syn_received) {
    return EndEvent{Deed::shut_down, 0};
  }
  if (has(facts, Deed::close) && (facts.has_ended || facts.is_left))
    return EndEvent{Deed::close, 0};
  return std::nullopt;
}

std::optional<Move> TwoEnds::fair_timer(const Situation& situation) {
  const Duration first = facts(situation, 0).until_timer;
  const Duration second = facts(situation, 1).until_timer;
  if (first == Duration::max() && second == Duration::max()) return std::nullopt;
  const std::uint8_t side = first <= second ? 0 : 1;
  const auto other = static_cast<std::uint8_t>(1 - side);
  // Both clocks run alike.
  const auto passing = std::chrono::floor<std::chrono::microseconds>(std::min(first, second));
  Situation later = situation;
  if (passing > Duration::zero() && !facts(situation, other).is_over) {
    const auto microseconds = static_cast<std::uint32_t>(passing.count());
    later = happen(situation, other, {Deed::pass, microseconds}).next;
  }
  Move move = happen(later, side, {Deed::timer, 0});
  move.step.passed = later.ends[other] != situation.ends[other];
  return move;
}

Move TwoEnds::fair_end(const Situation& situation) {
  for (const Deed deed : {Deed::close, Deed::close_listener}) {
    for (std::uint8_t side = 0; side < 2; ++side) {
      if (!has(facts(situation, side), deed)) continue;
      Move move = happen(situation, side, {deed, 0});
      if (deed == Deed::close && !is_quarrel(situation)) {
        move.broken = "both wait for each other for ever: nothing is under way, no timer runs";
      }
      return move;
    }
  }
  return {{}, situation, "something is held for ever: nothing is under way, no timer runs"};
}

}  // namespace acksu::sim
