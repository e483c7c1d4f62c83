// What a host's limits have refused, or made give way: each by a name that people read.
#include <array>

#include "host/host_view.h"

namespace acksu {
namespace {

using Tcp = tcp::Counters;

struct TcpLimit {
  const char* name;
  std::uint64_t Tcp::* count;
};
constexpr std::array tcp_limits{
    TcpLimit{"SYNs answered by cookies, half-open full", &Tcp::cookies_sent},
    TcpLimit{"TIME-WAIT records that gave way", &Tcp::time_wait_recycled},
    TcpLimit{"times that text found no memory", &Tcp::memory_refused},
    TcpLimit{"times that early text gave way", &Tcp::early_text_forgotten},
    TcpLimit{"times that a buffer did not grow", &Tcp::buffers_kept_small},
    TcpLimit{"peers with closed windows that gave way", &Tcp::closed_windows_given_up},
    TcpLimit{"active opens, connections full", &Tcp::connections_refused},
    TcpLimit{"Fast Open requests answered as others", &Tcp::fast_open_full},
    TcpLimit{"Fast Open cookies that gave way", &Tcp::fast_open_evicted},
};

// Of the reasons to drop a packet those that are limits of ours.
constexpr std::array drop_limits{
    Drop::neighbour_queue_full, Drop::fragment_too_many,   Drop::fragment_memory_full,
    Drop::icmp_rate_limited,    Drop::ndp_limit,           Drop::udp_queue_full,
    Drop::raw_queue_full,       Drop::tcp_reassembly_full, Drop::tcp_memory_full,
    Drop::tcp_half_open_full,   Drop::tcp_backlog_full,    Drop::tcp_connections_full,
    Drop::nat_host_quota,       Drop::nat_table_full,      Drop::nat_ports_full,
    Drop::filter_table_full,    Drop::link_queue_full,     Drop::reply_queue_full,
};

}  // namespace

std::vector<LimitCount> HostView::limits() const {
  std::vector<LimitCount> limits;
  const auto add = [&](const char* what, std::uint64_t count) { limits.push_back({what, count}); };
  for (const TcpLimit& limit : tcp_limits) add(limit.name, counters_.tcp.*limit.count);
  for (const Drop drop : drop_limits) add(name(drop), counters_.drops[drop]);
  std::uint64_t neighbours = 0, groups = 0;
  for (const Link& link : links_) {
    neighbours += link.neighbours.displaced();
    groups += link.igmp.counters().refused + link.mld.counters().refused;
  }
  add("neighbours that gave way", neighbours);
  add("multicast groups, too many", groups);
  add("path MTUs that gave way", path_mtu_.counters().evicted);
  add("echoes that gave way", echoes_.forgotten());
  add("UDP errors that gave way", counters_.udp_errors_forgotten);
  return limits;
}

}  // namespace acksu
