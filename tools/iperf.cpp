// acksu iperf: how much goes over a real wire, by TCP or UDP, one way or the other.
#include <cstdio>
#include <memory>

#include "api/datagram_load.h"
#include "api/stream_load.h"
#include "tools/amounts.h"
#include "tools/commands.h"
#include "tools/iperf_report.h"
#include "tools/programs.h"

namespace acksu::tools {
namespace {

constexpr std::uint16_t default_port = 5001;  // as iperf 2
constexpr double default_seconds = 10;
constexpr std::uint32_t ip_and_udp_bytes = 28, ipv6_and_udp_bytes = 48;

struct IperfOptions {
  RealHostOptions host;
  std::string target;
  bool is_server = false, is_once = false, is_udp = false;
  bool is_reversed = false, is_both = false;
  bool is_json = false, is_quiet = false, is_zero_copy = false;
  std::uint16_t port = default_port;
  std::uint32_t parallel = 1;
  std::optional<double> seconds;
  double interval_s = 1;
  std::optional<std::uint64_t> bytes;
  std::string rate = "10mbit";
  std::optional<std::uint32_t> length;
};

void check(const IperfOptions& options) {
  if (options.is_server != options.target.empty()) {
    throw UsageError{"say --server, or --client ADDRESS of a server"};
  }
  if (options.is_server && options.parallel > 1) {
    throw UsageError{"--parallel belongs to --client: a server takes what comes"};
  }
  if (options.is_once && !options.is_server) throw UsageError{"--once belongs to --server"};
  if (options.is_both && (options.is_udp || options.is_reversed)) {
    throw UsageError{"--both is for TCP, and takes the place of --reverse"};
  }
  if (options.is_zero_copy && options.is_udp) throw UsageError{"--zero-copy is for TCP"};
  if (options.length && !options.is_udp) throw UsageError{"--length belongs to --udp"};
  if (options.bytes && options.seconds) throw UsageError{"--bytes takes the place of --time"};
}

Endpoint endpoint_of(const IperfOptions& options) {
  if (options.is_server) return {{}, options.port};
  const std::optional<Endpoint> endpoint = parse_endpoint(options.target);
  const std::optional<IpAddress> address = parse_ip(options.target);
  if (!endpoint && !address) throw UsageError{"'" + options.target + "' is no address"};
  return endpoint ? *endpoint : Endpoint{*address, options.port};
}

LoadSettings load_of(const IperfOptions& options) {
  LoadSettings load{.listens = options.is_server, .endpoint = endpoint_of(options)};
  load.sends = options.is_both || options.is_server == options.is_reversed;
  load.receives = options.is_both || !load.sends;
  load.parallel = options.parallel;
  load.bytes = options.bytes;
  if (options.seconds) load.time = from_seconds(*options.seconds);
  if (!options.is_server && !options.seconds && !options.bytes) {
    load.time = from_seconds(default_seconds);
  }
  load.interval = from_seconds(options.interval_s);
  load.is_once = options.is_once;
  load.is_zero_copy = options.is_zero_copy;
  load.bits_per_second = parse_rate(options.rate);
  if (load.bits_per_second == 0) throw UsageError{"--rate is what to send, such as 100mbit"};
  const bool is_v4 = options.is_server || load.endpoint.address.is_v4();
  load.datagram_bytes =
      options.length.value_or(options.host.mtu - (is_v4 ? ip_and_udp_bytes : ipv6_and_udp_bytes));
  return load;
}

template <class Load>
void run_load(const IperfOptions& options, const LoadSettings& load) {
  const LoadPrinter printer{options.is_json, options.is_udp, options.is_quiet};
  const MakeProgram make = [load, printer](const NameServiceSettings&) {
    printer.print_heading();
    std::fflush(stdout);
    return std::make_unique<Load>(load,
                                  [printer](const LoadReport& report) { printer.print(report); });
  };
  const ProgramOptions program{.host = options.host};
  run_program(program, make, [&](const Application& application) {
    const auto& result = static_cast<const Load&>(application);
    if (result.error() == Error::none) return;
    throw std::runtime_error{(options.is_server ? "" : options.target + ": ") +
                             sentence(result.error())};
  });
}

int run(const IperfOptions& options) {
  check(options);
  const LoadSettings load = load_of(options);
  settings_of(options.host);  // mistakes are told before anything else
  if (options.is_server && !options.is_json) {
    std::printf("serving iperf (%s) on port %u of %s; Ctrl-C ends it\n",
                options.is_udp ? "UDP" : "TCP", static_cast<unsigned>(options.port),
                options.host.wire.c_str());
  }
  if (options.is_udp) {
    run_load<DatagramLoad>(options, load);
  } else {
    run_load<StreamLoad>(options, load);
  }
  return 0;
}

void add_flow_options(CLI::App& command, IperfOptions& options) {
  command.add_option("-p,--port", options.port, "Of the server")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  command.add_option("-P,--parallel", options.parallel, "Streams at once")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("-t,--time", options.seconds, "Seconds (default: 10; a server: no limit)")
      ->check(CLI::Range(0.1, 86400.0));
  command.add_option("-i,--interval", options.interval_s, "Seconds between two rows")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command.add_option("-n,--bytes", options.bytes, "That each stream sends, in place of --time");
  command.add_option("-b,--rate", options.rate, "Of each stream of UDP, such as 100mbit")
      ->capture_default_str();
  command
      .add_option("-l,--length", options.length,
                  "Bytes of a datagram (default: what the MTU takes)")
      ->check(CLI::Range(DatagramLoad::min_datagram_bytes, 65507u));
}

}  // namespace

void add_iperf(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("iperf", "Measure what goes over a real wire, by TCP or UDP");
  auto options = std::make_shared<IperfOptions>();
  add_real_host_options(*command, options->host);
  command->remove_option(command->get_option("--json"));  // of events: here of rows
  command->add_flag("-s,--server", options->is_server, "Wait for others, and read what they send");
  command->add_option("-c,--client", options->target, "Send to this address, ADDRESS[:PORT]");
  command->add_flag("-u,--udp", options->is_udp, "Datagrams, at a --rate; else TCP");
  command->add_flag("-R,--reverse", options->is_reversed,
                    "The server sends, the client reads; to be said at both ends");
  command->add_flag("--both", options->is_both, "Both send and read, at once; said at both ends");
  command->add_flag("-Z,--zero-copy", options->is_zero_copy,
                    "TCP: share one block of text, and read without copying");
  command->add_flag("-1,--once", options->is_once, "A server that ends when its clients have");
  command->add_flag("--summary", options->is_quiet, "Print no intervals");
  command->add_flag("--json", options->is_json, "Print JSON, one object a line");
  add_flow_options(*command, *options);
  on_run(*command, [options] { return run(*options); });
}

}  // namespace acksu::tools
