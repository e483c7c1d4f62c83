// Making the shards, running them, and the post between them.
#include "api/shards.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "host/keys.h"

namespace acksu {
namespace {

constexpr int look_again_ms = 20;  // whether all others have ended
constexpr std::size_t owner_burst = 64;

HostSecrets secrets_of(const HostSecrets& all, std::uint32_t shard) {
  const SipKey key = derive_key(all.key, KeyPurpose::steering);
  const auto word = [&](std::uint64_t which) {
    const std::array<std::uint64_t, 3> words{shard, which, all.seed};
    return siphash_2_4(key, words);
  };
  return {{word(1), word(2)}, word(3)};
}

Steering steering_of(const ShardsSettings& settings) {
  return {derive_key(settings.secrets.key, KeyPurpose::steering),
          settings.count,
          {settings.host.first_ephemeral_port, settings.host.last_ephemeral_port}};
}

HostSettings host_of(const ShardsSettings& settings, std::uint32_t shard,
                     std::uint32_t max_split_bytes) {
  HostSettings host = settings.host;
  host.shard = ShardSettings{shard, steering_of(settings)};
  host.links[0].max_split_bytes = max_split_bytes;
  return host;
}

}  // namespace

// What a shard's frames are made of, and the device that they come and go by, if it has one.
struct Shards::WayOut {
  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  std::unique_ptr<os::Wire> device{};
};

// Brings what others say, and takes part in the end of all: an application beside the shard's own.
class Shards::Post final : public Application {
 public:
  Post(Shards& all, Shard& shard) : all_(all), shard_(shard) {}

  void start(Host&, Instant) override {}
  void on_event(Host&, const SocketEvent&, Instant) override {}
  Instant deadline() const override { return has_message() ? Instant::min() : never; }
  void on_time(Host& host, Instant now) override {
    for (std::uint32_t from = 0; from < all_.count(); ++from) {
      while (shard_.hear_) {
        const std::optional<ShardMessage> message = all_.mailbox(from, shard_.number()).pop();
        if (!message) break;
        shard_.hear_(host, *message, now);
      }
    }
  }
  void stop(Host&, Instant) override { all_.stop(); }
  bool is_done() const override { return all_.done_ == all_.count(); }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Post>(*this); }

  // Between two rounds of the loop.
  void look_around(os::EventLoop& loop, const Application& application) {
    if (all_.is_stopping_ && !has_stopped_) {
      has_stopped_ = true;
      loop.stop();
    }
    if (!application.is_done() || is_counted_) return;
    is_counted_ = true;
    if (++all_.done_ == all_.count()) all_.lines_->ring_all();
  }

 private:
  bool has_message() const {
    if (!shard_.hear_) return false;
    for (std::uint32_t from = 0; from < all_.count(); ++from) {
      if (!all_.mailbox(from, shard_.number()).is_empty()) return true;
    }
    return false;
  }

  Shards& all_;
  Shard& shard_;
  bool has_stopped_ = false;
  bool is_counted_ = false;
};

struct Shards::Member {
  Member(Shards& all, const ShardsSettings& settings, const os::ShardWire::Place& place, WayOut way)
      : pool(std::move(way.pool)),
        wire(place, std::move(way.device), pool),
        host(host_of(settings, place.number, wire.max_split_bytes()),
             secrets_of(settings.secrets, place.number), pool),
        loop(host, settings.loop),
        shard(all, place.number),
        post(all, shard) {
    loop.attach(wire);
  }

  std::shared_ptr<BufferPool> pool;
  os::ShardWire wire;
  Host host;
  os::EventLoop loop;
  Shard shard;
  Post post;
  std::unique_ptr<Application> application;
  os::Ending ending = os::Ending::done;
};

std::uint32_t Shard::count() const { return all_.count(); }

bool Shard::send(std::uint32_t to, ShardMessage message) {
  ACKSU_ASSERT(to < count());
  message.from = number_;
  if (!all_.mailbox(number_, to).push(message)) return false;
  all_.lines_->bell(to).ring();
  return true;
}

Shards::Shards(const ShardsSettings& settings, const OpenQueue& open)
    : mailboxes_(settings.count * settings.count) {
  ACKSU_ASSERT(settings.count >= 1 && settings.count <= most_shards);
  std::vector<WayOut> ways(settings.count);
  for (std::uint32_t shard = 0; shard < settings.count; ++shard) {
    ways[shard].device = open(shard, ways[shard].pool);
  }
  const auto has_device = [](const WayOut& way) { return way.device != nullptr; };
  const bool has_each = std::ranges::all_of(ways, has_device);
  ACKSU_ASSERT(has_each || (has_device(ways[0]) && std::ranges::count_if(ways, has_device) == 1));
  lines_ = std::make_unique<os::ShardLines>(settings.count, has_each);
  const std::uint32_t max_split_bytes = ways[0].device->max_split_bytes();
  for (std::uint32_t shard = 0; shard < settings.count; ++shard) {
    const os::ShardWire::Place place{*lines_, shard, steering_of(settings),
                                     settings.host.links.at(0).kind, max_split_bytes};
    members_.push_back(std::make_unique<Member>(*this, settings, place, std::move(ways[shard])));
  }
}

Shards::~Shards() = default;

os::Ending Shards::run(const MakeApplication& make) {
  for (const auto& member : members_) {
    member->application = make(member->shard);
    member->loop.add(*member->application);
    member->loop.add(member->post);
    member->loop.after_round(
        [each = member.get()] { each->post.look_around(each->loop, *each->application); });
  }
  running_ = count();
  std::vector<std::thread> threads;
  for (std::uint32_t shard = 1; shard < count(); ++shard) {
    threads.emplace_back([this, shard] { run(*members_[shard]); });
  }
  run(*members_[0]);
  if (!lines_->has_device_each()) carry_until_all_ended(*members_[0]);
  for (std::thread& thread : threads) thread.join();
  os::Ending worst = os::Ending::done;
  for (const auto& member : members_) {
    worst = std::max(worst, member->ending);
    if (failure_.empty()) failure_ = member->loop.failure();
  }
  return worst;
}

// One that ends by itself has failed or was asked to stop: so do all.
void Shards::run(Member& member) {
  member.ending = member.loop.run();
  if (member.ending != os::Ending::done) stop();
  if (--running_ == 0) lines_->bell(0).ring();
}

// The others say goodbye by the first one's device.
void Shards::carry_until_all_ended(Member& owner) {
  std::vector<Frame> unheard;
  while (running_ > 0 && owner.wire.failure().empty()) {
    pollfd waited{.fd = owner.wire.descriptor(), .events = POLLIN, .revents = 0};
    ::poll(&waited, 1, look_again_ms);
    owner.wire.receive(unheard, owner_burst);
    unheard.clear();
  }
}

void Shards::stop() {
  if (!is_stopping_.exchange(true)) lines_->ring_all();
}

const Host& Shards::host(std::uint32_t shard) const { return members_[shard]->host; }
const os::ShardWire& Shards::wire(std::uint32_t shard) const { return members_[shard]->wire; }
Application& Shards::application(std::uint32_t shard) { return *members_[shard]->application; }

}  // namespace acksu
