// Packets compared field by field, in the order in which the language writes them.
#include "packetdrill/compare.h"

#include <algorithm>
#include <cstdlib>

#include "base/bytes.h"
#include "packetdrill/packet_text.h"

namespace acksu::packetdrill {
namespace {

class Comparer {
 public:
  explicit Comparer(const Comparison& comparison) : comparison_(comparison) {}

  void ip(const IpFields& expected, const IpFields& actual) {
    const std::uint8_t mark = actual.tos & 3;
    const char* const marks[] = {"noecn", "ect1", "ect0", "ce"};
    switch (expected.tos_check) {
      case IpFields::Tos::any: break;
      case IpFields::Tos::ect: note(mark == 1 || mark == 2, "ECN", {"ect01", marks[mark]}); break;
      case IpFields::Tos::ecn:
        note(mark == expected.tos, "ECN", {marks[expected.tos & 3], marks[mark]});
        break;
      case IpFields::Tos::all: number("TOS", expected.tos, actual.tos); break;
    }
    if (expected.ttl != 0) number("TTL", expected.ttl, actual.ttl);
    if (expected.flow_label) {
      number("flow label", *expected.flow_label, actual.flow_label.value_or(0));
    }
  }

  void content(const TcpLine& script, const TcpLine& actual) {
    TcpLine expected = script;
    if (!comparison_.wants_fin_again && is_fin_again(script, actual)) {
      expected.flags.clear(Flags::fin);
      expected.seq += 1;
    }
    flags(expected, actual);
    if (!expected.is_anywhere) number("sequence number", expected.seq, actual.seq);
    number("bytes of text", expected.bytes, actual.bytes);
    number("acknowledgment number", expected.ack, actual.flags.has(Flags::ack) ? actual.ack : 0);
    if (expected.window && !comparison_.is_loose) {
      number("window", *expected.window, actual.window.value_or(0));
    }
    number("urgent pointer", expected.urgent_pointer, actual.urgent_pointer);
    ports(expected, actual);
    if (!expected.options || comparison_.is_loose) return;
    if (comparison_.orders_options) {
      options(*expected.options, *actual.options);
    } else {
      options(sorted(*expected.options), sorted(*actual.options));
    }
  }

  void content(const UdpLine& expected, const UdpLine& actual) {
    number("bytes of text", expected.bytes, actual.bytes);
    ports(expected, actual);
  }

  void content(const IcmpLine& expected, const IcmpLine& actual) {
    note(expected.type == actual.type, "type of ICMP", {expected.type, actual.type});
    if (!expected.code.empty()) {
      note(expected.code == actual.code, "code of ICMP", {expected.code, actual.code});
    }
    if (expected.mtu) number("MTU", *expected.mtu, actual.mtu.value_or(0));
    if (expected.echo_id != 0) number("id of ICMP", expected.echo_id, actual.echo_id);
  }

  template <class Other>
  void content(const Other&, const auto&) {
    note(false, "protocol", {"the script's", "another one"});
  }

  std::vector<Difference> take() { return std::move(found_); }

 private:
  struct Both {
    std::string expected;
    std::string actual;
  };

  void note(bool is_equal, const char* what, Both both) {
    if (!is_equal) found_.push_back({what, std::move(both.expected), std::move(both.actual)});
  }
  void number(const char* what, std::uint64_t expected, std::uint64_t actual) {
    note(expected == actual, what, {std::to_string(expected), std::to_string(actual)});
  }

  // Whoever has sent its FIN goes on behind it.
  static bool is_fin_again(const TcpLine& expected, const TcpLine& actual) {
    return expected.flags.has(Flags::fin) && expected.bytes == 0 &&
           actual.flags.bits == Flags::ack && actual.seq == expected.seq + 1;
  }

  void flags(const TcpLine& expected, const TcpLine& actual) {
    note(
        expected.flags == actual.flags, "flags",
        {flags_text(expected.flags, expected.has_ace), flags_text(actual.flags, expected.has_ace)});
  }

  void ports(const auto& expected, const auto& actual) {
    if (expected.source_port != 0) number("port", expected.source_port, actual.source_port);
    if (expected.destination_port == 0) return;
    number("destination port", expected.destination_port, actual.destination_port);
  }

  // Not the value of time stamps, if not asked for; their echo always.
  bool is_same(const TcpOption& expected, const TcpOption& actual) const {
    const bool is_stamp = expected.kind == TcpOption::timestamps && expected.data.size() == 8;
    if (!is_stamp || actual.kind != expected.kind || actual.data.size() != 8) {
      return expected == actual;
    }
    if (!comparison_.most_ticks_off) return true;
    const auto off =
        static_cast<std::int32_t>(load_be32(actual.data.data()) - load_be32(expected.data.data()));
    return static_cast<std::uint32_t>(std::abs(off)) <= *comparison_.most_ticks_off;
  }

  // Without what only fills up.
  static TcpOptions sorted(TcpOptions all) {
    std::erase_if(all, [](const TcpOption& each) {
      return each.kind == TcpOption::nop || each.kind == TcpOption::eol;
    });
    std::sort(all.begin(), all.end(), [](const TcpOption& a, const TcpOption& b) {
      return a.kind != b.kind ? a.kind < b.kind : a.data < b.data;
    });
    return all;
  }

  void options(const TcpOptions& expected, const TcpOptions& actual) {
    bool is_equal = expected.size() == actual.size();
    for (std::size_t i = 0; is_equal && i < expected.size(); ++i) {
      is_equal = is_same(expected[i], actual[i]);
    }
    const auto text = [](const TcpOptions& all) {
      return all.empty() ? std::string{"none"} : to_string(all);
    };
    note(is_equal, "options", {text(expected), text(actual)});
  }

  const Comparison& comparison_;
  std::vector<Difference> found_;
};

bool are_equal_apart_from_stamps(const TcpOptions& a, const TcpOptions& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].kind != b[i].kind || a[i].data.size() != b[i].data.size()) return false;
  }
  return true;
}

}  // namespace

std::vector<Difference> differences(const PacketLine& expected, const PacketLine& actual,
                                    const Comparison& comparison) {
  Comparer comparer{comparison};
  comparer.ip(expected.ip, actual.ip);
  std::visit([&](const auto& one, const auto& other) { comparer.content(one, other); },
             expected.content, actual.content);
  return comparer.take();
}

std::optional<TcpLine> joined(const TcpLine& first, const TcpLine& next) {
  constexpr std::uint16_t of_ends = Flags::fin | Flags::psh | Flags::cwr;
  const std::uint32_t differing = first.flags.bits ^ next.flags.bits;
  const bool fits = next.seq == first.seq + first.bytes && next.ack == first.ack &&
                    (differing & ~std::uint32_t{of_ends}) == 0 &&
                    are_equal_apart_from_stamps(*first.options, *next.options);
  if (!fits) return std::nullopt;
  TcpLine both = next;
  both.seq = first.seq;
  both.bytes = first.bytes + next.bytes;
  both.flags.clear(Flags::cwr);
  if (first.flags.has(Flags::cwr)) both.flags.set(Flags::cwr);
  return both;
}

}  // namespace acksu::packetdrill
