// Opening a wire for several shards, and running them.
#include "tools/sharded_host.h"

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "os/tap.h"
#include "tools/commands.h"
#include "tools/real_wire.h"
#include "tools/stats.h"

namespace acksu::tools {
namespace {

void check(const RealHostOptions& options) {
  if (options.uses_dhcp) throw UsageError{"--dhcp is for one host: leave --shards out"};
  for (const std::string& text : options.addresses) {
    if (!parse_prefix(text)) {
      throw UsageError{"with --shards, --address is one that stays: not '" + text + "'"};
    }
  }
  if (!options.pcap.empty() || !options.json.empty() || !options.plot.empty()) {
    throw UsageError{"--pcap, --json and --plot follow one host: leave --shards out"};
  }
  if (options.status_s) throw UsageError{"--status follows one host: leave --shards out"};
  if (link_kind_of(options.wire) == LinkKind::ppp) {
    throw UsageError{"a line of PPP has one end: leave --shards out"};
  }
}

}  // namespace

ShardedHost::ShardedHost(const RealHostOptions& options, std::uint32_t count) : options_(options) {
  check(options_);
  ShardsSettings settings;
  settings.host = settings_of(options_);
  settings.secrets = take_secrets();
  settings.count = count;
  settings.loop.polls_busily = options_.polls_busily;
  shards_ = std::make_unique<Shards>(
      settings, [this](std::uint32_t shard, const auto& pool) { return open(shard, pool); });
  // As RealHost does: whoever read our output may be gone.
  std::signal(SIGPIPE, SIG_IGN);
}

// A device that was made without queues, and each other wire, is opened once, for the first shard.
std::unique_ptr<os::Wire> ShardedHost::open(std::uint32_t shard,
                                            const std::shared_ptr<BufferPool>& pool) {
  if (shard > 0 && !has_queues_) return nullptr;
  os::ParsedWire parsed = os::parse_wire(options_.wire);
  if (!parsed.name) throw UsageError{parsed.problem};
  using Kind = os::WireName::Kind;
  const bool is_device = parsed.name->kind == Kind::tap || parsed.name->kind == Kind::tun;
  parsed.name->has_offloads = options_.has_offloads || parsed.name->kind == Kind::packet;
  parsed.name->has_queues = is_device && !parsed.name->interface.empty();
  os::OpenedWire opened = os::open_wire(*parsed.name, options_.mtu, pool);
  if (opened.wire && parsed.name->has_queues) has_queues_ = true;
  if (!opened.wire && shard == 0 && parsed.name->has_queues) {
    parsed.name->has_queues = false;
    opened = os::open_wire(*parsed.name, options_.mtu, pool);
  }
  if (!opened.wire) throw std::runtime_error{opened.problem};
  if (!opened.note.empty() && shard == 0) std::fprintf(stderr, "acksu: %s\n", opened.note.c_str());
  return std::move(opened.wire);
}

bool ShardedHost::run(const Shards::MakeApplication& make) {
  const os::Ending ending = shards_->run(make);
  if (options_.prints_stats) print_stats();
  for (std::uint32_t shard = 0; shard < shards_->count(); ++shard) {
    print_limits(shards_->host(shard));
  }
  if (ending == os::Ending::wire_failed) {
    throw std::runtime_error{options_.wire + ": " + shards_->failure()};
  }
  if (ending == os::Ending::system_failed) throw std::runtime_error{shards_->failure()};
  return ending != os::Ending::cut_short;
}

void ShardedHost::print_stats() {
  for (std::uint32_t shard = 0; shard < shards_->count(); ++shard) {
    std::fprintf(stderr, "shard %u\n", static_cast<unsigned>(shard));
    const HostCounters& counters = shards_->host(shard).counters();
    print_count("frames in", counters.frames_in);
    print_count("frames out", counters.frames_out);
    print_count("frames in that were another shard's", shards_->wire(shard).passed_on());
    print_count("frames for others that their ring had no room for", shards_->wire(shard).lost());
    print_counters(counters);
  }
}

}  // namespace acksu::tools
