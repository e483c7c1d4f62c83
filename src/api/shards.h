// One host a core: several hosts (shards) with the same addresses, each with its own thread, pool,
// connections and application. Flows are steered by a keyed hash (host/steering.h), so that
// nothing is shared while they are carried; what a shard has to say to another it sends as a
// message.
//
// A listener spans the shards because the application of each of them opens it: each accepts the
// connections that are steered to it. A connection that a shard opens takes a port that leads back
// to it.
//
//   Shards shards{settings, [&](std::uint32_t shard, auto pool) { return queue(shard, pool); }};
//   shards.run([](Shard& shard) { return std::make_unique<MyServer>(shard); });
//
// Left out on purpose: addresses that come and go (DHCP, routers that advertise) are only the first
// shard's to know; limits of a host (memory, connections, TIME-WAIT) hold for each of them.
#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "host/application.h"
#include "host/host.h"
#include "os/event_loop.h"
#include "os/message_ring.h"
#include "os/shard_wire.h"

namespace acksu {

// What one shard says to another: what it means is theirs.
struct ShardMessage {
  static constexpr std::size_t capacity = 48;  // bytes

  std::uint32_t from = 0;  // which shard; set on the way
  std::uint32_t kind = 0;
  alignas(8) std::array<std::uint8_t, capacity> body{};

  template <class T>
  static ShardMessage of(std::uint32_t kind, const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= capacity);
    ShardMessage message;
    message.kind = kind;
    std::memcpy(message.body.data(), &value, sizeof value);
    return message;
  }
  template <class T>
  T as() const {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= capacity);
    T value;
    std::memcpy(&value, body.data(), sizeof value);
    return value;
  }
};

struct ShardsSettings {
  HostSettings host;    // of each of them; one link with addresses that stay. `shard` is set here
  HostSecrets secrets;  // of all together; each gets its own, made of these
  std::uint32_t count = 2;  // 1..most_shards
  os::LoopSettings loop;
};

class Shards;

// A shard as its application sees it. All calls are made by the shard's own thread.
class Shard {
 public:
  using Hear = std::function<void(Host&, const ShardMessage&, Instant)>;

  std::uint32_t number() const { return number_; }
  std::uint32_t count() const;
  // Wakes that shard, which hears it in order with others from here. False: too many wait there.
  bool send(std::uint32_t to, ShardMessage message);
  // Who is told what others send; without, messages wait.
  void hear(Hear hear) { hear_ = std::move(hear); }

 private:
  friend class Shards;
  Shard(Shards& all, std::uint32_t number) : all_(all), number_(number) {}

  Shards& all_;
  std::uint32_t number_;
  Hear hear_;
};

class Shards {
 public:
  static constexpr std::uint32_t most_shards = 64;
  static constexpr std::size_t most_messages = 256;  // that wait, from each to each

  // The way out of one shard, in blocks of that pool: a queue of the card for each of them, or one
  // wire for the first, and null for the others. Asked for all, before anything runs.
  using OpenQueue = std::function<std::unique_ptr<os::Wire>(std::uint32_t shard,
                                                            std::shared_ptr<BufferPool> pool)>;
  using MakeApplication = std::function<std::unique_ptr<Application>(Shard&)>;

  Shards(const ShardsSettings& settings, const OpenQueue& open);
  ~Shards();
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;

  // Runs all of them, the first in this thread, until all applications are done, or one was asked
  // to stop, by a signal or by `stop`. The worst of their endings. To be called once.
  os::Ending run(const MakeApplication& make);
  // Asks all of them to stop, as Ctrl-C does. By any thread, or by a message's hearer.
  void stop();

  std::uint32_t count() const { return static_cast<std::uint32_t>(members_.size()); }
  // While nothing runs.
  const Host& host(std::uint32_t shard) const;
  const os::ShardWire& wire(std::uint32_t shard) const;
  Application& application(std::uint32_t shard);
  // Why a wire or the system failed; empty: none did.
  const std::string& failure() const { return failure_; }

 private:
  friend class Shard;
  struct Member;
  struct WayOut;
  class Post;
  using Mailbox = os::MessageRing<ShardMessage, most_messages>;

  Mailbox& mailbox(std::uint32_t from, std::uint32_t to) { return mailboxes_[from * count() + to]; }
  void run(Member& member);
  void carry_until_all_ended(Member& owner);

  std::unique_ptr<os::ShardLines> lines_;
  std::vector<Mailbox> mailboxes_;
  std::vector<std::unique_ptr<Member>> members_;
  std::string failure_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<std::uint32_t> done_{0};  // whose application is
  std::atomic<std::uint32_t> running_{0};
};

}  // namespace acksu
