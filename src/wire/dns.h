// DNS messages (RFC 1035, 2181, 2782, 3596, 6891): bytes to legal values and back. Reads by the
// rules of RFC 9267: every length is checked, counts are only promises. Left out on purpose:
// DNSSEC, zone transfer, dynamic update, classes other than IN (their records stay opaque).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"
#include "wire/dns_name.h"

namespace acksu::wire {

// Types that are understood; others pass as they are.
enum class DnsType : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  srv = 33,
  opt = 41,
  any = 255,
};
inline constexpr std::uint16_t dns_class_in = 1;

// Answer codes (RFC 1035 section 4.1.1, RFC 6891 section 9). Others may come.
enum class DnsCode : std::uint16_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  no_such_name = 3,
  not_implemented = 4,
  refused = 5,
  bad_version = 16,
};

struct DnsSoa {
  DnsName primary;
  DnsName mailbox;
  std::uint32_t serial = 0;
  std::uint32_t refresh = 0;  // seconds, as the others
  std::uint32_t retry = 0;
  std::uint32_t expire = 0;
  std::uint32_t minimum = 0;  // RFC 2308 section 4: how long a negative answer lives
  bool operator==(const DnsSoa&) const = default;
};
struct DnsMx {
  std::uint16_t preference = 0;
  DnsName exchange;
  bool operator==(const DnsMx&) const = default;
};
struct DnsSrv {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  DnsName target;
  bool operator==(const DnsSrv&) const = default;
};
struct DnsText {
  std::vector<std::string> strings;  // at least one, each at most 255 octets
  bool operator==(const DnsText&) const = default;
};
struct DnsOpaque {
  std::vector<std::uint8_t> octets;
  bool operator==(const DnsOpaque&) const = default;
};
// An IpAddress is of A or AAAA, a DnsName of NS, CNAME or PTR.
using DnsData = std::variant<IpAddress, DnsName, DnsSoa, DnsMx, DnsSrv, DnsText, DnsOpaque>;

struct DnsRecord {
  DnsName owner;
  DnsType type = DnsType::a;
  std::uint16_t record_class = dns_class_in;
  std::uint32_t ttl = 0;  // seconds
  DnsData data;
  bool operator==(const DnsRecord&) const = default;
};

struct DnsQuestion {
  DnsName name;
  DnsType type = DnsType::a;
  std::uint16_t question_class = dns_class_in;
  bool operator==(const DnsQuestion&) const = default;
  std::weak_ordering operator<=>(const DnsQuestion&) const = default;
};

// RFC 6891 section 6.1.2. Options are kept as they are.
struct DnsEdns {
  std::uint16_t udp_bytes = 1232;  // the largest datagram its sender takes
  std::uint8_t version = 0;
  bool wants_dnssec = false;
  std::vector<std::uint8_t> options;  // whole ones: code, length, octets
  bool operator==(const DnsEdns&) const = default;
};

struct DnsMessage {
  std::uint16_t id = 0;
  bool is_answer = false;
  std::uint8_t opcode = 0;  // 0: a standard query
  bool is_authoritative = false;
  bool is_truncated = false;
  bool wants_recursion = false;
  bool has_recursion = false;
  bool is_authentic = false;          // RFC 4035 section 3.2.3
  bool is_checking_disabled = false;  // RFC 4035 section 3.2.2
  DnsCode code = DnsCode::no_error;   // above 15 only with EDNS
  std::vector<DnsQuestion> questions;
  std::vector<DnsRecord> answers;
  std::vector<DnsRecord> authorities;
  std::vector<DnsRecord> additionals;  // without the OPT record, which is `edns`
  std::optional<DnsEdns> edns;
  bool operator==(const DnsMessage&) const = default;
};

inline constexpr std::size_t max_dns_bytes = 65535;  // RFC 1035 section 4.2.2: over TCP
inline constexpr std::size_t plain_dns_bytes = 512;  // RFC 1035 section 4.2.1: over UDP, no EDNS

// Drops: dns_truncated, dns_bad_name, dns_bad_record, dns_trailing_bytes; `out` is of no use then.
Drop read(Bytes message, DnsMessage& out);
// Returns the bytes written; 0 when it does not fit into `room`.
std::uint32_t write(const DnsMessage& message, MutableBytes room);
// The message in at most `max_bytes` (at least 512). What does not fit: first the additional
// records go, then all records, and TC is set (RFC 2181 section 9).
std::vector<std::uint8_t> to_bytes(const DnsMessage& message, std::size_t max_bytes);

std::string to_string(DnsType type);  // "AAAA", "TYPE65" (RFC 3597 section 5)
std::string to_string(DnsCode code);  // "NXDOMAIN", "CODE9"
std::string to_string(const DnsData& data);
std::string to_string(const DnsRecord& record);  // "example.com 60 IN A 192.0.2.1"
// "AAAA", "aaaa", "TYPE65".
std::optional<DnsType> parse_dns_type(std::string_view text);

}  // namespace acksu::wire
