// MLD, versions 1 and 2 (RFC 2710, 3810).
#include "wire/mld.h"

#include <utility>

#include "wire/address.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

using Kind = MembershipMessage::Kind;

constexpr std::uint32_t address_bytes = 16;
constexpr std::uint32_t old_mld_bytes = Icmpv6Message::header_size + address_bytes;
constexpr std::uint32_t query_v2_bytes = old_mld_bytes + 4;         // without sources
constexpr std::uint32_t mld_record_head_bytes = 4 + address_bytes;  // without sources

bool take_sources_v6(Reader& reader, std::uint32_t count, std::vector<IpAddress>& out) {
  if (reader.remaining() < std::size_t{count} * address_bytes) return false;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(read_ipv6(reader));
  return true;
}

bool is_multicast_v6(IpAddress address) { return !address.is_v4() && is_multicast(address); }

// RFC 3810 6.2: what a message must look like to have any effect.
Drop judge(const Icmpv6Message& message, const MembershipCarrier& carrier) {
  if (carrier.hop_limit != 1) return Drop::membership_bad_hop_limit;
  if (!carrier.has_router_alert) return Drop::membership_no_router_alert;
  // RFC 3590 4: reports may come from ::, while the host has no address yet.
  const bool is_query = message.type == Icmpv6Type::mld_query;
  const bool is_well =
      is_link_local_v6(carrier.source) || (!is_query && carrier.source == IpAddress{});
  return is_well ? Drop::none : Drop::membership_bad_source;
}

Drop read_query(Reader& reader, std::uint16_t delay_code, MembershipMessage& out) {
  out.kind = Kind::query;
  out.group = read_ipv6(reader);
  if (reader.failed()) return Drop::membership_malformed;
  if (out.group != IpAddress{} && !is_multicast_v6(out.group)) return Drop::membership_bad_group;
  // RFC 3810 8.1: the length tells the version.
  if (reader.remaining() == 0) {
    out.version = 1;
    out.max_response = std::chrono::milliseconds{delay_code};
    return Drop::none;
  }
  const auto more = reader.take<4>();
  if (reader.failed()) return Drop::membership_malformed;
  out.version = 2;
  out.max_response = std::chrono::milliseconds{WordCode::value_of(delay_code)};
  out.suppresses_timers = (more.u8<0>() & 8) != 0;
  out.robustness = more.u8<0>() & 7;
  out.query_interval = std::chrono::seconds{OctetCode::value_of(more.u8<1>())};
  return take_sources_v6(reader, more.be16<2>(), out.sources) ? Drop::none
                                                              : Drop::membership_malformed;
}

Drop read_old(Reader& reader, std::uint8_t type, MembershipMessage& out) {
  out.kind = type == Icmpv6Type::mld_done ? Kind::leave : Kind::report;
  out.version = 1;
  out.group = read_ipv6(reader);
  if (reader.failed()) return Drop::membership_malformed;
  return is_multicast_v6(out.group) ? Drop::none : Drop::membership_bad_group;
}

// RFC 3810 5.2.12: a record of a type that we do not know is skipped.
Drop take_mld_record(Reader& reader, MembershipMessage& out) {
  const auto head = reader.take<4>();
  MembershipRecord record;
  record.type = MembershipRecord::Type{head.u8<0>()};
  record.group = read_ipv6(reader);
  if (reader.failed() || !take_sources_v6(reader, head.be16<2>(), record.sources))
    return Drop::membership_malformed;
  reader.bytes(head.u8<1>() * 4u);
  if (reader.failed()) return Drop::membership_malformed;
  if (record.type < MembershipRecord::Type::is_include ||
      record.type > MembershipRecord::Type::block_old_sources)
    return Drop::none;
  if (!is_multicast_v6(record.group)) return Drop::membership_bad_group;
  out.records.push_back(std::move(record));
  return Drop::none;
}

Drop read_report_v2(Reader& reader, std::uint32_t count, MembershipMessage& out) {
  out.kind = Kind::report;
  out.version = 2;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Drop drop = take_mld_record(reader, out);
    if (drop != Drop::none) return drop;
  }
  return Drop::none;
}

std::uint8_t mld_type_of(const MembershipMessage& message) {
  if (message.kind == Kind::query) return Icmpv6Type::mld_query;
  if (message.kind == Kind::leave) return Icmpv6Type::mld_done;
  return message.version == 1 ? Icmpv6Type::mld_report : Icmpv6Type::mld2_report;
}

bool is_report_v2(const MembershipMessage& message) {
  return message.kind == Kind::report && message.version == 2;
}

// The word behind the checksum.
std::uint32_t rest_of(const MembershipMessage& message) {
  if (is_report_v2(message)) return static_cast<std::uint32_t>(message.records.size());
  if (message.kind != Kind::query) return 0;
  const auto delay = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(message.max_response).count());
  const std::uint32_t plain = static_cast<std::uint32_t>(delay > 0xffff ? 0xffff : delay);
  return (message.version == 1 ? plain : WordCode::code_of(delay)) << 16;
}

void write_query_v2(const MembershipMessage& message, Writer& writer) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(message.query_interval);
  writer.u8(
      static_cast<std::uint8_t>((message.suppresses_timers ? 8 : 0) | (message.robustness & 7)));
  writer.u8(
      static_cast<std::uint8_t>(OctetCode::code_of(static_cast<std::uint64_t>(seconds.count()))));
  writer.be16(static_cast<std::uint16_t>(message.sources.size()));
  for (const IpAddress source : message.sources) write_ipv6(writer, source);
}

void write_mld_record(const MembershipRecord& record, Writer& writer) {
  writer.u8(static_cast<std::uint8_t>(record.type));
  writer.u8(0);
  writer.be16(static_cast<std::uint16_t>(record.sources.size()));
  write_ipv6(writer, record.group);
  for (const IpAddress source : record.sources) write_ipv6(writer, source);
}

}  // namespace

Drop read_mld(const Icmpv6Message& message, const MembershipCarrier& carrier,
              MembershipMessage& out) {
  out = {};
  const Drop drop = judge(message, carrier);
  if (drop != Drop::none) return drop;
  const std::vector<std::uint8_t> bytes = message.payload.flatten();
  Reader reader(bytes);
  switch (message.type) {
    case Icmpv6Type::mld_query:
      return read_query(reader, static_cast<std::uint16_t>(message.rest >> 16), out);
    case Icmpv6Type::mld2_report: return read_report_v2(reader, message.rest & 0xffff, out);
    case Icmpv6Type::mld_report:
    case Icmpv6Type::mld_done: return read_old(reader, message.type, out);
    default: return Drop::icmp_unknown_type;
  }
}

std::uint32_t mld_bytes(const MembershipMessage& message) {
  ACKSU_ASSERT(message.version == 1 || (message.version == 2 && message.kind != Kind::leave));
  if (message.version == 1) return old_mld_bytes;
  if (message.kind == Kind::query)
    return query_v2_bytes + address_bytes * static_cast<std::uint32_t>(message.sources.size());
  std::uint32_t bytes = Icmpv6Message::header_size;
  for (const MembershipRecord& record : message.records)
    bytes +=
        mld_record_head_bytes + address_bytes * static_cast<std::uint32_t>(record.sources.size());
  return bytes;
}

std::uint32_t write_mld(const MembershipMessage& message, const PseudoHeader& pseudo,
                        MutableBytes room) {
  const MutableBytes bytes = room.first(mld_bytes(message));
  Writer writer(bytes);
  writer.be32(std::uint32_t{mld_type_of(message)} << 24);
  writer.be32(rest_of(message));
  if (is_report_v2(message)) {
    for (const MembershipRecord& record : message.records) write_mld_record(record, writer);
  } else {
    write_ipv6(writer, message.group);
    if (message.kind == Kind::query && message.version == 2) write_query_v2(message, writer);
  }
  ACKSU_ASSERT(!writer.failed() && writer.remaining() == 0);
  sign_icmpv6(bytes, pseudo);
  return static_cast<std::uint32_t>(bytes.size());
}

}  // namespace acksu::wire
