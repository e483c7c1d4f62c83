// Writing DNS messages, with names compressed (RFC 1035 section 4.1.4).
#include <map>

#include "wire/dns.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

class DnsWriter {
 public:
  explicit DnsWriter(MutableBytes room) : room_(room), writer_(room) {}

  std::size_t position() const { return writer_.position(); }
  bool failed() const { return writer_.failed(); }
  void u8(std::uint8_t value) { writer_.u8(value); }
  void be16(std::uint16_t value) { writer_.be16(value); }
  void be32(std::uint32_t value) { writer_.be32(value); }
  void be64(std::uint64_t value) {
    be32(static_cast<std::uint32_t>(value >> 32));
    be32(static_cast<std::uint32_t>(value));
  }
  void put(Bytes bytes) { writer_.put(bytes); }

  // Points to what stands already where that is spelled alike: the case of letters is kept.
  void name(DnsName name) {
    while (!name.is_root()) {
      const std::string key{reinterpret_cast<const char*>(name.octets().data()),
                            name.octets().size()};
      if (const auto found = places_.find(key); found != places_.end())
        return be16(static_cast<std::uint16_t>(0xc000 | found->second));
      if (position() < 0x4000) places_[key] = static_cast<std::uint16_t>(position());
      put(name.octets().first(1u + name.octets()[0]));
      name = name.parent();
    }
    u8(0);
  }
  // RFC 2782, RFC 3597 section 4: not compressed in the data of newer types.
  void plain_name(const DnsName& name) { put(name.octets()); }

  // The length of what `write` writes goes before it.
  template <class Write>
  void with_length(Write&& write) {
    const std::size_t at = position();
    be16(0);
    write();
    if (failed()) return;
    store_be16(&room_[at], static_cast<std::uint16_t>(position() - at - 2));
  }

 private:
  MutableBytes room_;
  Writer writer_;
  std::map<std::string, std::uint16_t> places_;  // of names and their ends in this message
};

struct DataWriter {
  DnsWriter& to;
  DnsType type;
  void operator()(IpAddress address) const {
    ACKSU_ASSERT(type == DnsType::aaaa || address.is_v4());
    if (type == DnsType::a) return to.be32(address.as_v4());
    to.be64(address.high());
    to.be64(address.low());
  }
  void operator()(const DnsName& name) const { to.name(name); }
  void operator()(const DnsSoa& soa) const {
    to.name(soa.primary);
    to.name(soa.mailbox);
    for (const std::uint32_t number : {soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum})
      to.be32(number);
  }
  void operator()(const DnsMx& mx) const {
    to.be16(mx.preference);
    to.name(mx.exchange);
  }
  void operator()(const DnsSrv& srv) const {
    to.be16(srv.priority);
    to.be16(srv.weight);
    to.be16(srv.port);
    to.plain_name(srv.target);
  }
  void operator()(const DnsText& text) const {
    for (const std::string& string : text.strings) {
      ACKSU_ASSERT(string.size() <= 255);
      to.u8(static_cast<std::uint8_t>(string.size()));
      to.put({reinterpret_cast<const std::uint8_t*>(string.data()), string.size()});
    }
  }
  void operator()(const DnsOpaque& opaque) const { to.put(opaque.octets); }
};

void write_record(const DnsRecord& record, DnsWriter& to) {
  to.name(record.owner);
  to.be16(static_cast<std::uint16_t>(record.type));
  to.be16(record.record_class);
  to.be32(record.ttl);
  to.with_length([&] { std::visit(DataWriter{to, record.type}, record.data); });
}

void write_edns(const DnsEdns& edns, DnsCode code, DnsWriter& to) {
  to.u8(0);
  to.be16(static_cast<std::uint16_t>(DnsType::opt));
  to.be16(edns.udp_bytes);
  const std::uint32_t upper_code = static_cast<std::uint32_t>(code) >> 4;
  to.be32(upper_code << 24 | std::uint32_t{edns.version} << 16 |
          (edns.wants_dnssec ? 0x8000u : 0u));
  to.with_length([&] { to.put(edns.options); });
}

std::uint16_t flags_of(const DnsMessage& message) {
  const auto bit = [](bool is_set, unsigned place) { return unsigned{is_set} << place; };
  return static_cast<std::uint16_t>(bit(message.is_answer, 15) | (message.opcode & 15u) << 11 |
                                    bit(message.is_authoritative, 10) |
                                    bit(message.is_truncated, 9) | bit(message.wants_recursion, 8) |
                                    bit(message.has_recursion, 7) | bit(message.is_authentic, 5) |
                                    bit(message.is_checking_disabled, 4) |
                                    (static_cast<unsigned>(message.code) & 15u));
}

template <class List>
std::uint16_t count_of(const List& list, std::size_t more = 0) {
  ACKSU_ASSERT(list.size() + more <= 0xffff);
  return static_cast<std::uint16_t>(list.size() + more);
}

}  // namespace

std::uint32_t write(const DnsMessage& message, MutableBytes room) {
  ACKSU_ASSERT(message.edns || static_cast<std::uint16_t>(message.code) < 16);
  DnsWriter to(room.first(std::min(room.size(), max_dns_bytes)));
  to.be16(message.id);
  to.be16(flags_of(message));
  to.be16(count_of(message.questions));
  to.be16(count_of(message.answers));
  to.be16(count_of(message.authorities));
  to.be16(count_of(message.additionals, message.edns ? 1 : 0));
  for (const DnsQuestion& question : message.questions) {
    to.name(question.name);
    to.be16(static_cast<std::uint16_t>(question.type));
    to.be16(question.question_class);
  }
  for (const auto* section : {&message.answers, &message.authorities, &message.additionals}) {
    for (const DnsRecord& record : *section) write_record(record, to);
  }
  if (message.edns) write_edns(*message.edns, message.code, to);
  return to.failed() ? 0 : static_cast<std::uint32_t>(to.position());
}

std::vector<std::uint8_t> to_bytes(const DnsMessage& message, std::size_t max_bytes) {
  ACKSU_ASSERT(max_bytes >= plain_dns_bytes);
  std::vector<std::uint8_t> room(std::min(max_bytes, max_dns_bytes));
  std::uint32_t count = write(message, room);
  if (count == 0) {
    DnsMessage shorter = message;
    shorter.additionals.clear();
    count = write(shorter, room);
    if (count == 0) {
      shorter.answers.clear();
      shorter.authorities.clear();
      shorter.is_truncated = true;
      if (shorter.edns) shorter.edns->options.clear();
      count = write(shorter, room);
    }
  }
  ACKSU_ASSERT(count > 0);  // a header, one question and an empty OPT take at most 282 bytes
  room.resize(count);
  return room;
}

}  // namespace acksu::wire
