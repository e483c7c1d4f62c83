// acksu traceroute: the routers on the way, as they tell of datagrams whose TTL ended there (RFC
// 792). One datagram at a time, each to a port of its own to tell the answers apart.
#include <cstdio>
#include <memory>

#include "host/host.h"
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
    if (!socket_) return begin(host, now);
    if (event.socket != socket_) return;
    while (const std::optional<DatagramError> told = host.take_udp_error(socket_)) {
      take(host, *told, now);
      if (is_done_) return;
    }
  }
  Instant deadline() const override {
    return is_done_ ? never : earliest(target_.deadline(), due_);
  }
  void on_time(Host& host, Instant now) override {
    target_.on_time(host, now);
    if (!socket_) return begin(host, now);
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

  void begin(Host& host, Instant now) {
    if (is_done_) return;
    if (target_.has_failed()) return end(host, now);
    if (!target_.address()) return;
    const Result<Handle> socket = host.open_udp({}, now);
    if (!socket) return fail(host, socket.error(), now);
    socket_ = *socket;
    const std::string address = to_string(*target_.address());
    std::printf(
        trace::say(options_.lang(), "to %s (%s), at most %u hops\n", "%s (%s)까지, 최대 %u홉\n"),
        options_.target.c_str(), address.c_str(), options_.hops);
    send(host, now);
  }
  std::uint16_t port() const { return static_cast<std::uint16_t>(first_port + sent_ - 1); }
  std::uint32_t hop() const { return (sent_ - 1) / options_.probes + 1; }

  void send(Host& host, Instant now) {
    ++sent_;
    if ((sent_ - 1) % options_.probes == 0) {
      std::printf("%2u", hop());
      reporter_.reset();
    }
    host.set_udp_options(socket_, {.ttl = static_cast<std::uint8_t>(hop())});
    const std::uint8_t payload[32] = {};
    const Error error = host.send_to(socket_, {*target_.address(), port()}, payload, now);
    if (error != Error::none) return fail(host, error, now);
    began_ = now;
    due_ = later_by(now, wait_);
  }
  void take(Host& host, const DatagramError& told, Instant now) {
    if (told.remote != Endpoint{*target_.address(), port()}) return;  // came too late
    if (reporter_ != told.reporter) std::printf("  %s", to_string(told.reporter).c_str());
    reporter_ = told.reporter;
    std::printf("  %.3f ms", in_milliseconds(now - began_));
    if (told.error == Error::port_unreachable) {
      is_last_hop_ = has_arrived_ = true;
    } else if (told.error != Error::ttl_exceeded) {
      std::printf(" !%s", told.error == Error::network_unreachable ? "N" : "H");
      is_last_hop_ = true;
    }
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
    std::fflush(stdout);
    socket_ = {};
    due_ = never;
    is_done_ = true;
  }

  TraceOptions options_;
  Duration wait_;
  NamedTarget target_;
  Handle socket_;
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
