// Domain names: octets, text, and reading under the rules of RFC 9267.
#include "wire/dns_name.h"

#include <algorithm>

#include "base/assert.h"
#include "wire/reader.h"

namespace acksu::wire {
namespace {

constexpr std::size_t dns_header_bytes = 12;  // no name starts in a message's header

bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 4343 section 3. Lengths of labels are below 64 and so never taken for letters.
char folded_octet(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Takes one octet of a label from the front of `text`; false for a bad escape.
bool take_octet(std::string_view& text, char& octet) {
  octet = text.front();
  text.remove_prefix(1);
  if (octet != '\\') return true;
  if (text.empty()) return false;
  octet = text.front();
  text.remove_prefix(1);
  if (!is_digit(octet)) return true;
  if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return false;
  const int number = (octet - '0') * 100 + (text[0] - '0') * 10 + (text[1] - '0');
  text.remove_prefix(2);
  octet = static_cast<char>(number);
  return number <= 255;
}

}  // namespace

bool DnsName::add_label(std::string_view label) {
  if (label.empty() || label.size() > max_label_octets) return false;
  if (wire_.size() + 1 + label.size() > max_octets) return false;
  wire_.back() = static_cast<char>(label.size());
  wire_ += label;
  wire_ += '\0';
  return true;
}

std::optional<DnsName> DnsName::parse(std::string_view text) {
  DnsName name;
  if (text == ".") return name;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::string label;
    while (!text.empty() && text.front() != '.') {
      char octet = 0;
      if (!take_octet(text, octet)) return std::nullopt;
      label += octet;
    }
    if (!name.add_label(label)) return std::nullopt;
    if (!text.empty()) text.remove_prefix(1);
  }
  return name;
}

DnsName DnsName::of_address(IpAddress address) {
  constexpr std::string_view digits = "0123456789abcdef";
  DnsName name;
  const auto add = [&name](std::string_view label) { ACKSU_ASSERT(name.add_label(label)); };
  if (address.is_v4()) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      add(std::to_string((address.as_v4() >> shift) & 0xff));
    }
    add("in-addr");
  } else {
    for (const std::uint64_t half : {address.low(), address.high()}) {
      for (unsigned shift = 0; shift < 64; shift += 4) add(digits.substr((half >> shift) & 15, 1));
    }
    add("ip6");
  }
  add("arpa");
  return name;
}

Drop DnsName::read(Bytes message, std::size_t& position, DnsName& out) {
  out = DnsName{};
  std::size_t segment = position;  // where the run of labels that is read now began
  bool has_jumped = false;
  Reader reader(message);
  reader.bytes(segment);
  // Each turn adds a label to a name that cannot grow beyond 127, or ends, or goes backwards once.
  while (true) {
    const std::uint8_t length = reader.u8();
    if (reader.failed()) return Drop::dns_truncated;
    if (length == 0) break;
    if (length >= 0xc0) {
      const std::size_t target = std::size_t{length & 0x3fu} << 8 | reader.u8();
      if (reader.failed()) return Drop::dns_truncated;
      if (!has_jumped) position = reader.position();
      has_jumped = true;
      // RFC 9267 section 2: only to what stands before, or the way never ends.
      if (target >= segment || target < dns_header_bytes) return Drop::dns_bad_name;
      segment = target;
      reader = Reader(message);
      reader.bytes(segment);
      continue;
    }
    // RFC 9267 section 3: 01 and 10 were never given a meaning that lasted.
    if (length > max_label_octets) return Drop::dns_bad_name;
    const Bytes label = reader.bytes(length);
    if (reader.failed()) return Drop::dns_truncated;
    if (!out.add_label({reinterpret_cast<const char*>(label.data()), label.size()}))
      return Drop::dns_bad_name;
  }
  if (!has_jumped) position = reader.position();
  return Drop::none;
}

std::size_t DnsName::labels() const {
  std::size_t count = 0;
  for (std::size_t at = 0; wire_[at] != '\0'; at += 1 + static_cast<std::size_t>(wire_[at]))
    ++count;
  return count;
}

DnsName DnsName::parent() const {
  DnsName name;
  if (!is_root()) name.wire_ = wire_.substr(1 + static_cast<std::size_t>(wire_[0]));
  return name;
}

std::optional<DnsName> DnsName::within(const DnsName& domain) const {
  if (wire_.size() - 1 + domain.wire_.size() > max_octets) return std::nullopt;
  DnsName name;
  name.wire_ = wire_.substr(0, wire_.size() - 1) + domain.wire_;
  return name;
}

bool DnsName::is_in(const DnsName& zone) const {
  DnsName name = *this;
  while (name.wire_.size() > zone.wire_.size()) name = name.parent();
  return name == zone;
}

DnsName DnsName::folded() const {
  DnsName name = *this;
  std::transform(wire_.begin(), wire_.end(), name.wire_.begin(), folded_octet);
  return name;
}

DnsName DnsName::spelled_by(std::uint64_t bits) const {
  DnsName name = folded();
  unsigned letters = 0;
  for (char& c : name.wire_) {
    if (!is_small_letter(c)) continue;
    if ((bits >> (letters++ % 64) & 1) != 0) c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

bool DnsName::operator==(const DnsName& other) const {
  return wire_.size() == other.wire_.size() && (*this <=> other) == 0;
}

std::weak_ordering DnsName::operator<=>(const DnsName& other) const {
  const auto compare = [](char a, char b) -> std::weak_ordering {
    return static_cast<unsigned char>(folded_octet(a)) <=>
           static_cast<unsigned char>(folded_octet(b));
  };
  return std::lexicographical_compare_three_way(wire_.begin(), wire_.end(), other.wire_.begin(),
                                                other.wire_.end(), compare);
}

std::string to_string(const DnsName& name) {
  if (name.is_root()) return ".";
  std::string text;
  Reader reader(name.octets());
  while (const std::uint8_t length = reader.u8()) {
    if (!text.empty()) text += '.';
    for (const std::uint8_t octet : reader.bytes(length)) {
      const char c = static_cast<char>(octet);
      if (octet <= 0x20 || octet >= 0x7f) {
        text += '\\';
        for (const unsigned unit : {100u, 10u, 1u})
          text += static_cast<char>('0' + octet / unit % 10);
      } else {
        if (c == '.' || c == '\\') text += '\\';
        text += c;
      }
    }
  }
  return text;
}

}  // namespace acksu::wire
