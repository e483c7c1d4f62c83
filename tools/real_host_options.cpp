// The options of the commands on a real wire.
#include <algorithm>

#include "tools/commands.h"
#include "tools/real_host.h"

namespace acksu::tools {
namespace {

constexpr std::uint32_t min_mtu = 576;  // what every IPv4 host must be able to take (RFC 1122)
constexpr std::uint32_t max_mtu = 65535;

void add_wire_flags(CLI::App& command, RealHostOptions& options) {
  command.add_flag("--offloads", options.has_offloads,
                   "Segments of up to 64 KiB that the kernel cuts or has not cut (tap:, tun:)");
  command.add_flag("--busy-poll", options.polls_busily,
                   "Never sleep: quicker to answer, and takes a whole core");
}

void add_tcp_options(CLI::App& command, RealHostOptions& options) {
  command
      .add_option("--user-timeout", options.user_timeout_s,
                  "Give up after so many seconds without an answer (default: 900, SYNs 180)")
      ->check(CLI::Range(0.1, 86400.0));
  command.add_flag("--tell-user-timeout", options.tells_user_timeout,
                   "Tell peers that time, and wait as long as they tell, 100 s to an hour");
  command.add_option("--time-wait", options.time_wait,
                     std::string{time_wait_help} + " (default: 1min)");
  add_congestion_option(command, options.congestion);
  command.add_flag("--pacing", options.has_pacing,
                   "Spread text over the round trip, whatever the congestion control");
  add_buffer_options(command, options.buffers);
  command
      .add_option("--ecn", options.ecn,
                  "Marks of congestion: off, answer who asks, ask, or ask for accurate ones")
      ->check(CLI::IsMember({"off", "answer", "ask", "accurate"}))
      ->capture_default_str();
}

}  // namespace

void add_real_host_options(CLI::App& command, RealHostOptions& options, bool is_wire_required) {
  const std::size_t others = command.get_options().size();
  command
      .add_option("--wire", options.wire,
                  "The way out: tap:NAME, tun:NAME, packet:INTERFACE, xdp:INTERFACE, unix:PATH,\n"
                  "tap:fd=N when inherited, or a line of PPP: ppp:exec:COMMAND, ppp:pty:PATH,\n"
                  "ppp:unix:PATH")
      ->required(is_wire_required);
  add_wire_flags(command, options);
  command
      .add_option(
          "--address", options.addresses,
          "This host's address, such as 10.9.0.2/24 or 2001:db8::2/64; or dhcp, rarp, slaac, "
          "or auto (dhcp and slaac, and waits for both); more than once")
      ->allow_extra_args(false);
  command.add_flag("--dhcp", options.uses_dhcp,
                   "The same as --address auto, but begins with the first address");
  command
      .add_option("--dns", options.name_servers,
                  "Whom to ask for names (default: as the network says); more than once: in order")
      ->allow_extra_args(false);
  command.add_option("--search", options.search, "Domain to try short names in")
      ->allow_extra_args(false);
  command
      .add_option("--gateway", options.gateways,
                  "Next hop for all that is on no link; once for each family")
      ->allow_extra_args(false);
  command.add_option("--mac", options.mac, "This host's MAC address (default: from its address)");
  command.add_option("--mtu", options.mtu, "Bytes of the largest IP packet")
      ->check(CLI::Range(min_mtu, max_mtu))
      ->capture_default_str();
  command.add_option("--vlan", options.vlan, "Tag frames with this virtual LAN, 1 to 4094")
      ->check(CLI::Range(1, 4094));
  add_tcp_options(command, options);
  command.add_option("--pcap", options.pcap, "Write a capture with states and reasons (pcapng)");
  command.add_option("--json", options.json, "Write all events as JSON lines at the end");
  command.add_option("--plot", options.plot,
                     "Draw the connection with the most text at the end (SVG)");
  command.add_flag("--stats", options.prints_stats, "Print counters at the end");
  command
      .add_option("--status", options.status_s,
                  "Print the connections every so many seconds, as ss -tinm does")
      ->check(CLI::Range(0.1, 86400.0));
  const std::vector<CLI::Option*> all = command.get_options();
  options.all.assign(all.begin() + static_cast<std::ptrdiff_t>(others), all.end());
}

void refuse_wire_options(const RealHostOptions& options,
                         std::initializer_list<std::string_view> taken) {
  for (const CLI::Option* const option : options.all) {
    const std::string name = option->get_name();
    const bool is_taken = std::find(taken.begin(), taken.end(), name) != taken.end();
    if (option->count() > 0 && !is_taken) throw UsageError{name + " needs --wire"};
  }
}

}  // namespace acksu::tools
