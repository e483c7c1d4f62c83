// DNS types, codes and records as people write them.
#include <array>
#include <charconv>
#include <utility>

#include "wire/dns.h"
#include "wire/print_layer.h"

namespace acksu::wire {
namespace {

constexpr std::array<std::pair<DnsType, std::string_view>, 11> types{{
    {DnsType::a, "A"},
    {DnsType::ns, "NS"},
    {DnsType::cname, "CNAME"},
    {DnsType::soa, "SOA"},
    {DnsType::ptr, "PTR"},
    {DnsType::mx, "MX"},
    {DnsType::txt, "TXT"},
    {DnsType::aaaa, "AAAA"},
    {DnsType::srv, "SRV"},
    {DnsType::opt, "OPT"},
    {DnsType::any, "ANY"},
}};

constexpr std::array<std::pair<DnsCode, std::string_view>, 7> codes{{
    {DnsCode::no_error, "NOERROR"},
    {DnsCode::format_error, "FORMERR"},
    {DnsCode::server_failure, "SERVFAIL"},
    {DnsCode::no_such_name, "NXDOMAIN"},
    {DnsCode::not_implemented, "NOTIMP"},
    {DnsCode::refused, "REFUSED"},
    {DnsCode::bad_version, "BADVERS"},
}};

std::string quoted(const std::string& string) {
  std::string text = "\"";
  for (const char c : string) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet >= 0x7f) {
      text += '\\';
      for (const unsigned unit : {100u, 10u, 1u})
        text += static_cast<char>('0' + octet / unit % 10);
      continue;
    }
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

struct DataText {
  std::string operator()(IpAddress address) const { return to_string(address); }
  std::string operator()(const DnsName& name) const { return to_string(name); }
  std::string operator()(const DnsSoa& soa) const {
    return to_string(soa.primary) + " " + to_string(soa.mailbox) + " " + decimal(soa.serial) + " " +
           decimal(soa.refresh) + " " + decimal(soa.retry) + " " + decimal(soa.expire) + " " +
           decimal(soa.minimum);
  }
  std::string operator()(const DnsMx& mx) const {
    return decimal(mx.preference) + " " + to_string(mx.exchange);
  }
  std::string operator()(const DnsSrv& srv) const {
    return decimal(srv.priority) + " " + decimal(srv.weight) + " " + decimal(srv.port) + " " +
           to_string(srv.target);
  }
  std::string operator()(const DnsText& text) const {
    std::string all;
    for (const std::string& string : text.strings) {
      if (!all.empty()) all += ' ';
      all += quoted(string);
    }
    return all;
  }
  // RFC 3597 section 5.
  std::string operator()(const DnsOpaque& opaque) const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\# " + decimal(static_cast<std::uint32_t>(opaque.octets.size()));
    if (!opaque.octets.empty()) text += ' ';
    for (const std::uint8_t octet : opaque.octets) text += {digits[octet >> 4], digits[octet & 15]};
    return text;
  }
};

}  // namespace

std::string to_string(DnsType type) {
  for (const auto& [known, text] : types) {
    if (known == type) return std::string{text};
  }
  return "TYPE" + decimal(static_cast<std::uint16_t>(type));
}

std::string to_string(DnsCode code) {
  for (const auto& [known, text] : codes) {
    if (known == code) return std::string{text};
  }
  return "CODE" + decimal(static_cast<std::uint16_t>(code));
}

std::string to_string(const DnsData& data) { return std::visit(DataText{}, data); }

std::string to_string(const DnsRecord& record) {
  const std::string record_class = record.record_class == dns_class_in
                                       ? std::string{"IN"}
                                       : "CLASS" + decimal(record.record_class);
  return to_string(record.owner) + " " + decimal(record.ttl) + " " + record_class + " " +
         to_string(record.type) + " " + to_string(record.data);
}

std::optional<DnsType> parse_dns_type(std::string_view text) {
  std::string upper{text};
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  for (const auto& [type, name] : types) {
    if (name == upper) return type;
  }
  if (!upper.starts_with("TYPE")) return std::nullopt;
  std::uint16_t value = 0;
  const char* const end = upper.data() + upper.size();
  const auto [last, error] = std::from_chars(upper.data() + 4, end, value);
  if (error != std::errc{} || last != end) return std::nullopt;
  return DnsType{value};
}

}  // namespace acksu::wire
