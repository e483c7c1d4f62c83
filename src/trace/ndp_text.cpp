// Reads as much of the messages as people want to know at a glance.
#include "trace/ndp_text.h"

#include "wire/address.h"
#include "wire/icmpv6.h"
#include "wire/ndp_options.h"

namespace acksu::trace {
namespace {

using wire::Icmpv6Type;
using wire::NdpOption;

// The MAC address in an option of that type; empty: there is none.
std::string mac_in(wire::Reader options, std::uint8_t type) {
  NdpOption option;
  while (options.remaining() > 0 && wire::take_option(options, option)) {
    if (option.type != type || option.body.size() < 6) continue;
    return to_string(wire::mac_at<0>(wire::Fixed<6>(option.body.first<6>())));
  }
  return {};
}

std::string prefix_of(const NdpOption& option) {
  if (option.body.size() != 30) return {};
  const wire::Fixed<30> body(option.body.first<30>());
  return " " + to_string(wire::ipv6_at<14>(body)) + "/" + std::to_string(body.u8<0>());
}

// The first resolver of an option (RFC 8106 5.1).
std::string resolver_of(const NdpOption& option, Language language) {
  if (option.body.size() < 22) return {};
  const wire::Fixed<22> body(option.body.first<22>());
  return say(language, ", DNS ", ", DNS ") + to_string(wire::ipv6_at<6>(body));
}

std::string router_words(wire::Reader reader, Language language) {
  reader.bytes(8);  // reachable time, retransmission time
  std::string prefixes, resolvers;
  NdpOption option;
  while (reader.remaining() > 0 && wire::take_option(reader, option)) {
    if (option.type == NdpOption::prefix_information) prefixes += prefix_of(option);
    if (option.type == NdpOption::resolvers) resolvers += resolver_of(option, language);
  }
  return say(language, "NDP  I am a router:", "NDP  나는 라우터:") + prefixes + resolvers;
}

std::string question_words(const Summary& summary, wire::Reader reader, Language language) {
  const std::string target = to_string(wire::read_ipv6(reader));
  if (summary.tuple.local.address.is_any()) {
    return language == Language::korean ? "NDP  " + target + "를 쓰는 곳이 있나?"
                                        : "NDP  does anybody have " + target + "?";
  }
  return language == Language::korean ? "NDP  " + target + "의 MAC 주소는?"
                                      : "NDP  who has " + target + "?";
}

std::string answer_words(wire::Reader reader, Language language) {
  const std::string target = to_string(wire::read_ipv6(reader));
  const std::string mac = mac_in(reader, NdpOption::target_mac);
  if (mac.empty()) {
    return "NDP  " + target + say(language, " is here", " 여기 있음");
  }
  return language == Language::korean ? "NDP  " + target + "의 MAC 주소는 " + mac
                                      : "NDP  " + target + " is at " + mac;
}

}  // namespace

std::string ndp_text(const Summary& summary, Bytes text, Language language) {
  constexpr std::size_t address_bytes = 16, times_bytes = 8;
  const wire::Reader reader(text);
  switch (summary.icmp_type) {
    case Icmpv6Type::router_solicitation:
      return say(language, "NDP  which routers are here?", "NDP  여기 라우터가 있나?");
    case Icmpv6Type::router_advertisement:
      return text.size() < times_bytes ? "" : router_words(reader, language);
    case Icmpv6Type::neighbour_solicitation:
      return text.size() < address_bytes ? "" : question_words(summary, reader, language);
    case Icmpv6Type::neighbour_advertisement:
      return text.size() < address_bytes ? "" : answer_words(reader, language);
    default: return {};
  }
}

}  // namespace acksu::trace
