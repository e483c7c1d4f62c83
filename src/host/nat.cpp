// What happens to a packet at the border.
#include "host/nat.h"

#include <utility>

namespace acksu {
namespace {

using PacketKind = NatPacket::Kind;
using NatVerdict = Translation::Verdict;
using Idle = NatTable::Idle;

Translation drop(Drop reason) { return {NatVerdict::dropped, reason}; }

// The flow of a packet, seen from where it comes from or from where it goes.
V4Flow from_source(const NatPacket& packet) {
  return {packet.protocol(), packet.source(), packet.destination()};
}
V4Flow from_destination(const NatPacket& packet) {
  return {packet.protocol(), packet.destination(), packet.source()};
}

// Nobody but this host sends from an external address, and this host does not ask: a packet that
// says so comes from a liar (RFC 1122 3.2.1.3; the "LAND" attack among them).
bool is_forged(const NatPacket& packet, const NatTable& table) {
  return table.is_external(packet.source().address);
}

bool has_port_zero(const NatPacket& packet) {
  return packet.kind() == PacketKind::udp &&
         (packet.source().port == 0 || packet.destination().port == 0);
}

}  // namespace

Translation Nat::counted(Translation translation) {
  if (translation.verdict == NatVerdict::outward) ++counters_.outward;
  if (translation.verdict == NatVerdict::inward) ++counters_.inward;
  if (translation.verdict == NatVerdict::dropped) counters_.drops.add(translation.drop);
  return translation;
}

Translation Nat::outbound(BufferChain& packet, Instant now) {
  NatPacket opened;
  const Drop reason = opened.open(packet);
  if (reason != Drop::none) return counted(drop(reason));
  if (is_forged(opened, table_)) return counted(drop(Drop::ip_bad_source));
  if (table_.is_external(opened.destination().address)) {
    return counted(turn_round(opened, packet, now));
  }
  if (opened.kind() == PacketKind::error) return counted(send_error_out(opened, packet));
  return counted(send_out(opened, packet, now));
}

Translation Nat::inbound(BufferChain& packet, Instant now) {
  NatPacket opened;
  const Drop reason = opened.open(packet);
  // Protocols without ports are for this host alone, and it will say what it thinks of them.
  if (reason == Drop::nat_protocol) return {};
  if (reason != Drop::none) return counted(drop(reason));
  if (is_forged(opened, table_)) return counted(drop(Drop::ip_bad_source));
  if (opened.kind() == PacketKind::error) return counted(send_error_in(opened, packet));
  return counted(send_in(opened, packet, now));
}

Translation Nat::hairpin(BufferChain& packet, Instant now) {
  NatPacket opened;
  const Drop reason = opened.open(packet);
  if (reason != Drop::none) return counted(drop(reason));
  if (is_forged(opened, table_)) return counted(drop(Drop::ip_bad_source));
  return counted(turn_round(opened, packet, now));
}

bool Nat::is_for_inside(const NatPacket& opened) const {
  if (opened.kind() == PacketKind::error) {
    return table_.find_by_outside(opened.quoted()) != NatTable::none ||
           table_.mapping_by_outside(opened.quoted().protocol, opened.quoted().near) !=
               NatTable::none;
  }
  if (opened.kind() == PacketKind::query) return false;  // of this host: it answers
  return table_.mapping_by_outside(opened.protocol(), opened.destination()) != NatTable::none;
}

// RFC 4787 REQ-9: (a) the receiver sees the sender's external address and port. RFC 5508 REQ-7:
// the same for ICMP errors.
Translation Nat::turn_round(NatPacket& opened, BufferChain& packet, Instant now) {
  if (!is_for_inside(opened)) return {};
  const bool is_error = opened.kind() == PacketKind::error;
  const Translation out = is_error ? send_error_out(opened, packet) : send_out(opened, packet, now);
  if (out.verdict != NatVerdict::outward) return out;
  NatPacket again;
  const Drop reason = again.open(packet);
  if (reason != Drop::none) return drop(reason);
  const Translation in = is_error ? send_error_in(again, packet) : send_in(again, packet, now);
  if (in.verdict == NatVerdict::inward) ++counters_.hairpinned;
  return in;
}

NatTable::Opened Nat::open_from_inside(const NatPacket& opened, const V4Flow& flow, Instant now) {
  const bool may_begin =
      opened.kind() != PacketKind::tcp ||
      TcpTracker::may_begin(opened.segment(), settings_.takes_up_old_connections);
  if (!may_begin) return {NatTable::none, Drop::nat_tcp_not_syn};
  return table_.open_from_inside(flow, now);
}

Translation Nat::send_out(NatPacket& opened, BufferChain& packet, Instant now) {
  if (has_port_zero(opened)) return drop(Drop::udp_malformed);
  if (opened.kind() == PacketKind::reply) return drop(Drop::nat_icmp_unmatched);
  const V4Flow flow = from_source(opened);
  std::uint32_t session = table_.find_by_inside(flow);
  if (session == NatTable::none) {
    const NatTable::Opened made = open_from_inside(opened, flow, now);
    if (made.drop != Drop::none) return drop(made.drop);
    session = made.session;
  }
  note(session, opened, true, now);
  opened.set_source(table_.mapping(table_.session(session).mapping).outside);
  opened.write(packet);
  return {NatVerdict::outward, Drop::none};
}

NatTable::Opened Nat::open_from_outside(const NatPacket& opened, std::uint32_t mapping,
                                        Instant now) {
  // RFC 4787 REQ-8, RFC 5382 REQ-3: filtering. The RFCs let everybody in who knows the mapping
  // where transparency matters most, and only whom the inside spoke to where safety does.
  const bool is_open = table_.mapping(mapping).is_rule || !settings_.filters_by_endpoint;
  if (!is_open || opened.kind() == PacketKind::reply) return {NatTable::none, Drop::nat_filtered};
  if (opened.kind() == PacketKind::tcp && !TcpTracker::may_begin(opened.segment(), false)) {
    return {NatTable::none, Drop::nat_tcp_not_syn};
  }
  return table_.open_from_outside(mapping, opened.source(), now);
}

Translation Nat::send_in(NatPacket& opened, BufferChain& packet, Instant now) {
  if (has_port_zero(opened)) return drop(Drop::udp_malformed);
  if (opened.kind() == PacketKind::query) return {};
  std::uint32_t session = table_.find_by_outside(from_destination(opened));
  if (session == NatTable::none) {
    const std::uint32_t mapping =
        table_.mapping_by_outside(opened.protocol(), opened.destination());
    if (mapping == NatTable::none) return {};
    const NatTable::Opened made = open_from_outside(opened, mapping, now);
    // RFC 5382 REQ-4: an unsolicited SYN gets no answer, now or later.
    if (made.drop != Drop::none) return drop(made.drop);
    session = made.session;
  }
  note(session, opened, false, now);
  opened.set_destination(table_.mapping(table_.session(session).mapping).inside);
  opened.write(packet);
  return {NatVerdict::inward, Drop::none};
}

// RFC 5508 REQ-4: an error from outside about a packet that we let out. RFC 4787 REQ-12, RFC 5382
// REQ-10, RFC 5508 REQ-6: it neither ends nor refreshes the session, whatever it says.
Translation Nat::send_error_in(NatPacket& opened, BufferChain& packet) {
  const V4Flow& quoted = opened.quoted();
  const std::uint32_t session = table_.find_by_outside(quoted);
  if (session == NatTable::none) {
    const bool is_mapped =
        table_.mapping_by_outside(quoted.protocol, quoted.near) != NatTable::none;
    return is_mapped ? drop(Drop::nat_icmp_unmatched) : Translation{};
  }
  if (opened.destination().address != quoted.near.address) return drop(Drop::nat_icmp_unmatched);
  const V4Endpoint inside = table_.mapping(table_.session(session).mapping).inside;
  opened.set_quoted_near(inside);
  opened.set_destination({inside.address, 0});
  opened.write(packet);
  return {NatVerdict::inward, Drop::none};
}

// RFC 5508 REQ-5: an error from inside about a packet that we let in.
Translation Nat::send_error_out(NatPacket& opened, BufferChain& packet) {
  const V4Flow& quoted = opened.quoted();
  const std::uint32_t session = table_.find_by_inside({quoted.protocol, quoted.far, quoted.near});
  // Only to whom it is about: else the inside could send anything anywhere in our name.
  const bool is_for_sender = opened.destination().address == quoted.near.address;
  if (session == NatTable::none || !is_for_sender) return drop(Drop::nat_icmp_unmatched);
  const V4Endpoint outside = table_.mapping(table_.session(session).mapping).outside;
  opened.set_quoted_far(outside);
  // RFC 5508 REQ-5: (c) whoever inside says it, it comes from the external address.
  opened.set_source({outside.address, 0});
  opened.write(packet);
  return {NatVerdict::outward, Drop::none};
}

// What a packet of a session means for its life.
void Nat::note(std::uint32_t index, const NatPacket& opened, bool is_from_inside, Instant now) {
  if (opened.kind() == PacketKind::tcp) {
    return note_tcp(index, opened.segment(), is_from_inside, now);
  }
  NatSession& session = table_.session(index);
  const bool is_answer = is_from_inside == session.is_from_outside;
  session.is_answered = session.is_answered || is_answer;
  if (session.is_from_outside && !session.is_answered) return;
  // RFC 4787 REQ-6: what goes out refreshes, what comes in when it is told to. The first answer to
  // a flow from outside goes out.
  const bool refreshes = is_from_inside || settings_.refreshes_inbound;
  if (!refreshes) return;
  table_.use(index, opened.kind() == PacketKind::udp ? Idle::udp : Idle::query, now);
}

void Nat::note_tcp(std::uint32_t index, const TrackedSegment& segment, bool is_from_inside,
                   Instant now) {
  NatSession& session = table_.session(index);
  const bool is_answer = is_from_inside == session.is_from_outside;
  const TcpTracker::Phase before = session.tcp.phase();
  if (!session.tcp.take(is_answer ? Side::responder : Side::originator, segment)) {
    ++counters_.tcp_not_believed;
    return;
  }
  session.is_answered = session.is_answered || is_answer;
  if (session.is_from_outside && !session.is_answered) return;
  const TcpTracker::Phase after = session.tcp.phase();
  // RFC 7857 7: a reset keeps nothing alive.
  if (segment.has(Flags::rst) && before == after) return;
  // RFC 5382 REQ-5: long for established connections, four minutes for those that open or close.
  const bool is_established = after == TcpTracker::Phase::established;
  table_.use(index, is_established ? Idle::established : Idle::transitory, now);
}

}  // namespace acksu
