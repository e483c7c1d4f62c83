// acksu compare: the same text by two protocols over the same path, and what the difference costs.
// The path is the simulated home network (five hops, four routers, a translator) or a real wire.
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>

#include "sim/home_network.h"
#include "tools/amounts.h"
#include "tools/commands.h"
#include "tools/compare_programs.h"
#include "tools/compare_wire.h"
#include "tools/output.h"
#include "tools/two_columns.h"
#include "trace/hops.h"
#include "trace/recorder.h"

namespace acksu::tools {
namespace {

using trace::grouped;
using trace::padded;
using Network = sim::HomeNetwork;

struct CompareArguments {
  std::string first = "tcp", second = "udp";
  std::string loss = "0.01";
  std::string delay = "2ms";
  std::uint64_t size = 100'000;
  std::uint64_t seed = 1;
  std::string language = "en";
  RealHostOptions host;
  std::string echo_service;  // on a real wire
};

struct TransferOutcome {
  Received received;
  Instant began{}, over{};
  std::uint64_t pieces = 0;      // with text, by the sender
  std::uint64_t again = 0;       // of these sent before
  std::uint64_t lost = 0;        // of these on the way
  std::uint64_t other = 0;       // without text, by both: handshakes and ACKs
  std::uint64_t wire_bytes = 0;  // frames of both, on the sender's hop
};

// Counts what the two ends said to each other.
void count(const trace::Trace& trace, TransferOutcome& outcome) {
  const trace::Trace ends =
      trace::ends_view(trace, trace::Paths{trace}, Network::laptop, Network::web_server);
  for (const trace::FrameRecord& frame : ends.frames) {
    outcome.wire_bytes += frame.bytes.size();
    if (frame.summary.text_bytes == 0 || frame.sender != 0) {
      ++outcome.other;
      continue;
    }
    ++outcome.pieces;
    outcome.again += frame.retransmission != nullptr ? 1u : 0u;
    outcome.lost += frame.is_lost() ? 1u : 0u;
  }
}

class Run {
 public:
  explicit Run(const CompareArguments& arguments)
      : world_(sim::home_network(arguments.seed, path(arguments))) {
    // Everybody knows the next MAC address: no ARP in the middle of a comparison.
    world_.host(Network::laptop).ping(Network::web_address, {1, 1}, {}, world_.now());
    world_.run_until(world_.now() + 3s);
    for (sim::HostId id = 0; id < world_.host_count(); ++id) {
      world_.host(id).observe(recorder_.observer(id, world_.host(id).settings().name));
    }
    outcome_.began = world_.now();
  }

  template <class Sender, class Receiver>
  TransferOutcome play(std::uint64_t bytes) {
    world_.install(Network::web_server, std::make_unique<Receiver>());
    world_.step();
    const Endpoint to{Network::web_address, compare_port};
    world_.install(Network::laptop, std::make_unique<Sender>(to, bytes));
    const Instant latest = world_.now() + 24h;
    bool has_begun = false;
    while (world_.now() < latest && world_.step()) {
      const HostHoldings laptop = world_.host(Network::laptop).holdings();
      const HostHoldings server = world_.host(Network::web_server).holdings();
      const bool is_held = laptop.connections + laptop.time_wait + laptop.udp_sockets +
                               server.connections + server.time_wait + server.half_open >
                           0;
      has_begun |= is_held;
      if (has_begun && !is_held) break;
    }
    outcome_.over = world_.now();
    world_.run_until(world_.now() + 10s);  // what is still under way
    outcome_.received =
        static_cast<const Receiver*>(world_.application(Network::web_server))->received();
    count(recorder_.trace(), outcome_);
    return outcome_;
  }

 private:
  static sim::HomeNetworkSettings path(const CompareArguments& arguments) {
    sim::HomeNetworkSettings settings;
    for (sim::DirectionSettings& hop : settings.hops) {
      hop.delay = parse_duration(arguments.delay);
      hop.loss = parse_probability(arguments.loss);
    }
    return settings;
  }

  sim::World world_;
  trace::Recorder recorder_;
  TransferOutcome outcome_;
};

TransferOutcome play(const std::string& protocol, const CompareArguments& arguments) {
  Run run{arguments};
  return protocol == "tcp" ? run.play<StreamSender, StreamReceiver>(arguments.size)
                           : run.play<DatagramSender, DatagramReceiver>(arguments.size);
}

class Table : TwoColumns {
 public:
  Table(const CompareArguments& arguments, TransferOutcome first, TransferOutcome second)
      : TwoColumns(arguments.language == "ko"),
        arguments_(arguments),
        first_(first),
        second_(second) {}

  void print() const {
    line("", upper(arguments_.first), upper(arguments_.second));
    each(say("bytes handed in", "넘긴 바이트"),
         [this](const TransferOutcome&) { return grouped(arguments_.size); });
    each(say("bytes that arrived", "도착한 바이트"),
         [](const TransferOutcome& o) { return grouped(o.received.bytes); });
    each(say("in order", "순서대로"),
         [this](const TransferOutcome& o) { return yes(o.received.is_ordered); });
    each(say("receiver knows that it has all", "받는 쪽이 전부 받았음을 앎"),
         [this](const TransferOutcome& o) { return yes(o.received.is_complete_told); });
    std::printf("\n");
    each(say("pieces sent", "보낸 조각"),
         [](const TransferOutcome& o) { return grouped(o.pieces); });
    each(say("  of these again", "  그중 재전송"),
         [](const TransferOutcome& o) { return grouped(o.again); });
    each(say("  of these lost on the way", "  그중 도중 유실"),
         [](const TransferOutcome& o) { return grouped(o.lost); });
    each(say("handshakes and ACKs", "악수와 ACK"),
         [](const TransferOutcome& o) { return grouped(o.other); });
    each(say("bytes on the wire, both ways", "선 위의 바이트 (양방향)"),
         [](const TransferOutcome& o) { return grouped(o.wire_bytes); });
    std::printf("\n");
    each(say("first byte after", "첫 바이트까지"),
         [](const TransferOutcome& o) { return time(o.received.first, o.began); });
    each(say("last byte after", "마지막 바이트까지"),
         [](const TransferOutcome& o) { return time(o.received.last, o.began); });
    each(say("all state given back after", "모든 상태를 돌려주기까지"),
         [](const TransferOutcome& o) { return time(o.over, o.began); });
  }

 private:
  static std::string upper(std::string name) { return name == "tcp" ? "TCP" : "UDP"; }
  template <class F>
  void each(const char* what, F&& value) const {
    line(what, value(first_), value(second_));
  }

  const CompareArguments& arguments_;
  TransferOutcome first_, second_;
};

std::string meaning_of_tcp(const TransferOutcome& tcp, bool is_korean) {
  const std::string again = grouped(tcp.again), other = grouped(tcp.other),
                    lost = grouped(tcp.lost);
  return is_korean
             ? "TCP: 조각 " + lost + "개가 유실되어 " + again +
                   "개를 다시 보냈고, 악수와 ACK 세그먼트 " + other +
                   "개가 들었습니다. 연결을 먼저 만드는 왕복과 재전송을 기다린 시간도 값입니다. 그 "
                   "대신 모두, 순서대로, 한 번씩 도착했고 양쪽이 그것을 압니다."
             : "TCP: " + lost + " pieces were lost and " + again +
                   " sent again; handshakes and ACKs took " + other +
                   " segments; connecting first and waiting for what is sent again took time. In "
                   "return everything arrived, in order, once, and both sides know.";
}

std::string meaning_of_udp(const TransferOutcome& udp, std::uint64_t size, bool is_korean) {
  const std::string missing = grouped(size - udp.received.bytes), lost = grouped(udp.lost);
  return is_korean
             ? "UDP: 연결도 ACK도 없어 첫 바이트가 편도 한 번 만에 도착했지만, 데이터그램 " + lost +
                   "개(" + missing +
                   "바이트)가 사라졌고 아무도 알지 못합니다. 그래도 되는 프로그램(DNS는 다시 묻고, "
                   "통화는 잊음)에는 이것이 낫습니다."
             : "UDP: no connection and no ACKs, so the first byte took one way only; but " + lost +
                   " datagrams (" + missing +
                   " bytes) are gone and nobody was told. Better for programs that can live "
                   "with that: DNS asks again, a call forgets.";
}

EchoProtocol protocol_of(const std::string& name) {
  return name == "tcp" ? EchoProtocol::tcp : EchoProtocol::udp;
}

int run(const CompareArguments& arguments) {
  if (arguments.size == 0 || arguments.size > (16ull << 20)) {
    throw UsageError{"--size is 1 to 16777216 bytes (16 MiB)"};
  }
  if (!arguments.host.wire.empty()) {
    return compare_on_wire(
        {.host = arguments.host,
         .target = arguments.echo_service,
         .size = arguments.size,
         .protocols = {protocol_of(arguments.first), protocol_of(arguments.second)},
         .is_korean = arguments.language == "ko"});
  }
  if (!arguments.echo_service.empty()) throw UsageError{"--to belongs to --wire"};
  refuse_wire_options(arguments.host);
  const bool is_korean = arguments.language == "ko";
  const TransferOutcome first = play(arguments.first, arguments),
                        second = play(arguments.second, arguments);
  const std::string conditions =
      arguments.delay + (is_korean ? ", 홉마다 손실 " : " each, each loses ") + arguments.loss +
      (is_korean ? ", 시드 " : ", seed ") + std::to_string(arguments.seed);
  std::printf("%s%s\n\n",
              is_korean ? "같은 데이터를 같은 길로: 홉 다섯 개, 편도 "
                        : "The same text over the same path: five hops of ",
              conditions.c_str());
  Table{arguments, first, second}.print();
  for (const bool is_first : {true, false}) {
    const TransferOutcome& outcome = is_first ? first : second;
    const bool is_tcp = (is_first ? arguments.first : arguments.second) == "tcp";
    TwoColumns::paragraph(is_tcp ? meaning_of_tcp(outcome, is_korean)
                                 : meaning_of_udp(outcome, arguments.size, is_korean));
  }
  for (const bool is_first : {true, false}) {
    const TransferOutcome& outcome = is_first ? first : second;
    const bool is_tcp = (is_first ? arguments.first : arguments.second) == "tcp";
    if (is_tcp && outcome.received.bytes != arguments.size) {
      std::fprintf(stderr, "acksu compare: TCP gave up: the path loses too much\n");
      return 1;
    }
  }
  return 0;
}

}  // namespace

void add_compare(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("compare", "Send the same by TCP and by UDP, and see what it costs");
  auto arguments = std::make_shared<CompareArguments>();
  const CLI::IsMember protocols({"tcp", "udp"});
  command->add_option("FIRST", arguments->first, "tcp or udp")
      ->check(protocols)
      ->capture_default_str();
  command->add_option("SECOND", arguments->second, "tcp or udp")
      ->check(protocols)
      ->capture_default_str();
  add_real_host_options(*command, arguments->host, false);
  CLI::Option* wire = command->get_option("--wire");
  command->add_option(
      "--to", arguments->echo_service,
      "On a real wire: whose echo service (RFC 862), such as 10.9.0.1 or 10.9.0.1:7");
  command->add_option("--loss", arguments->loss, "Chance that a hop loses a frame, 0 to 1")
      ->excludes(wire)
      ->type_name("P")
      ->capture_default_str();
  command->add_option("--delay", arguments->delay, "Of each of the five hops, each way")
      ->excludes(wire)
      ->type_name("TIME")
      ->capture_default_str();
  command->add_option("--size", arguments->size, "Of the text")
      ->type_name("BYTES")
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "Of all that is random")
      ->excludes(wire)
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--lang", arguments->language, "Language: en or ko")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  on_run(*command, [arguments] { return run(*arguments); });
}

}  // namespace acksu::tools
