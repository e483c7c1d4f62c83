// What a command runs on several shards: a host a core, all with the same addresses, on one wire.
#pragma once

#include <memory>

#include "api/shards.h"
#include "tools/real_host.h"

namespace acksu::tools {

class ShardedHost {
 public:
  // Throws UsageError for what shards cannot do, and std::runtime_error.
  ShardedHost(const RealHostOptions& options, std::uint32_t count);

  // Runs until the applications are done or Ctrl-C; prints what was asked for. Throws when the wire
  // fails. False when connections were still open at the end.
  bool run(const Shards::MakeApplication& make);

  Shards& shards() { return *shards_; }
  // Whether each shard has a queue of the wire; else the first one carries all frames.
  bool has_queues() const { return has_queues_; }

 private:
  std::unique_ptr<os::Wire> open(std::uint32_t shard, const std::shared_ptr<BufferPool>& pool);
  void print_stats();

  RealHostOptions options_;
  bool has_queues_ = false;
  std::unique_ptr<Shards> shards_;
};

}  // namespace acksu::tools
