// Reading DNS messages: header, questions, records, and the data of the types we know.
#include "wire/dns.h"

#include "wire/reader.h"

namespace acksu::wire {
namespace {

// What is read, and how far. Names need all that stands before them; nothing looks behind `end`.
class Cursor {
 public:
  explicit Cursor(Bytes message) : message_(message), end_(message.size()) {}

  std::size_t remaining() const { return end_ - position_; }
  Bytes message() const { return message_.first(end_); }
  // The first fault, if any; nothing that was read after it is of use.
  Drop fault() const { return fault_; }
  void fail(Drop drop) {
    if (fault_ == Drop::none) fault_ = drop;
    position_ = end_;
  }

  std::uint16_t be16() { return take<2>().be16<0>(); }
  std::uint32_t be32() { return take<4>().be32<0>(); }
  template <std::uint32_t count>
  Fixed<count> take() {
    Reader reader(message().subspan(position_));
    const auto fixed = reader.take<count>();
    advance(reader, count);
    return fixed;
  }
  Bytes bytes(std::size_t count) {
    Reader reader(message().subspan(position_));
    const Bytes result = reader.bytes(count);
    advance(reader, count);
    return result;
  }
  Bytes rest() { return bytes(remaining()); }
  DnsName name() {
    DnsName result;
    std::size_t position = position_;
    if (const Drop drop = DnsName::read(message(), position, result); drop != Drop::none) {
      fail(drop);
    } else {
      position_ = position;
    }
    return result;
  }
  // A cursor for the next `count` bytes only, which are skipped here. Its names may still point
  // to all before.
  Cursor part(std::size_t count) {
    Cursor result = *this;
    bytes(count);
    result.fault_ = fault_;
    result.end_ = position_;
    if (fault_ != Drop::none) result.position_ = position_;
    return result;
  }

 private:
  void advance(const Reader& reader, std::size_t count) {
    if (reader.failed()) return fail(Drop::dns_truncated);
    position_ += count;
  }

  Bytes message_;
  std::size_t position_ = 0;  // <= end_
  std::size_t end_;           // <= message_.size()
  Drop fault_ = Drop::none;
};

DnsData read_address(Cursor& data, DnsType type) {
  if (type == DnsType::a) return IpAddress::v4(data.be32());
  const auto octets = data.take<16>();
  return IpAddress{load_be64(octets.bytes().data()), load_be64(octets.bytes().data() + 8)};
}

DnsData read_soa(Cursor& data) {
  DnsSoa soa;
  soa.primary = data.name();
  soa.mailbox = data.name();
  soa.serial = data.be32();
  soa.refresh = data.be32();
  soa.retry = data.be32();
  soa.expire = data.be32();
  soa.minimum = data.be32();
  return soa;
}

DnsData read_text(Cursor& data) {
  DnsText text;
  if (data.remaining() == 0) data.fail(Drop::dns_bad_record);
  while (data.remaining() > 0) {
    const Bytes string = data.bytes(data.take<1>().u8<0>());
    text.strings.emplace_back(string.begin(), string.end());
  }
  return text;
}

DnsData read_srv(Cursor& data) {
  DnsSrv srv;
  srv.priority = data.be16();
  srv.weight = data.be16();
  srv.port = data.be16();
  srv.target = data.name();
  return srv;
}

DnsData read_opaque(Cursor& data) {
  const Bytes octets = data.rest();
  return DnsOpaque{{octets.begin(), octets.end()}};
}

DnsData read_known(Cursor& data, DnsType type) {
  switch (type) {
    case DnsType::a:
    case DnsType::aaaa: return read_address(data, type);
    case DnsType::ns:
    case DnsType::cname:
    case DnsType::ptr: return data.name();
    case DnsType::soa: return read_soa(data);
    case DnsType::mx: {
      const std::uint16_t preference = data.be16();
      return DnsMx{preference, data.name()};
    }
    case DnsType::txt: return read_text(data);
    case DnsType::srv: return read_srv(data);
    default: return read_opaque(data);
  }
}

// RFC 9267 section 6: the data is exactly as long as it says. A bad name keeps its own reason.
Drop read_data(Cursor& data, DnsRecord& record) {
  record.data =
      record.record_class == dns_class_in ? read_known(data, record.type) : read_opaque(data);
  if (data.fault() == Drop::dns_truncated || data.remaining() > 0) return Drop::dns_bad_record;
  return data.fault();
}

void read_edns(const DnsRecord& record, Cursor& data, DnsMessage& out, Cursor& whole) {
  // RFC 6891 section 6.1.1: at most one, and its owner is the root.
  if (out.edns || !record.owner.is_root()) return whole.fail(Drop::dns_bad_record);
  DnsEdns edns;
  edns.udp_bytes = record.record_class;
  edns.version = static_cast<std::uint8_t>(record.ttl >> 16);
  edns.wants_dnssec = (record.ttl & 0x8000) != 0;
  Reader options(data.rest());
  const Bytes all = Reader{options}.rest();
  while (options.remaining() > 0) {
    options.be16();
    options.bytes(options.be16());
  }
  if (options.failed()) return whole.fail(Drop::dns_bad_record);
  edns.options.assign(all.begin(), all.end());
  out.code = static_cast<DnsCode>(static_cast<std::uint16_t>(out.code) | (record.ttl >> 24) << 4);
  out.edns = std::move(edns);
}

void read_records(Cursor& cursor, std::uint16_t count, std::vector<DnsRecord>& section,
                  DnsMessage& out) {
  // RFC 9267 section 5: the count only says when to stop; the octets must be there.
  for (unsigned i = 0; i < count && cursor.fault() == Drop::none; ++i) {
    DnsRecord record;
    record.owner = cursor.name();
    const auto fixed = cursor.take<10>();
    record.type = DnsType{fixed.be16<0>()};
    record.record_class = fixed.be16<2>();
    record.ttl = fixed.be32<4>();
    Cursor data = cursor.part(fixed.be16<8>());
    if (cursor.fault() != Drop::none) return;
    if (record.type == DnsType::opt) {
      if (&section != &out.additionals) return cursor.fail(Drop::dns_bad_record);
      read_edns(record, data, out, cursor);
      continue;
    }
    if (const Drop drop = read_data(data, record); drop != Drop::none) return cursor.fail(drop);
    section.push_back(std::move(record));
  }
}

void read_flags(std::uint16_t flags, DnsMessage& out) {
  out.is_answer = (flags & 0x8000) != 0;
  out.opcode = flags >> 11 & 15;
  out.is_authoritative = (flags & 0x0400) != 0;
  out.is_truncated = (flags & 0x0200) != 0;
  out.wants_recursion = (flags & 0x0100) != 0;
  out.has_recursion = (flags & 0x0080) != 0;
  out.is_authentic = (flags & 0x0020) != 0;
  out.is_checking_disabled = (flags & 0x0010) != 0;
  out.code = DnsCode{static_cast<std::uint16_t>(flags & 15)};
}

}  // namespace

Drop read(Bytes message, DnsMessage& out) {
  out = DnsMessage{};
  if (message.size() > max_dns_bytes) return Drop::dns_trailing_bytes;
  Cursor cursor(message);
  const auto header = cursor.take<12>();
  if (cursor.fault() != Drop::none) return cursor.fault();
  out.id = header.be16<0>();
  read_flags(header.be16<2>(), out);
  for (unsigned i = 0; i < header.be16<4>() && cursor.fault() == Drop::none; ++i) {
    DnsQuestion question;
    question.name = cursor.name();
    question.type = DnsType{cursor.be16()};
    question.question_class = cursor.be16();
    out.questions.push_back(std::move(question));
  }
  read_records(cursor, header.be16<6>(), out.answers, out);
  read_records(cursor, header.be16<8>(), out.authorities, out);
  read_records(cursor, header.be16<10>(), out.additionals, out);
  if (cursor.fault() != Drop::none) return cursor.fault();
  return cursor.remaining() == 0 ? Drop::none : Drop::dns_trailing_bytes;
}

}  // namespace acksu::wire
