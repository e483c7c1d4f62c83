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

constexpr int most_idle_s = 32767;  // MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL
constexpr int most_probes = 127;    // MAX_TCP_KEEPCNT
constexpr int usual_syn_retries =
    6;  // tcp_syn_retries; here a time decides, as long as it is not set
constexpr int longest_time_out_s = 120;  // TCP_RTO_MAX
constexpr int most_buffer = 212992;      // net.core.wmem_max and rmem_max
constexpr int least_send = 4608;         // SOCK_MIN_SNDBUF
constexpr int least_receive = 2304;      // SOCK_MIN_RCVBUF
constexpr int ipv6_freebind = 78;        // older headers lack it

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

// Of all packets, for both versions of IP.
int set_ttl(Description& description, int value) {
  constexpr int most_ttl = 255;
  if (value != -1 && !is_within(value, 1, most_ttl)) return EINVAL;
  description.options.ttl = value == -1 ? 0 : value;
  auto& ttl = change(description).ttl;
  ttl.reset();
  if (value != -1) ttl = static_cast<std::uint8_t>(value);
  return 0;
}

int ttl(View view) {
  return view.description.options.ttl == 0 ? view.host.ttl : view.description.options.ttl;
}

// The bits of ECN are TCP's own.
int set_traffic_class(Description& description, int value) {
  constexpr int ecn_bits = 3, most_tos = 255;
  if (!is_within(value, -1, most_tos)) return EINVAL;
  const int wanted = std::max(value, 0);
  const int own = description.is_stream() ? wanted & ~ecn_bits : wanted;
  description.options.tos = own;
  change(description).dscp = static_cast<std::uint8_t>(own >> 2);
  return 0;
}

int traffic_class(View view) { return view.description.options.tos; }

int keeps_errors(View view) { return as_int(view.description.options.keeps_errors); }

int set_keeps_errors(Description& description, int value) {
  description.options.keeps_errors = value != 0;
  if (value == 0) description.errors.clear();
  return 0;
}

int binds_freely(View view) { return as_int(view.description.options.binds_freely); }

int set_binds_freely(Description& description, int value) {
  description.options.binds_freely = value != 0;
  return 0;
}

int mtu_discovery(View view) { return view.description.options.mtu_discovery; }

int set_mtu_discovery(Description& description, int value) {
  if (!is_within(value, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT)) return EINVAL;
  description.options.mtu_discovery = value;
  return 0;
}

int largest_segment(View view) {
  constexpr int before_the_handshake = 536;
  if (view.connection && view.connection->snd.mss > 0) {
    return static_cast<int>(view.connection->snd.mss);
  }
  const int chosen_mss = view.description.options.most_mss;
  return chosen_mss == 0 ? before_the_handshake : chosen_mss;
}

int set_largest_segment(Description& description, int value) {
  constexpr int least_mss = 88, largest_mss = 32767;  // TCP_MIN_MSS, MAX_TCP_WINDOW
  if (value != 0 && !is_within(value, least_mss, largest_mss)) return EINVAL;
  description.options.most_mss = value;
  return 0;
}

// Seconds are as many time-outs of a SYN+ACK, the first of a second, as end after them.
int set_deferral(Description& description, int value) {
  constexpr std::uint8_t most = 127;
  std::uint8_t count = 0;
  for (int wait = 1, over = 0; over < value && count < most; ++count) {
    over += wait;
    wait = std::min(2 * wait, longest_time_out_s);
  }
  description.options.deferral = count;
  return 0;
}

int deferral(View view) {
  int over = 0;
  for (int i = 0, wait = 1; i < view.description.options.deferral; ++i) {
    over += wait;
    wait = std::min(2 * wait, longest_time_out_s);
  }
  return over;
}

int fin_wait_2(View view) {
  if (view.description.options.skips_fin_wait_2) return -1;
  return as_int(chosen(view).fin_wait_2.value_or(view.host.tcp.fin_wait_2), 1s);
}

// 0: the system's; a negative one: nobody waits.
int set_fin_wait_2(Description& description, int value) {
  constexpr int longest_s = 120;  // TCP_FIN_TIMEOUT_MAX
  auto& patience = change(description).fin_wait_2;
  patience.reset();
  description.options.skips_fin_wait_2 = value < 0;
  if (value < 0) patience = 0s;
  if (value > 0) patience = std::min(value, longest_s) * Duration{1s};
  return 0;
}

int set_fast_open_limit(Description& description, int value) {
  const auto phase = description.phase;
  if (value < 0) return EINVAL;
  if (phase != Description::Phase::idle && phase != Description::Phase::listening) return EINVAL;
  description.options.fast_open_limit = value;
  return 0;
}

int set_window_clamp(Description& description, int value) {
  constexpr int least_clamp = 1152;  // half of SOCK_MIN_RCVBUF
  if (value == 0 && description.phase != Description::Phase::idle) return EINVAL;
  description.options.has_connection_options = true;
  description.options.window_clamp = value == 0 ? 0 : std::max(value, least_clamp);
  return 0;
}

// Of SO_TIMESTAMP and SO_TIMESTAMPNS: the last one counts, and any ends them.
int set_arrivals(Description& description, int value, bool in_nanoseconds, bool is_new) {
  StampOptions& stamps = description.options.stamps;
  stamps.tells_arrival = value != 0;
  stamps.in_nanoseconds = value != 0 && in_nanoseconds;
  if (value != 0) stamps.is_new = is_new;
  return 0;
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
    IntegerOption{SOL_SOCKET, SO_BROADCAST,
                  [](View view) { return as_int(view.description.options.allows_broadcast); },
                  [](Description& description, int value) {
                    description.options.allows_broadcast = value != 0;
                    return 0;
                  }},
    IntegerOption{SOL_SOCKET, SO_MARK, [](View view) { return view.description.options.mark; },
                  [](Description& description, int value) {
                    description.options.mark = value;
                    return 0;
                  }},
    IntegerOption{SOL_SOCKET, SO_ZEROCOPY,
                  [](View view) { return as_int(view.description.options.lends_memory); },
                  [](Description& description, int value) {
                    if (!is_within(value, 0, 1)) return EINVAL;
                    description.options.lends_memory = value != 0;
                    return 0;
                  }},
    IntegerOption{SOL_SOCKET, SO_TIMESTAMP_OLD,
                  [](View view) {
                    const StampOptions& stamps = view.description.options.stamps;
                    return as_int(stamps.tells_arrival && !stamps.in_nanoseconds && !stamps.is_new);
                  },
                  [](Description& description, int value) {
                    return set_arrivals(description, value, false, false);
                  }},
    IntegerOption{SOL_SOCKET, SO_TIMESTAMPNS_OLD,
                  [](View view) {
                    const StampOptions& stamps = view.description.options.stamps;
                    return as_int(stamps.in_nanoseconds && !stamps.is_new);
                  },
                  [](Description& description, int value) {
                    return set_arrivals(description, value, true, false);
                  }},
    IntegerOption{SOL_SOCKET, SO_TIMESTAMP_NEW,
                  [](View view) {
                    const StampOptions& stamps = view.description.options.stamps;
                    return as_int(stamps.tells_arrival && stamps.is_new);
                  },
                  [](Description& description, int value) {
                    return set_arrivals(description, value, false, true);
                  }},
    IntegerOption{SOL_SOCKET, SO_TIMESTAMPNS_NEW,
                  [](View view) {
                    const StampOptions& stamps = view.description.options.stamps;
                    return as_int(stamps.in_nanoseconds && stamps.is_new);
                  },
                  [](Description& description, int value) {
                    return set_arrivals(description, value, true, true);
                  }},
    IntegerOption{SOL_SOCKET, SO_KEEPALIVE,
                  [](View view) { return as_int(chosen(view).keepalive); },
                  [](Description& description, int value) {
                    change(description).keepalive = value != 0;
                    return 0;
                  }},
    IntegerOption{SOL_SOCKET, SO_OOBINLINE,
                  [](View view) { return as_int(view.description.options.reads_urgent_inline); },
                  [](Description& description, int value) {
                    description.options.reads_urgent_inline = value != 0;
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
    IntegerOption{IPPROTO_TCP, TCP_SYNCNT,
                  [](View view) {
                    return static_cast<int>(chosen(view).syn_retries.value_or(usual_syn_retries));
                  },
                  [](Description& description, int value) {
                    if (!is_within(value, 1, most_probes)) return EINVAL;
                    change(description).syn_retries = static_cast<std::uint32_t>(value);
                    return 0;
                  }},
    IntegerOption{IPPROTO_TCP, TCP_DEFER_ACCEPT, deferral, set_deferral},
    IntegerOption{IPPROTO_TCP, TCP_LINGER2, fin_wait_2, set_fin_wait_2},
    IntegerOption{IPPROTO_TCP, TCP_QUICKACK,
                  [](View view) { return as_int(view.description.options.acks_quickly); },
                  [](Description& description, int value) {
                    description.options.acks_quickly = value != 0;
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
    IntegerOption{IPPROTO_TCP, TCP_WINDOW_CLAMP,
                  [](View view) { return view.description.options.window_clamp; },
                  set_window_clamp},
    IntegerOption{IPPROTO_TCP, TCP_MAXSEG, largest_segment, set_largest_segment},
    IntegerOption{IPPROTO_TCP, TCP_FASTOPEN,
                  [](View view) { return view.description.options.fast_open_limit; },
                  set_fast_open_limit},
    IntegerOption{IPPROTO_TCP, TCP_FASTOPEN_CONNECT,
                  [](View view) { return as_int(view.description.options.opens_fast); },
                  [](Description& description, int value) {
                    if (!is_within(value, 0, 1)) return EINVAL;
                    if (description.phase != Description::Phase::idle) return EINVAL;
                    description.options.opens_fast = value != 0;
                    return 0;
                  }},
    IntegerOption{IPPROTO_TCP, TCP_INQ,
                  [](View view) { return as_int(view.description.options.tells_unread); },
                  [](Description& description, int value) {
                    if (!is_within(value, 0, 1)) return EINVAL;
                    description.options.tells_unread = value != 0;
                    return 0;
                  }},

    // IPPROTO_IP
    IntegerOption{IPPROTO_IP, IP_TTL, ttl, set_ttl},
    IntegerOption{IPPROTO_IP, IP_TOS, traffic_class, set_traffic_class},
    IntegerOption{IPPROTO_IP, IP_RECVERR, keeps_errors, set_keeps_errors},
    IntegerOption{IPPROTO_IP, IP_MTU_DISCOVER, mtu_discovery, set_mtu_discovery},
    IntegerOption{IPPROTO_IP, IP_PKTINFO,
                  [](View view) { return as_int(view.description.options.tells_destination); },
                  [](Description& description, int value) {
                    description.options.tells_destination = value != 0;
                    return 0;
                  }},
    IntegerOption{IPPROTO_IP, IP_RECVTTL,
                  [](View view) { return as_int(view.description.options.tells_ttl); },
                  [](Description& description, int value) {
                    description.options.tells_ttl = value != 0;
                    return 0;
                  }},
    IntegerOption{IPPROTO_IP, IP_FREEBIND, binds_freely, set_binds_freely},

    // IPPROTO_IPV6
    IntegerOption{IPPROTO_IPV6, ipv6_freebind, binds_freely, set_binds_freely},
    IntegerOption{IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl, set_ttl},
    IntegerOption{IPPROTO_IPV6, IPV6_TCLASS, traffic_class, set_traffic_class},
    IntegerOption{IPPROTO_IPV6, IPV6_RECVERR, keeps_errors, set_keeps_errors},
    IntegerOption{IPPROTO_IPV6, IPV6_MTU_DISCOVER, mtu_discovery, set_mtu_discovery},
    IntegerOption{IPPROTO_IPV6, IPV6_V6ONLY,
                  [](View view) { return as_int(view.description.options.v6_only); },
                  [](Description& description, int value) {
                    if (description.is_bound() || description.handle) return EINVAL;
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
