// acksu hear: joins a multicast group on a real wire and prints what is said there (IGMP, MLD).
#include <cstdio>
#include <memory>
#include <vector>

#include "host/host.h"
#include "tools/commands.h"
#include "tools/programs.h"
#include "wire/address.h"

namespace acksu::tools {
namespace {

struct HearOptions {
  ProgramOptions program;
  std::string group;
  std::uint16_t port = 5000;
  std::uint32_t count = 0;
};

class Hear : public Application {
 public:
  Hear(IpAddress group, const HearOptions& options)
      : group_(group), port_(options.port), left_(options.count) {}

  void start(Host& host, Instant now) override {
    const Result<Handle> opened = host.open_udp({{}, port_}, now);
    if (!opened) return fail(opened.error());
    socket_ = *opened;
    if (const Error error = host.join_group(socket_, {group_, 0}, now); error != Error::none) {
      return fail(error);
    }
    std::printf("in group %s, port %u\n", to_string(group_).c_str(), static_cast<unsigned>(port_));
    std::fflush(stdout);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (event.socket != socket_) return;
    while (const Result<Datagram> heard = host.receive_from(socket_, room_)) {
      std::printf("%u bytes from %s to %s ttl=%u\n", heard->length, to_string(heard->from).c_str(),
                  to_string(heard->to.address).c_str(), static_cast<unsigned>(heard->ttl));
      std::fflush(stdout);
      if (left_ > 0 && --left_ == 0) return stop(host, now);
    }
  }
  // Routers are told that we leave; the host goes on until that is said.
  void stop(Host& host, Instant now) override {
    if (is_done_) return;
    host.close(socket_, now);
    is_done_ = true;
  }
  bool is_done() const override { return is_done_; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Hear>(*this); }
  Error error() const { return error_; }

 private:
  void fail(Error error) {
    error_ = error;
    is_done_ = true;
  }

  IpAddress group_;
  std::uint16_t port_;
  std::uint32_t left_;  // datagrams until the end; 0: until stopped
  Handle socket_;
  std::vector<std::uint8_t> room_ = std::vector<std::uint8_t>(65535);
  bool is_done_ = false;
  Error error_ = Error::none;
};

int run_hear(const HearOptions& options) {
  const std::optional<IpAddress> group = parse_ip(options.group);
  if (!group || !wire::is_multicast(*group)) {
    throw UsageError{"GROUP is a multicast address, as 239.1.2.3 or ff02::fb"};
  }
  const MakeProgram make = [=](const NameServiceSettings&) {
    return std::make_unique<Hear>(*group, options);
  };
  run_program(options.program, make, [](const Application& application) {
    const Error error = static_cast<const Hear&>(application).error();
    if (error != Error::none) throw std::runtime_error{acksu::sentence(error)};
  });
  return 0;
}

}  // namespace

void add_hear(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("hear", "Join a multicast group and print what is said there");
  auto options = std::make_shared<HearOptions>();
  add_program_options(*command, options->program);
  command->add_option("GROUP", options->group, "The group's address")->required();
  command->add_option("-p,--port", options->port, "The UDP port")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  command->add_option("-c,--count", options->count, "Datagrams to wait for; 0: until Ctrl-C")
      ->capture_default_str();
  on_run(*command, [options] { return run_hear(*options); });
}

}  // namespace acksu::tools
