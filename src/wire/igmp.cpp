// IGMP, versions 1 to 3 (RFC 1112 appendix I, RFC 2236, RFC 3376).
#include "wire/igmp.h"

#include "base/checksum.h"
#include "wire/address.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

using Kind = MembershipMessage::Kind;
using Ticks = std::chrono::duration<std::int64_t, std::deci>;  // RFC 3376 4.1.1

constexpr std::uint32_t old_bytes = 8;          // of versions 1 and 2, and a report's head
constexpr std::uint32_t query_v3_bytes = 12;    // without sources
constexpr std::uint32_t record_head_bytes = 8;  // without sources

// Takes `count` addresses; false when they are not all there.
bool take_sources(Reader& reader, std::uint32_t count, std::vector<IpAddress>& out) {
  if (reader.remaining() < count * 4u) return false;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(IpAddress::v4(reader.be32()));
  return true;
}

Drop read_query(Bytes message, MembershipMessage& out) {
  Reader reader(message);
  const auto head = reader.take<old_bytes>();
  out.kind = Kind::query;
  out.group = IpAddress::v4(head.be32<4>());
  if (!out.group.is_any() && !is_multicast(out.group)) return Drop::membership_bad_group;
  const std::uint32_t code = head.u8<1>();
  // RFC 3376 7.1: the length tells the version; other lengths are ignored.
  if (message.size() == old_bytes) {
    out.version = code == 0 ? 1 : 2;
    out.max_response = Ticks{code == 0 ? 100 : code};  // RFC 2236 4: of version 1 it is 10 s
    return Drop::none;
  }
  const auto more = reader.take<query_v3_bytes - old_bytes>();
  if (reader.failed()) return Drop::membership_malformed;
  out.version = 3;
  out.max_response = Ticks{OctetCode::value_of(code)};
  out.suppresses_timers = (more.u8<0>() & 8) != 0;
  out.robustness = more.u8<0>() & 7;
  out.query_interval = std::chrono::seconds{OctetCode::value_of(more.u8<1>())};
  return take_sources(reader, more.be16<2>(), out.sources) ? Drop::none
                                                           : Drop::membership_malformed;
}

// RFC 3376 4.2.12: a record of a type that we do not know is skipped.
Drop take_record(Reader& reader, MembershipMessage& out) {
  const auto head = reader.take<record_head_bytes>();
  MembershipRecord record;
  record.type = MembershipRecord::Type{head.u8<0>()};
  record.group = IpAddress::v4(head.be32<4>());
  if (reader.failed() || !take_sources(reader, head.be16<2>(), record.sources))
    return Drop::membership_malformed;
  reader.bytes(head.u8<1>() * 4u);
  if (reader.failed()) return Drop::membership_malformed;
  if (record.type < MembershipRecord::Type::is_include ||
      record.type > MembershipRecord::Type::block_old_sources)
    return Drop::none;
  if (!is_multicast(record.group)) return Drop::membership_bad_group;
  out.records.push_back(std::move(record));
  return Drop::none;
}

Drop read_report_v3(Bytes message, MembershipMessage& out) {
  Reader reader(message);
  const auto head = reader.take<old_bytes>();
  out.kind = Kind::report;
  out.version = 3;
  for (std::uint32_t i = 0; i < head.be16<6>(); ++i) {
    const Drop drop = take_record(reader, out);
    if (drop != Drop::none) return drop;
  }
  return Drop::none;
}

Drop read_old(Bytes message, std::uint8_t type, MembershipMessage& out) {
  Reader reader(message);
  const auto head = reader.take<old_bytes>();
  out.kind = type == IgmpType::leave ? Kind::leave : Kind::report;
  out.version = type == IgmpType::report_v1 ? 1 : 2;
  out.group = IpAddress::v4(head.be32<4>());
  return is_multicast(out.group) ? Drop::none : Drop::membership_bad_group;
}

std::uint8_t type_of(const MembershipMessage& message) {
  if (message.kind == Kind::query) return IgmpType::query;
  if (message.kind == Kind::leave) return IgmpType::leave;
  if (message.version == 1) return IgmpType::report_v1;
  return message.version == 2 ? IgmpType::report_v2 : IgmpType::report_v3;
}

std::uint32_t response_code(const MembershipMessage& message) {
  if (message.kind != Kind::query || message.version == 1) return 0;
  const auto ticks =
      static_cast<std::uint64_t>(std::chrono::duration_cast<Ticks>(message.max_response).count());
  return message.version == 3 ? OctetCode::code_of(ticks)
                              : static_cast<std::uint32_t>(ticks > 255 ? 255 : ticks);
}

void write_query_v3(const MembershipMessage& message, Writer& writer) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(message.query_interval);
  writer.u8(
      static_cast<std::uint8_t>((message.suppresses_timers ? 8 : 0) | (message.robustness & 7)));
  writer.u8(
      static_cast<std::uint8_t>(OctetCode::code_of(static_cast<std::uint64_t>(seconds.count()))));
  writer.be16(static_cast<std::uint16_t>(message.sources.size()));
  for (const IpAddress source : message.sources) writer.be32(source.as_v4());
}

void write_record(const MembershipRecord& record, Writer& writer) {
  writer.u8(static_cast<std::uint8_t>(record.type));
  writer.u8(0);
  writer.be16(static_cast<std::uint16_t>(record.sources.size()));
  writer.be32(record.group.as_v4());
  for (const IpAddress source : record.sources) writer.be32(source.as_v4());
}

}  // namespace

Drop read_igmp(Bytes message, const MembershipCarrier& carrier, MembershipMessage& out) {
  out = {};
  Reader reader(message);
  const auto head = reader.take<old_bytes>();
  if (reader.failed()) return Drop::membership_malformed;
  if (sum_of(message).folded() != 0xffff) return Drop::icmp_bad_checksum;
  // RFC 3376 4: sent with TTL 1; what crossed a router is no affair of this link.
  if (carrier.hop_limit != 1) return Drop::membership_bad_hop_limit;
  switch (head.u8<0>()) {
    case IgmpType::query: return read_query(message, out);
    case IgmpType::report_v3: return read_report_v3(message, out);
    case IgmpType::report_v1:
    case IgmpType::report_v2:
    case IgmpType::leave: return read_old(message, head.u8<0>(), out);
    default: return Drop::icmp_unknown_type;
  }
}

std::uint32_t igmp_bytes(const MembershipMessage& message) {
  ACKSU_ASSERT(message.kind != Kind::leave || message.version == 2);
  if (message.version < 3) return old_bytes;
  if (message.kind == Kind::query)
    return query_v3_bytes + 4 * static_cast<std::uint32_t>(message.sources.size());
  std::uint32_t bytes = old_bytes;
  for (const MembershipRecord& record : message.records)
    bytes += record_head_bytes + 4 * static_cast<std::uint32_t>(record.sources.size());
  return bytes;
}

std::uint32_t write_igmp(const MembershipMessage& message, MutableBytes room) {
  const MutableBytes bytes = room.first(igmp_bytes(message));
  const bool is_report_v3 = message.kind == Kind::report && message.version == 3;
  Writer writer(bytes);
  const auto head = writer.take<old_bytes>();
  head.be16<0>(
      static_cast<std::uint16_t>(std::uint32_t{type_of(message)} << 8 | response_code(message)));
  head.be16<2>(0);
  head.be32<4>(is_report_v3             ? static_cast<std::uint32_t>(message.records.size())
               : message.group.is_any() ? 0
                                        : message.group.as_v4());
  if (is_report_v3) {
    for (const MembershipRecord& record : message.records) write_record(record, writer);
  } else if (message.version == 3) {
    write_query_v3(message, writer);
  }
  ACKSU_ASSERT(!writer.failed() && writer.remaining() == 0);
  head.be16<2>(sum_of(bytes).checksum());
  return static_cast<std::uint32_t>(bytes.size());
}

}  // namespace acksu::wire
