// acksu ping: ICMP echo requests over a real wire, with their round-trip times.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "tools/commands.h"
#include "tools/real_host.h"

namespace acksu::tools {
namespace {

struct PingOptions {
  RealHostOptions host;
  std::string target;
  std::uint16_t count = 4;
  double interval_s = 1;
  double wait_s = 1;
  std::uint32_t size = 56;
};

Duration seconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{count});
}

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

class Ping : public Application {
 public:
  Ping(const PingOptions& options, IpAddress target)
      : target_(target),
        payload_(options.size, 0xac),
        interval_(seconds(options.interval_s)),
        wait_(seconds(options.wait_s)),
        left_(options.count) {}

  void start(Host& host, Instant now) override { send(host, now); }
  void on_event(Host&, const SocketEvent&, Instant) override {}
  void on_reply(Host&, const EchoReply& reply, Instant) override {
    const bool is_ours = reply.identifier == identifier && reply.from == target_;
    if (!is_ours || reply.sequence == 0 || reply.sequence > sent_.size()) return;
    std::optional<Instant>& sent = sent_[reply.sequence - 1u];
    if (!sent) return;  // a second answer
    const Duration time = reply.received - *sent;
    sent.reset();
    ++answered_;
    shortest_ = std::min(shortest_, time);
    longest_ = std::max(longest_, time);
    sum_ += time;
    std::printf("%u bytes from %s: icmp_seq=%u ttl=%u time=%.3f ms\n", reply.payload_bytes + 8,
                to_string(reply.from).c_str(), static_cast<unsigned>(reply.sequence),
                static_cast<unsigned>(reply.ttl), milliseconds(time));
    if (left_ == 0 && answered_ == sent_.size()) deadline_ = never;
  }
  Instant deadline() const override { return deadline_; }
  void on_time(Host& host, Instant now) override {
    if (left_ > 0) {
      send(host, now);
    } else {
      deadline_ = never;
    }
  }
  void stop(Host&, Instant) override {
    left_ = 0;
    deadline_ = never;
  }
  bool is_done() const override { return left_ == 0 && deadline_ == never; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Ping>(*this); }

  std::size_t answered() const { return answered_; }
  Error error() const { return error_; }
  void print_summary() const {
    std::printf("%zu sent, %zu answered\n", sent_.size(), answered_);
    if (answered_ == 0) return;
    std::printf("round trip: least %.3f ms, mean %.3f ms, most %.3f ms\n", milliseconds(shortest_),
                milliseconds(sum_ / static_cast<Duration::rep>(answered_)), milliseconds(longest_));
  }

 private:
  static constexpr std::uint16_t identifier = 0xac5c;

  void send(Host& host, Instant now) {
    --left_;
    sent_.push_back(now);
    const auto sequence = static_cast<std::uint16_t>(sent_.size());
    const Error error = host.ping(target_, {identifier, sequence}, payload_, now);
    if (error != Error::none) error_ = error;
    deadline_ = later_by(now, left_ > 0 ? interval_ : wait_);
  }

  IpAddress target_;
  std::vector<std::uint8_t> payload_;
  Duration interval_;
  Duration wait_;  // for the last answers
  std::uint16_t left_;
  Instant deadline_ = never;
  std::vector<std::optional<Instant>> sent_;  // by sequence number - 1; nothing once answered
  std::size_t answered_ = 0;
  Duration shortest_ = forever, longest_{}, sum_{};
  Error error_ = Error::none;
};

}  // namespace

void add_ping(CLI::App& program) {
  CLI::App* command = program.add_subcommand("ping", "Ask a host for an echo over a real wire");
  auto options = std::make_shared<PingOptions>();
  add_real_host_options(*command, options->host);
  command->add_option("ADDRESS", options->target, "Whom to ask")->required();
  command->add_option("-c,--count", options->count, "Requests")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  command->add_option("-i,--interval", options->interval_s, "Seconds between requests")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  command->add_option("-W,--wait", options->wait_s, "Seconds to wait for the last answer")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  command->add_option("-s,--size", options->size, "Bytes of a request's payload")
      ->check(CLI::Range(0, 65507))
      ->capture_default_str();
  on_run(*command, [options] {
    const IpAddress target = address_of(options->target);
    RealHost host{options->host};
    Ping ping{*options, target};
    host.run(ping);
    ping.print_summary();
    if (ping.error() != Error::none) throw std::runtime_error{sentence(ping.error())};
    if (ping.answered() == 0) throw std::runtime_error{"no answer from " + options->target};
    return 0;
  });
}

}  // namespace acksu::tools
