// Running a comparison on a real wire, and its table.
#include "tools/compare_wire.h"

#include <memory>

#include "tools/commands.h"
#include "tools/programs.h"
#include "tools/two_columns.h"
#include "trace/hops.h"

namespace acksu::tools {
namespace {

using trace::grouped;

constexpr std::uint16_t echo_port = 7;  // RFC 862

Endpoint echo_service(const std::string& text) {
  if (const std::optional<Endpoint> endpoint = parse_endpoint(text)) return *endpoint;
  if (const std::optional<IpAddress> address = parse_ip(text)) return {*address, echo_port};
  throw UsageError{text.empty() ? "with --wire say whose echo service: --to 10.9.0.1"
                                : "'" + text + "' is no address, such as 10.9.0.1 or 10.9.0.1:7"};
}

class WireTable : TwoColumns {
 public:
  WireTable(const WireComparison& comparison, const std::array<EchoOutcome, 2>& outcomes)
      : TwoColumns(comparison.is_korean), comparison_(comparison), outcomes_(outcomes) {}

  void print() const {
    each("", "", [](const EchoOutcome& o) { return upper(o.protocol); });
    each("bytes handed in", "넘긴 바이트",
         [this](const EchoOutcome&) { return grouped(comparison_.size); });
    each("bytes that came back", "돌아온 바이트",
         [](const EchoOutcome& o) { return grouped(o.received.bytes); });
    each("in order", "순서대로",
         [this](const EchoOutcome& o) { return yes(o.received.is_ordered); });
    each("pieces that came twice", "두 번 온 조각",
         [](const EchoOutcome& o) { return grouped(o.twice); });
    each("told that this was all", "이것이 전부라고 통지받음",
         [this](const EchoOutcome& o) { return yes(o.received.is_complete_told); });
    std::printf("\n");
    each("segments or datagrams sent", "보낸 세그먼트 또는 데이터그램",
         [](const EchoOutcome& o) { return grouped(o.sent); });
    each("  of these again", "  그중 재전송",
         [](const EchoOutcome& o) { return grouped(o.again); });
    each("frames on the wire, both ways", "선 위의 프레임 (양방향)",
         [](const EchoOutcome& o) { return grouped(o.frames); });
    each("bytes on the wire, both ways", "선 위의 바이트 (양방향)",
         [](const EchoOutcome& o) { return grouped(o.wire_bytes); });
    std::printf("\n");
    each("first byte back after", "첫 바이트가 돌아오기까지",
         [](const EchoOutcome& o) { return time(o.received.first, o.began); });
    each("last byte back after", "마지막 바이트가 돌아오기까지",
         [](const EchoOutcome& o) { return time(o.received.last, o.began); });
    for (const EchoOutcome& o : outcomes_) paragraph(meaning(o));
  }

 private:
  static std::string upper(EchoProtocol protocol) {
    return protocol == EchoProtocol::tcp ? "TCP" : "UDP";
  }
  template <class F>
  void each(const char* english, const char* korean, F&& value) const {
    line(say(english, korean), value(outcomes_[0]), value(outcomes_[1]));
  }
  std::string meaning(const EchoOutcome& o) const {
    if (o.error != Error::none) return upper(o.protocol) + ": " + acksu::sentence(o.error);
    return o.protocol == EchoProtocol::tcp ? meaning_of_tcp(o) : meaning_of_udp(o);
  }
  std::string meaning_of_tcp(const EchoOutcome& o) const {
    if (!o.received.is_complete_told) {
      return say(
          "TCP: the peer has closed, and sent back something else than it was sent: that "
          "is no echo service.",
          "TCP: 상대가 연결을 닫았지만 보낸 것을 그대로 돌려주지 않았습니다. 에코 서비스가 "
          "아닙니다.");
    }
    return say(
        "TCP: what was lost on the way was sent again, and the last byte came with the word "
        "that it was the last.",
        "TCP: 도중에 잃은 것은 다시 보냈고, 마지막 바이트에는 그것이 마지막이라는 통지가 함께 "
        "왔습니다.");
  }
  std::string meaning_of_udp(const EchoOutcome& o) const {
    if (o.received.bytes == comparison_.size) {
      return say("UDP: all of it came back this time; had it not, nobody would have told.",
                 "UDP: 이번에는 모두 돌아왔습니다. 그러지 않았더라도 아무도 알려 주지 않습니다.");
    }
    const std::string missing = grouped(comparison_.size - o.received.bytes);
    return comparison_.is_korean
               ? "UDP: " + missing +
                     "바이트가 돌아오지 않았습니다. 아무도 그것을 알리지 않아 1초를 더 "
                     "기다렸습니다."
               : "UDP: " + missing +
                     " bytes did not come back. Nobody tells of that: after the last datagram one "
                     "more second was waited.";
  }

  const WireComparison& comparison_;
  const std::array<EchoOutcome, 2>& outcomes_;
};

}  // namespace

int compare_on_wire(const WireComparison& comparison) {
  const Endpoint to = echo_service(comparison.target);
  const MakeProgram make = [&](const NameServiceSettings&) {
    return std::make_unique<EchoComparison>(to, comparison.size, comparison.protocols);
  };
  run_program({.host = comparison.host}, make, [&](const Application& application) {
    const auto& outcomes = static_cast<const EchoComparison&>(application).outcomes();
    std::printf(
        "%s %s\n\n",
        comparison.is_korean ? "같은 데이터를 보내고 되받기:" : "The same text there and back:",
        to_string(to).c_str());
    WireTable{comparison, outcomes}.print();
    for (const EchoOutcome& outcome : outcomes) {
      if (outcome.protocol == EchoProtocol::udp || outcome.received.is_complete_told) continue;
      throw std::runtime_error{"TCP did not bring everything back: is there an echo service at " +
                               to_string(to) + "?"};
    }
  });
  return 0;
}

}  // namespace acksu::tools
