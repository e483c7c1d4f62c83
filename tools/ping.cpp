// acksu ping: ICMP echo requests over a real wire or a simulated one, with their round-trip times.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "api/echo_socket.h"
#include "tools/amounts.h"
#include "tools/commands.h"
#include "tools/named_target.h"
#include "tools/programs.h"

namespace acksu::tools {
namespace {

struct PingOptions {
  ProgramOptions program;
  std::string target;
  std::uint16_t count = 4;
  double interval_s = 1;
  double wait_s = 1;
  std::uint32_t size = 56;
  std::string language = "en";

  trace::Language lang() const {
    return language == "ko" ? trace::Language::korean : trace::Language::english;
  }
};

class Ping : public Application {
 public:
  Ping(const PingOptions& options, const NameServiceSettings& names)
      : language_(options.lang()),
        name_(options.target, names),
        payload_bytes_(options.size),
        interval_(from_seconds(options.interval_s)),
        wait_(from_seconds(options.wait_s)),
        left_(options.count) {}

  void start(Host& host, Instant now) override {
    name_.start(host, now);
    begin(host, now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    name_.on_event(host, event, now);
    if (!echo_.is_open()) return begin(host, now);
    if (event.socket != echo_.handle()) return;
    while (const std::optional<EchoAnswer> answer = echo_.next(host)) take(host, *answer, now);
  }
  Instant deadline() const override {
    return is_done() ? never : earliest(deadline_, name_.deadline());
  }
  void on_time(Host& host, Instant now) override {
    name_.on_time(host, now);
    if (deadline_ > now) return begin(host, now);
    if (left_ > 0) {
      send(host, now);
    } else {
      end(host, now);
    }
  }
  void stop(Host& host, Instant now) override {
    name_.stop(host, now);
    end(host, now);
  }
  bool is_done() const override { return name_.has_failed() || (left_ == 0 && deadline_ == never); }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Ping>(*this); }

  std::size_t answered() const { return answered_; }
  Error error() const { return error_; }
  const NamedTarget& name() const { return name_; }
  void print_summary() const {
    std::printf(trace::say(language_, "%zu sent, %zu answered\n", "%zu개 보냄, %zu개 응답\n"),
                sent_.size(), answered_);
    if (answered_ == 0) return;
    std::printf(trace::say(language_, "round trip: least %.3f ms, mean %.3f ms, most %.3f ms\n",
                           "왕복 시간: 최소 %.3f ms, 평균 %.3f ms, 최대 %.3f ms\n"),
                in_milliseconds(shortest_),
                in_milliseconds(sum_ / static_cast<Duration::rep>(answered_)),
                in_milliseconds(longest_));
  }

 private:
  static constexpr std::uint16_t identifier = 0xac5c;

  // Once it is known whom to ask.
  void begin(Host& host, Instant now) {
    if (!name_.address() || left_ == 0) return;
    error_ = echo_.open(host, *name_.address(), now);
    if (error_ != Error::none) return end(host, now);
    send(host, now);
  }
  void send(Host& host, Instant now) {
    --left_;
    sent_.push_back(now);
    const auto sequence = static_cast<std::uint16_t>(sent_.size());
    const Error error = echo_.send(host, {sequence, 0, payload_bytes_}, now);
    if (error != Error::none) error_ = error;
    deadline_ = later_by(now, left_ > 0 ? interval_ : wait_);
  }
  void take(Host& host, const EchoAnswer& answer, Instant now) {
    if (answer.sequence == 0 || answer.sequence > sent_.size()) return;
    std::optional<Instant>& sent = sent_[answer.sequence - 1u];
    if (!sent) return;  // a second answer
    const Duration time = now - *sent;
    sent.reset();
    ++told_;
    if (answer.kind == EchoAnswer::Kind::reply) {
      count(answer, time);
    } else {
      std::printf("from %s: icmp_seq=%u %s\n", to_string(answer.from).c_str(),
                  static_cast<unsigned>(answer.sequence), words(answer.kind));
    }
    if (left_ == 0 && told_ == sent_.size()) end(host, now);
  }
  void count(const EchoAnswer& reply, Duration time) {
    ++answered_;
    shortest_ = std::min(shortest_, time);
    longest_ = std::max(longest_, time);
    sum_ += time;
    std::printf("%u bytes from %s: icmp_seq=%u ttl=%u time=%.3f ms\n", reply.bytes,
                to_string(reply.from).c_str(), static_cast<unsigned>(reply.sequence),
                static_cast<unsigned>(reply.ttl), in_milliseconds(time));
  }
  const char* words(EchoAnswer::Kind kind) const {
    using Kind = EchoAnswer::Kind;
    switch (kind) {
      case Kind::ttl_exceeded: return trace::say(language_, "TTL exceeded", "TTL 초과");
      case Kind::network_unreachable:
        return trace::say(language_, "network unreachable", "네트워크에 닿을 수 없음");
      default: return trace::say(language_, "host unreachable", "호스트에 닿을 수 없음");
    }
  }
  void end(Host& host, Instant now) {
    echo_.close(host, now);
    left_ = 0;
    deadline_ = never;
  }

  trace::Language language_;
  NamedTarget name_;
  EchoSocket echo_{identifier};
  std::uint32_t payload_bytes_;
  Duration interval_;
  Duration wait_;  // for the last answers
  std::uint16_t left_;
  Instant deadline_ = never;
  std::vector<std::optional<Instant>> sent_;  // by sequence number - 1; nothing once answered
  std::size_t told_ = 0;                      // of replies and errors
  std::size_t answered_ = 0;
  Duration shortest_ = forever, longest_{}, sum_{};
  Error error_ = Error::none;
};

int run(const PingOptions& options) {
  const MakeProgram make = [options](const NameServiceSettings& names) {
    return std::make_unique<Ping>(options, names);
  };
  run_program(options.program, make, [&](const Application& application) {
    const auto& ping = static_cast<const Ping&>(application);
    if (ping.name().has_failed()) throw std::runtime_error{ping.name().problem(options.lang())};
    ping.print_summary();
    if (ping.error() != Error::none) throw std::runtime_error{acksu::sentence(ping.error())};
    if (ping.answered() > 0) return;
    const char* words = trace::say(options.lang(), "no answer from ", "응답 없음: ");
    throw std::runtime_error{words + options.target};
  });
  return 0;
}

}  // namespace

void add_ping(CLI::App& program) {
  CLI::App* command = program.add_subcommand("ping", "Ask a host for an echo over a real wire");
  auto options = std::make_shared<PingOptions>();
  add_program_options(*command, options->program);
  command->add_option("HOST", options->target, "Whom to ask: name or address")->required();
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
  command->add_option("--lang", options->language, "Language: en or ko")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  on_run(*command, [options] { return run(*options); });
}

}  // namespace acksu::tools
