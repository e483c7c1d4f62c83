// The table of options whose value is an int.
// house: table
#include "api/posix_integer_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace acksu::posix {
namespace {

// ---- Limits, as Linux has them ------------------------------------------------------------------

constexpr int most_idle_s = 32767;   // MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL
constexpr int most_probes = 127;     // MAX_TCP_KEEPCNT
constexpr int most_buffer = 212992;  // net.core.wmem_max and rmem_max
constexpr int least_send = 4608;     // SOCK_MIN_SNDBUF
constexpr int least_receive = 2304;  // SOCK_MIN_RCVBUF

using View = const OptionView&;

int as_int(bool value) { return value ? 1 : 0; }

int as_int(Duration duration, Duration unit) { return static_cast<int>(duration / unit); }

const ConnectionOptions& chosen(View view) { return view.description.options.connection; }

ConnectionOptions& change(Description& description) {
  description.options.has_connection_options = true;
  return description.options.connection;
}

bool is_within(int value, int least, int most) { return value >= least && value <= most; }

// Linux keeps room for its own records beside the text: twice of what was asked for.
int set_send_buffer(Description& description, int value) {
  const int doubled = std::max(2 * std::clamp(value, 0, most_buffer), least_send);
  description.options.send_buffer = doubled;
  change(description).send_buffer_bytes = static_cast<std::uint32_t>(doubled / 2);
  return 0;
}

int set_receive_buffer(Description& description, int value) {
  const int doubled = std::max(2 * std::clamp(value, 0, most_buffer), least_receive);
  description.options.receive_buffer = doubled;
  change(description).receive_buffer_bytes = static_cast<std::uint32_t>(doubled / 2);
  return 0;
}

int send_buffer(View view) {
  if (view.description.options.send_buffer != 0) return view.description.options.send_buffer;
  if (view.connection) return static_cast<int>(view.connection->snd.buffer_bytes);
  return static_cast<int>(view.host.tcp.send_buffer.first);
}

int receive_buffer(View view) {
  if (view.description.options.receive_buffer != 0) return view.description.options.receive_buffer;
  if (view.connection) return static_cast<int>(2 * view.connection->rcv.buffer_bytes);
  return static_cast<int>(2 * view.host.tcp.receive_buffer.first);
}

// ---- The table ----------------------------------------------------------------------------------

constexpr std::array rows{
    // SOL_SOCKET
    IntegerOption{SOL_SOCKET, SO_TYPE, [](View view) { return view.description.type; }, nullptr},
    IntegerOption{SOL_SOCKET, SO_DOMAIN, [](View view) { return view.description.family; },
                  nullptr},
    IntegerOption{SOL_SOCKET, SO_PROTOCOL, [](View view) { return view.description.protocol; },
                  nullptr},
    IntegerOption{
        SOL_SOCKET, SO_ACCEPTCONN,
        [](View view) { return as_int(view.description.phase == Description::Phase::listening); },
        nullptr},
    IntegerOption{SOL_SOCKET, SO_REUSEADDR,
                  [](View view) { return as_int(view.description.options.reuses_address); },
                  [](Description& description, int value) {
                    description.options.reuses_address = value != 0;
                    return 0;
                  }},
    IntegerOption{SOL_SOCKET, SO_REUSEPORT,
                  [](View view) { return as_int(view.description.options.reuses_port); },
                  [](Description& description, int value) {
                    description.options.reuses_port = value != 0;
                    return 0;
                  }},
    IntegerOption{SOL_SOCKET, SO_KEEPALIVE,
                  [](View view) { return as_int(chosen(view).keepalive); },
                  [](Description& description, int value) {
                    change(description).keepalive = value != 0;
                    return 0;
                  }},
    IntegerOption{SOL_SOCKET, SO_SNDBUF, send_buffer, set_send_buffer},
    IntegerOption{SOL_SOCKET, SO_RCVBUF, receive_buffer, set_receive_buffer},
    IntegerOption{SOL_SOCKET, SO_SNDLOWAT, [](View) { return 1; }, nullptr},
    IntegerOption{SOL_SOCKET, SO_RCVLOWAT,
                  [](View view) { return view.description.options.receive_low_water; },
                  [](Description& description, int value) {
                    const int wanted = value < 0 ? most_buffer : value;
                    description.options.receive_low_water = std::max(wanted, 1);
                    return 0;
                  }},

    // IPPROTO_TCP
    IntegerOption{IPPROTO_TCP, TCP_NODELAY, [](View view) { return as_int(chosen(view).nodelay); },
                  [](Description& description, int value) {
                    change(description).nodelay = value != 0;
                    return 0;
                  }},
    IntegerOption{IPPROTO_TCP, TCP_CORK, [](View view) { return as_int(chosen(view).cork); },
                  [](Description& description, int value) {
                    change(description).cork = value != 0;
                    return 0;
                  }},
    IntegerOption{IPPROTO_TCP, TCP_KEEPIDLE,
                  [](View view) {
                    return as_int(
                        chosen(view).keepalive_idle.value_or(view.host.tcp.keepalive_idle), 1s);
                  },
                  [](Description& description, int value) {
                    if (!is_within(value, 1, most_idle_s)) return EINVAL;
                    change(description).keepalive_idle = value * Duration{1s};
                    return 0;
                  }},
    IntegerOption{IPPROTO_TCP, TCP_KEEPINTVL,
                  [](View view) {
                    const Duration usual = view.host.tcp.keepalive_interval;
                    return as_int(chosen(view).keepalive_interval.value_or(usual), 1s);
                  },
                  [](Description& description, int value) {
                    if (!is_within(value, 1, most_idle_s)) return EINVAL;
                    change(description).keepalive_interval = value * Duration{1s};
                    return 0;
                  }},
    IntegerOption{IPPROTO_TCP, TCP_KEEPCNT,
                  [](View view) {
                    const std::uint32_t usual = view.host.tcp.keepalive_probes;
                    return static_cast<int>(chosen(view).keepalive_probes.value_or(usual));
                  },
                  [](Description& description, int value) {
                    if (!is_within(value, 1, most_probes)) return EINVAL;
                    change(description).keepalive_probes = static_cast<std::uint32_t>(value);
                    return 0;
                  }},
    IntegerOption{IPPROTO_TCP, TCP_USER_TIMEOUT,
                  [](View view) { return as_int(chosen(view).user_timeout.value_or(0s), 1ms); },
                  [](Description& description, int value) {
                    if (value < 0) return EINVAL;
                    auto& timeout = change(description).user_timeout;
                    timeout.reset();  // 0: the system's
                    if (value > 0) timeout = value * Duration{1ms};
                    return 0;
                  }},
    IntegerOption{
        IPPROTO_TCP, TCP_NOTSENT_LOWAT,
        [](View view) { return static_cast<int>(chosen(view).notsent_lowat_bytes.value_or(0)); },
        [](Description& description, int value) {
          auto& mark = change(description).notsent_lowat_bytes;
          mark.reset();  // 0: the system's
          if (value != 0) mark = static_cast<std::uint32_t>(value);
          return 0;
        }},
    IntegerOption{IPPROTO_TCP, TCP_MAXSEG,
                  [](View view) {
                    constexpr int before_the_handshake = 536;
                    const auto& connection = view.connection;
                    if (!connection || connection->snd.mss == 0) return before_the_handshake;
                    return static_cast<int>(connection->snd.mss);
                  },
                  nullptr},

    // IPPROTO_IPV6
    IntegerOption{IPPROTO_IPV6, IPV6_V6ONLY,
                  [](View view) { return as_int(view.description.options.v6_only); },
                  [](Description& description, int value) {
                    if (description.is_bound()) return EINVAL;
                    description.options.v6_only = value != 0;
                    return 0;
                  }},
};

}  // namespace

const IntegerOption* integer_option(int level, int name) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const IntegerOption& each) {
    return each.level == level && each.name == name;
  });
  return row == rows.end() ? nullptr : &*row;
}

}  // namespace acksu::posix
