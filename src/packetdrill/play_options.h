// How a script is to be played: what it says in its own options, and what the command line says
// beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "packetdrill/script.h"

namespace acksu::packetdrill {

// What the sockets of the host under test are made for, and what is on its wire.
enum class IpVersion : std::uint8_t { v4, mapped, v6 };  // mapped: AF_INET6 sockets, IPv4 packets

// Which stack a script was written for.
enum class Profile : std::uint8_t { linux, freebsd };

const char* name(IpVersion version);  // as --ip_version calls it
std::optional<IpVersion> parse_version(const std::string& name);

struct PlayOptions {
  IpVersion version = IpVersion::v4;
  Profile profile = Profile::linux;
  IpAddress local;    // of the host under test
  IpAddress remote;   // of its peer
  IpAddress gateway;  // first hop to it
  std::uint8_t prefix_bits = 0;
  std::uint16_t bind_port = 8080;
  std::uint16_t connect_port = 8080;
  std::uint32_t mtu = 1500;
  Duration tolerance = 4ms;              // of times
  std::uint32_t tolerance_permil = 125;  // of the time since the event before, if that is more
  std::optional<Duration> stamp_tick;    // of time stamps; nothing: their values are not compared
  bool scales_echoed_stamps = false;     // an echo of what was never sent counts from the first one
  bool joins_segments = true;            // several may be what a script has as one
  bool is_loose = false;                 // options and windows of the host are not compared

  bool is_freebsd() const { return profile == Profile::freebsd; }
  bool is_v6() const { return version == IpVersion::v6; }
  Duration tolerance_after(Duration since) const;
};

// The addresses and MTU that packetdrill's own runs give each version.
PlayOptions options_for(IpVersion version);

// As its name or, without one, as the sysctls of `script` say. Throws Mistake: no such profile.
Profile profile_of(const Script& script, const std::vector<ScriptOption>& more);

// Those of `script`, then `more`: later ones win, and the version comes first. What concerns the
// kernel only is accepted. Throws Mistake: unknown ones, and values that mean nothing.
PlayOptions play_options(const Script& script, const std::vector<ScriptOption>& more);

}  // namespace acksu::packetdrill
