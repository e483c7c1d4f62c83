// Running a comparison on a real wire, and its table.
#include "tools/compare_wire.h"

#include <memory>

#include "api/name_service.h"
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

class WireTable {
 public:
  WireTable(const WireComparison& comparison, const std::array<EchoOutcome, 2>& outcomes)
      : comparison_(comparison), outcomes_(outcomes) {}

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
    for (const EchoOutcome& o : outcomes_) print_indented(meaning(o));
  }

 private:
  static std::string upper(EchoProtocol protocol) {
    return protocol == EchoProtocol::tcp ? "TCP" : "UDP";
  }
  static std::string time(Instant at, Instant from) {
    return at == never ? "-" : trace::fixed_milliseconds(Instant{at - from}) + " ms";
  }
  const char* say(const char* english, const char* korean) const {
    return comparison_.is_korean ? korean : english;
  }
  std::string yes(bool is_true) const { return is_true ? say("yes", "예") : say("no", "아니요"); }
  template <class F>
  void each(const char* english, const char* korean, F&& value) const {
    print_two_columns(say(english, korean), value(outcomes_[0]), value(outcomes_[1]));
  }
  std::string meaning(const EchoOutcome& o) const {
    if (o.error != Error::none) return upper(o.protocol) + ": " + acksu::sentence(o.error);
    const std::string missing = grouped(comparison_.size - o.received.bytes);
    if (o.protocol == EchoProtocol::tcp) {
      return say(
          "TCP: what was lost on the way was sent again, and the last byte came with the "
          "word that it was the last.",
          "TCP: 도중에 잃은 것은 다시 보냈고, 마지막 바이트에는 그것이 마지막이라는 통지가 "
          "함께 왔습니다.");
    }
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
      throw std::runtime_error{"TCP did not bring everything back"};
    }
  });
  return 0;
}

}  // namespace acksu::tools
