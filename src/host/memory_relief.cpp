// When memory is short: peers that take nothing for a long time give way to those that do, the
// oldest first. RFC 9293 MUST-37 lets them wait as long as they answer; that is for the peace of
// one connection, and not at the price of all others (RFC 6429).
#include <algorithm>
#include <vector>

#include "host/host.h"

namespace acksu {
namespace {

constexpr Duration relief_interval = 100ms;  // all connections are looked at: not for each refusal
constexpr std::uint64_t share_to_free = 8;   // of what may be held

struct Waiting {
  Instant since;
  std::uint32_t index;
  bool operator<(const Waiting& other) const {
    return since != other.since ? since < other.since : index < other.index;
  }
};

}  // namespace

// Whether anything was given back.
bool Host::relieve_memory(Instant now) {
  if (now < next_relief_) return false;
  next_relief_ = later_by(now, relief_interval);
  tcp::Context context = context_at(now);  // of others than whose call or segment needs memory
  std::vector<Waiting> waiting;
  table_.connections().for_each([&](std::uint32_t index, const ConnectionRecord& record) {
    const std::optional<Instant> since = record.connection.window_closed_since();
    if (since && now - *since >= settings_.tcp.closed_window_when_short) {
      waiting.push_back({*since, index});
    }
  });
  std::sort(waiting.begin(), waiting.end());
  const std::uint64_t before = memory_.held();
  const std::uint64_t enough = settings_.max_memory_bytes / share_to_free;
  for (const Waiting& each : waiting) {
    if (before - memory_.held() >= enough) break;
    ConnectionRecord& record = table_.connections()[each.index];
    record.connection.give_up(context);
    ++counters_.tcp.closed_windows_given_up;
    settle(each.index, record, context);
  }
  return memory_.held() < before;
}

}  // namespace acksu
