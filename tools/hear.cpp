// acksu hear: joins a multicast group on a real wire and prints what is said there (IGMP, MLD): to
// a UDP port, or by any other protocol of IP (a raw socket), as routers speak OSPF.
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
  std::uint32_t protocol = 0;  // of IP; 0: UDP
  bool answers = false;
  std::uint32_t count = 0;
};

class Hear : public Application {
 public:
  Hear(IpAddress group, const HearOptions& options)
      : group_(group),
        port_(options.port),
        protocol_(static_cast<std::uint8_t>(options.protocol)),
        answers_(options.answers),
        left_(options.count) {}

  void start(Host& host, Instant now) override {
    const Result<Handle> opened = open(host, now);
    if (!opened) return fail(opened.error());
    socket_ = *opened;
    if (const Error error = host.join_group(socket_, {group_, 0}, now); error != Error::none) {
      return fail(error);
    }
    std::printf("in group %s, %s %u\n", to_string(group_).c_str(), is_raw() ? "protocol" : "port",
                static_cast<unsigned>(is_raw() ? protocol_ : port_));
    std::fflush(stdout);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (event.socket != socket_) return;
    while (!is_done_ && (is_raw() ? hear_packet(host, now) : hear_datagram(host, now))) continue;
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
  bool is_raw() const { return protocol_ != 0; }
  Result<Handle> open(Host& host, Instant now) const {
    if (!is_raw()) return host.open_udp({{}, port_}, now);
    const IpVersion version = group_.is_v4() ? IpVersion::v4 : IpVersion::v6;
    return host.open_raw({.version = version, .protocol = protocol_}, {}, now);
  }
  bool hear_datagram(Host& host, Instant now) {
    const Result<Datagram> heard = host.receive_from(socket_, room_);
    if (!heard) return false;
    say(heard->length, to_string(heard->from), heard->to.address, heard->ttl);
    if (answers_) host.send_to(socket_, heard->from, Bytes(room_).first(heard->length), now);
    count(host, now);
    return true;
  }
  bool hear_packet(Host& host, Instant now) {
    const Result<RawPacket> heard = host.receive_raw(socket_, room_);
    if (!heard) return false;
    say(heard->length, to_string(heard->from), heard->to, heard->ttl);
    if (answers_) host.send_raw(socket_, {heard->from}, Bytes(room_).first(heard->length), now);
    count(host, now);
    return true;
  }
  static void say(std::uint32_t bytes, const std::string& from, IpAddress to, std::uint8_t ttl) {
    std::printf("%u bytes from %s to %s ttl=%u\n", bytes, from.c_str(), to_string(to).c_str(),
                static_cast<unsigned>(ttl));
    std::fflush(stdout);
  }
  void count(Host& host, Instant now) {
    if (left_ > 0 && --left_ == 0) stop(host, now);
  }
  void fail(Error error) {
    error_ = error;
    is_done_ = true;
  }

  IpAddress group_;
  std::uint16_t port_;
  std::uint8_t protocol_;  // 0: UDP
  bool answers_;
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
  command
      ->add_option("--protocol", options->protocol,
                   "Hear that protocol of IP instead of UDP, by a raw socket (OSPF: 89)")
      ->check(CLI::Range(1, 255));
  command->add_flag("--answer", options->answers, "Send what is heard back to who said it");
  command->add_option("-c,--count", options->count, "Datagrams to wait for; 0: until Ctrl-C")
      ->capture_default_str();
  on_run(*command, [options] { return run_hear(*options); });
}

}  // namespace acksu::tools
