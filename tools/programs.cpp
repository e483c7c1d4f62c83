// Running programs on wires and in the simulated home.
#include "tools/programs.h"

#include "api/dialled.h"
#include "tools/amounts.h"
#include "tools/commands.h"
#include "tools/sim_home.h"

namespace acksu::tools {
namespace {

using Look = std::function<void(const Application&)>;

void look_at(const Online& online, const Look& look) {
  if (online.error() == Error::timed_out || online.error() == Error::address_in_use) {
    throw std::runtime_error{rarp_problem(online.error())};
  }
  if (online.error() != Error::none) throw std::runtime_error{sentence(online.error())};
  if (online.program() == nullptr) {
    throw std::runtime_error{"no DHCP server and no router gave an address"};
  }
  look(*online.program());
}

Online::Make with_names(const RealHostOptions& options, const MakeProgram& make) {
  return [options, make](const NetworkInformation& told) { return make(names_of(options, &told)); };
}

void run_on_line(RealHost& host, const MakeProgram& make, const Look& look) {
  const auto make_for = [&](const PppNews& line) {
    const NetworkInformation told{line.name_servers, {}};
    return make(names_of(host.options(), &told));
  };
  Dialled dialled{0, make_for, from_seconds(host.options().user_timeout_s.value_or(60))};
  host.run_alone(dialled);
  if (dialled.program() != nullptr) return look(*dialled.program());
  const bool was_stopped = dialled.failure() == PppNews::Failure::none;
  throw std::runtime_error{
      host.options().wire + ": " +
      (was_stopped ? "stopped before the line had an address" : name(dialled.failure()))};
}

void run_on_wire(const RealHostOptions& options, const MakeProgram& make, const Look& look) {
  RealHost host{options};
  if (host.host().line(0) != nullptr) {
    run_on_line(host, make, look);
  } else if (const std::optional<OnlineSettings> joining = joining_of(options)) {
    Online online{*joining, with_names(options, make)};
    host.run_alone(online);
    look_at(online, look);
  } else {
    const std::unique_ptr<Application> program = make(names_of(options));
    host.run_alone(*program);
    look(*program);
  }
}

void run_in_home(const ProgramOptions& options, const MakeProgram& make, const Look& look) {
  SimHome home{options.seed};
  look_at(home.run(with_names(options.host, make)), look);
}

}  // namespace

void add_program_options(CLI::App& command, ProgramOptions& options) {
  add_real_host_options(command, options.host, false);
  command.add_flag("--sim", options.is_simulated,
                   "In a simulated home instead of on a wire: web.example is out there");
  command.add_option("--seed", options.seed, "Of all that is random in the simulation")
      ->capture_default_str();
}

void run_program(const ProgramOptions& options, const MakeProgram& make, const Look& look) {
  names_of(options.host);  // mistakes are told before anything is opened
  if (!options.is_simulated) return run_on_wire(options.host, make, look);
  if (!options.host.wire.empty() || !options.host.addresses.empty()) {
    throw UsageError{"--sim takes the place of --wire and --address"};
  }
  refuse_wire_options(options.host, {"--dns", "--search"});
  run_in_home(options, make, look);
}

}  // namespace acksu::tools
