// acksu traceroute: the routers on the way, as they tell of packets whose TTL ended there (RFC
// 792). One packet at a time: a UDP datagram to a port of its own, or an echo request with a number
// of its own, to tell the answers apart.
#include <cstdio>
#include <memory>

#include "api/echo_socket.h"
#include "tools/amounts.h"
#include "tools/commands.h"
#include "tools/named_target.h"
#include "tools/programs.h"

namespace acksu::tools {
namespace {

struct TraceOptions {
  ProgramOptions program;
  std::string target;
  std::uint32_t hops = 30;
  std::uint32_t probes = 3;
  double wait_s = 1;
  bool is_echo = false;
  std::string language = "en";

  trace::Language lang() const {
    return language == "ko" ? trace::Language::korean : trace::Language::english;
  }
};

class Trace : public Application {
 public:
  Trace(const TraceOptions& options, const NameServiceSettings& names)
      : options_(options),
        wait_(std::chrono::duration_cast<Duration>(std::chrono::duration<double>{options.wait_s})),
        target_(options.target, names) {}

  void start(Host& host, Instant now) override {
    target_.start(host, now);
    begin(host, now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    target_.on_event(host, event, now);
    if (!is_open()) return begin(host, now);
    if (event.socket == echo_.handle()) return take_answers(host, now);
    if (event.socket != socket_) return;
    while (const std::optional<DatagramError> told = host.take_udp_error(socket_)) {
      if (told->remote == Endpoint{*target_.address(), port()}) take(host, found_in(*told), now);
      if (is_done_) return;
    }
  }
  Instant deadline() const override {
    return is_done_ ? never : earliest(target_.deadline(), due_);
  }
  void on_time(Host& host, Instant now) override {
    target_.on_time(host, now);
    if (!is_open()) return begin(host, now);
    if (due_ > now) return;
    std::printf("  *");
    next(host, now);
  }
  void stop(Host& host, Instant now) override {
    target_.stop(host, now);
    end(host, now);
  }
  bool is_done() const override { return is_done_; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Trace>(*this); }

  bool has_arrived() const { return has_arrived_; }
  Error error() const { return error_; }
  const NamedTarget& target() const { return target_; }

 private:
  static constexpr std::uint16_t first_port = 33434;  // where nobody listens
  static constexpr std::uint16_t identifier = 0xac5d;

  void begin(Host& host, Instant now) {
    if (is_done_) return;
    if (target_.has_failed()) return end(host, now);
    if (!target_.address()) return;
    if (const Error error = open(host, now); error != Error::none) return fail(host, error, now);
    const std::string address = to_string(*target_.address());
    std::printf(
        trace::say(options_.lang(), "to %s (%s), at most %u hops\n", "%s (%s)까지, 최대 %u홉\n"),
        options_.target.c_str(), address.c_str(), options_.hops);
    send(host, now);
  }
  Error open(Host& host, Instant now) {
    if (options_.is_echo) return echo_.open(host, *target_.address(), now);
    const Result<Handle> socket = host.open_udp({}, now);
    if (socket) socket_ = *socket;
    return socket.error();
  }
  bool is_open() const { return socket_ || echo_.is_open(); }
  std::uint16_t port() const { return static_cast<std::uint16_t>(first_port + sent_ - 1); }
  std::uint32_t hop() const { return (sent_ - 1) / options_.probes + 1; }

  void send(Host& host, Instant now) {
    ++sent_;
    if ((sent_ - 1) % options_.probes == 0) {
      std::printf("%2u", hop());
      reporter_.reset();
    }
    const Error error = send_probe(host, static_cast<std::uint8_t>(hop()), now);
    if (error != Error::none) return fail(host, error, now);
    began_ = now;
    due_ = later_by(now, wait_);
  }
  Error send_probe(Host& host, std::uint8_t ttl, Instant now) {
    constexpr std::uint32_t payload_bytes = 32;
    if (options_.is_echo) {
      return echo_.send(host, {static_cast<std::uint16_t>(sent_), ttl, payload_bytes}, now);
    }
    host.set_udp_options(socket_, {.ttl = ttl});
    const std::uint8_t payload[payload_bytes] = {};
    return host.send_to(socket_, {*target_.address(), port()}, payload, now);
  }

  // What a probe has met with, and who says so.
  struct Found {
    enum class Place : std::uint8_t { hop, target, no_network, no_host };
    Place place = Place::hop;
    IpAddress reporter;
  };
  using Place = Found::Place;

  static Found found_in(const DatagramError& told) {
    switch (told.error) {
      case Error::port_unreachable: return {Place::target, told.reporter};
      case Error::ttl_exceeded: return {Place::hop, told.reporter};
      case Error::network_unreachable: return {Place::no_network, told.reporter};
      default: return {Place::no_host, told.reporter};
    }
  }
  static Found found_in(const EchoAnswer& answer) {
    switch (answer.kind) {
      case EchoAnswer::Kind::reply: return {Place::target, answer.from};
      case EchoAnswer::Kind::ttl_exceeded: return {Place::hop, answer.from};
      case EchoAnswer::Kind::network_unreachable: return {Place::no_network, answer.from};
      default: return {Place::no_host, answer.from};
    }
  }
  void take_answers(Host& host, Instant now) {
    while (const std::optional<EchoAnswer> answer = echo_.next(host)) {
      if (answer->sequence == static_cast<std::uint16_t>(sent_)) take(host, found_in(*answer), now);
      if (is_done_) return;
    }
  }
  void take(Host& host, const Found& found, Instant now) {
    if (reporter_ != found.reporter) std::printf("  %s", to_string(found.reporter).c_str());
    reporter_ = found.reporter;
    std::printf("  %.3f ms", in_milliseconds(now - began_));
    if (found.place == Place::no_network) std::printf(" !N");
    if (found.place == Place::no_host) std::printf(" !H");
    is_last_hop_ = is_last_hop_ || found.place != Place::hop;
    has_arrived_ = has_arrived_ || found.place == Place::target;
    next(host, now);
  }
  void next(Host& host, Instant now) {
    const bool is_row_full = sent_ % options_.probes == 0;
    if (is_row_full) std::printf("\n");
    if (is_row_full && (is_last_hop_ || hop() == options_.hops)) return end(host, now);
    send(host, now);
  }
  void fail(Host& host, Error error, Instant now) {
    error_ = error;
    end(host, now);
  }
  void end(Host& host, Instant now) {
    if (socket_) host.close(socket_, now);
    echo_.close(host, now);
    std::fflush(stdout);
    socket_ = {};
    due_ = never;
    is_done_ = true;
  }

  TraceOptions options_;
  Duration wait_;
  NamedTarget target_;
  Handle socket_;  // of UDP
  EchoSocket echo_{identifier};
  std::uint32_t sent_ = 0;
  Instant began_{};  // of the last one
  Instant due_ = never;
  std::optional<IpAddress> reporter_;  // of this hop
  bool is_last_hop_ = false;
  bool has_arrived_ = false;
  bool is_done_ = false;
  Error error_ = Error::none;
};

int run(const TraceOptions& options) {
  const MakeProgram make = [options](const NameServiceSettings& names) {
    return std::make_unique<Trace>(options, names);
  };
  run_program(options.program, make, [&](const Application& application) {
    const auto& found = static_cast<const Trace&>(application);
    if (found.target().has_failed()) {
      throw std::runtime_error{found.target().problem(options.lang())};
    }
    if (found.error() != Error::none) throw std::runtime_error{acksu::sentence(found.error())};
    if (!found.has_arrived()) {
      const char* words = trace::say(options.lang(), "did not answer", "응답하지 않음");
      throw std::runtime_error{options.target + ": " + words};
    }
  });
  return 0;
}

}  // namespace

void add_traceroute(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "traceroute", "Show the routers on the way to a host, on a real wire or simulated");
  auto options = std::make_shared<TraceOptions>();
  add_program_options(*command, options->program);
  command->add_option("HOST", options->target, "Name or address")->required();
  command->add_option("-m,--hops", options->hops, "Give up after so many routers")
      ->check(CLI::Range(1, 255))
      ->capture_default_str();
  command->add_flag("-I,--icmp", options->is_echo, "Send echo requests instead of UDP datagrams");
  command->add_option("-q,--probes", options->probes, "Datagrams for each router")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  command->add_option("-W,--wait", options->wait_s, "Seconds to wait for each answer")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  command->add_option("--lang", options->language, "Language: en or ko")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  on_run(*command, [options] { return run(*options); });
}

}  // namespace acksu::tools
