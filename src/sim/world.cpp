// The event queue and the order of things within one instant.
#include "sim/world.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/assert.h"

namespace acksu::sim {
namespace {

// A world that does so much without time going on will never come to an end.
constexpr std::uint64_t most_events_at_one_instant = 1'000'000;
constexpr std::size_t frames_a_turn = 64;
constexpr std::size_t turns_a_step = 64;
// IEEE 802.1D allows seven; more is a loop.
constexpr std::uint8_t most_switches_crossed = 16;

}  // namespace

World::World(std::uint64_t seed)
    : seed_(seed),
      pool_(std::make_shared<BufferPool>()),
      family_(std::make_shared<const bool>(true)),
      rng_(seed) {}

World::World(World&&) noexcept = default;
World::~World() = default;

World::World(const World& other)
    : seed_(other.seed_),
      pool_(other.pool_),
      family_(other.family_),
      rng_(other.rng_),
      now_(other.now_),
      switches_(other.switches_),
      cables_(other.cables_),
      due_(other.due_),
      deliveries_(other.deliveries_),
      next_sequence_(other.next_sequence_),
      events_(other.events_),
      events_at_instant_(other.events_at_instant_),
      failure_(other.failure_) {
  nodes_.reserve(other.nodes_.size());
  for (const auto& node : other.nodes_) nodes_.push_back(node->clone());
}

World& World::operator=(World other) noexcept {
  std::swap(seed_, other.seed_);
  std::swap(pool_, other.pool_);
  std::swap(family_, other.family_);
  std::swap(rng_, other.rng_);
  std::swap(now_, other.now_);
  std::swap(nodes_, other.nodes_);
  std::swap(switches_, other.switches_);
  std::swap(cables_, other.cables_);
  std::swap(due_, other.due_);
  std::swap(deliveries_, other.deliveries_);
  std::swap(next_sequence_, other.next_sequence_);
  std::swap(events_, other.events_);
  std::swap(events_at_instant_, other.events_at_instant_);
  std::swap(failure_, other.failure_);
  return *this;
}

std::unique_ptr<World::Node> World::Node::clone() const {
  return std::make_unique<Node>(Node{host, application ? application->clone() : nullptr, ends,
                                     is_started, is_busy, timers_fired, late_timer, late_by});
}

Instant World::Node::deadline() const {
  const Instant due = host.deadline();
  return timers_fired + 1 == late_timer ? later_by(due, late_by) : due;
}

void World::delay_timer(HostId host, std::uint64_t number, Duration by) {
  nodes_[host]->late_timer = number;
  nodes_[host]->late_by = by;
}

HostId World::add_host(HostSettings settings) {
  const std::size_t links = settings.links.size();
  Rng secrets = rng_.fork();
  const SipKey key = secrets.next_key();
  nodes_.push_back(std::make_unique<Node>(
      Node{Host{std::move(settings), HostSecrets{key, secrets.next()}, pool_},
           nullptr,
           std::vector<std::optional<CableEnd>>(links),
           false,
           false,
           0,
           0,
           {}}));
  return host_count() - 1;
}

SwitchId World::add_switch(SwitchSettings settings) {
  const std::size_t ports = settings.ports;
  switches_.push_back({Switch{std::move(settings)}, std::vector<std::optional<CableEnd>>(ports)});
  return switch_count() - 1;
}

SwitchId World::add_spreader(const Steering& steering) {
  ACKSU_ASSERT(steering.shards() < 255);
  const auto ports = static_cast<std::uint8_t>(steering.shards() + 1);
  const SwitchId id = add_switch({.name = "spreader", .ports = ports});
  switches_[id].spreader.emplace(steering, LinkKind::ethernet);
  return id;
}

std::optional<World::CableEnd>& World::end_at(Port port) {
  if (!port.is_of_switch()) return nodes_[port.host]->ends[port.link];
  return switches_[port.host - Port::first_switch].ends[port.link];
}

LinkKind World::kind_of(Port port) const {
  return port.is_of_switch() ? LinkKind::ethernet
                             : host(port.host).settings().links[port.link].kind;
}

CableId World::connect(Port a, Port b, CableSettings settings) {
  const CableId id = cable_count();
  const LinkKind kind = kind_of(a);
  ACKSU_ASSERT(has_ethernet(kind) == has_ethernet(kind_of(b)));
  cables_.push_back({Cable{std::move(settings), rng_.fork(), pool_, kind}, {a, b}});
  std::optional<CableEnd>& end_a = end_at(a);
  std::optional<CableEnd>& end_b = end_at(b);
  ACKSU_ASSERT(!end_a && !end_b && a != b);
  end_a = CableEnd{id, Side::a};
  end_b = CableEnd{id, Side::b};
  return id;
}

void World::install(HostId host, std::unique_ptr<Application> application) {
  nodes_[host]->application = std::move(application);
  nodes_[host]->is_started = false;
}

Instant World::next_instant() const {
  Instant next = due_.empty() ? never : due_.front().at;
  for (const auto& node : nodes_) {
    next = earliest(next, node->deadline());
    if (!node->application) continue;
    if (node->host.has_event()) next = now_;  // segments that left have made room
    next = node->is_started ? earliest(next, node->application->deadline()) : now_;
  }
  for (HostId id = 0; id < host_count() && next > now_; ++id) {
    for (LinkId link = 0; link < nodes_[id]->ends.size(); ++link) {
      if (nodes_[id]->host.has_output(link)) next = now_;
    }
  }
  return std::max(next, now_);
}

bool World::step() {
  const Instant instant = next_instant();
  if (instant == never || !failure_.empty()) return false;
  advance_to(instant);
  for (const auto& node : nodes_) node->is_busy = false;
  deliver();
  fire_timers();
  tell_applications();
  emit();
  return failure_.empty();
}

void World::advance_to(Instant instant) {
  if (instant > now_) events_at_instant_ = 0;
  now_ = instant;
  count_event();  // a step that does nothing counts, or it could be repeated for ever
}

bool World::run_until(Instant until) {
  while (next_instant() <= until) {
    if (!step()) return false;
  }
  now_ = std::max(now_, until);
  return failure_.empty();
}

bool World::run_until_quiet(Duration limit) {
  const Instant end = later_by(now_, limit);
  while (next_instant() <= end && next_instant() != never) {
    if (!step()) return false;
  }
  return next_instant() == never;
}

void World::stop() {
  for (const auto& node : nodes_) {
    if (!node->application || !node->is_started) continue;
    node->application->stop(node->host, now_);
    node->is_busy = true;
  }
}

void World::inject(Port to, Frame frame, Instant at) {
  queue(to, {std::max(at, now_), std::move(frame)}, 0);
}

void World::queue(Port to, Cable::Arrival arrival, std::uint8_t hops) {
  const std::uint32_t index = deliveries_.allocate(Delivery{to, std::move(arrival.frame), hops});
  due_.push_back({arrival.at, next_sequence_++, index});
  std::push_heap(due_.begin(), due_.end(), std::greater<>{});
}

// Frames for one link that are next to each other in the queue arrive as one burst.
void World::deliver() {
  while (!due_.empty() && due_.front().at <= now_ && failure_.empty()) {
    const Port to = deliveries_[due_.front().delivery].to;
    if (to.is_of_switch()) {
      deliver_to_switch();
    } else {
      deliver_burst(to);
    }
  }
}

// The earliest, which is then in the queue no more.
World::Delivery World::take_delivery() {
  const std::uint32_t index = due_.front().delivery;
  std::pop_heap(due_.begin(), due_.end(), std::greater<>{});
  due_.pop_back();
  Delivery delivery = std::move(deliveries_[index]);
  deliveries_.release(index);
  count_event();
  return delivery;
}

// A switch has no time of its own: what arrives leaves at once.
void World::deliver_to_switch() {
  Delivery delivery = take_delivery();
  SwitchNode& node = switches_[delivery.to.host - Port::first_switch];
  Switch& device = node.device;
  if (delivery.hops >= most_switches_crossed) return device.drop_looping();
  if (node.spreader) return spread(*node.spreader, std::move(delivery));
  device.absorb(delivery.to.link, delivery.frame, now_, switch_ports_);
  const auto hops = static_cast<std::uint8_t>(delivery.hops + 1);
  for (const LinkId port : switch_ports_) {
    send({delivery.to.host, port}, delivery.frame, hops);
  }
  switch_ports_.clear();
}

void World::spread(Spreader& spreader, Delivery delivery) {
  const auto hops = static_cast<std::uint8_t>(delivery.hops + 1);
  const auto send_to = [&](std::uint32_t port, Frame frame) {
    send({delivery.to.host, static_cast<LinkId>(port)}, std::move(frame), hops);
  };
  if (delivery.to.link != 0) return send_to(0, std::move(delivery.frame));
  spreader.steer(std::move(delivery.frame), steered_);
  for (Steered& each : steered_) {
    if (each.shard != Spreader::everybody) {
      send_to(1 + each.shard, std::move(each.frame));
      continue;
    }
    for (std::uint32_t i = 0; i < spreader.steering().shards(); ++i) send_to(1 + i, each.frame);
  }
  steered_.clear();
}

void World::deliver_burst(Port to) {
  while (!due_.empty() && due_.front().at <= now_) {
    if (deliveries_[due_.front().delivery].to != to) break;
    burst_.push_back(take_delivery().frame);
    if (watcher_.pointer != nullptr) {
      watcher_.pointer->on_frame(now_, to, FrameWatcher::Way::in, burst_.back());
    }
  }
  Node& node = *nodes_[to.host];
  node.is_busy = true;
  node.host.absorb(to.link, burst_, now_);
  burst_.clear();
}

void World::fire_timers() {
  for (const auto& node : nodes_) {
    if (node->deadline() <= now_) {
      count_event();
      ++node->timers_fired;
      node->is_busy = true;
      node->host.on_time(now_);
    }
    Application* application = node->application.get();
    if (application == nullptr || !node->is_started || application->deadline() > now_) continue;
    count_event();
    node->is_busy = true;
    application->on_time(node->host, now_);
  }
}

void World::tell_applications() {
  for (const auto& node : nodes_) {
    if (node->application) tell(*node);
  }
}

void World::tell(Node& node) {
  if (!node.is_started) {
    node.is_started = true;
    node.is_busy = true;
    node.application->start(node.host, now_);
  }
  while (failure_.empty()) {
    const std::optional<SocketEvent> event = node.host.next_event();
    if (!event) break;
    count_event();
    node.is_busy = true;
    node.application->on_event(node.host, *event, now_);
  }
}

void World::emit() {
  for (HostId id = 0; id < host_count(); ++id) {
    for (LinkId link = 0; link < nodes_[id]->ends.size(); ++link) emit(id, link);
  }
}

void World::emit(HostId id, LinkId link) {
  Node& node = *nodes_[id];
  for (std::size_t turn = 0; turn < turns_a_step && node.host.has_output(link); ++turn) {
    const std::size_t count = node.host.emit(link, burst_, frames_a_turn, now_);
    if (count == 0) break;
    node.is_busy = true;
    for (Frame& frame : burst_) {
      count_event();
      if (watcher_.pointer != nullptr) {
        watcher_.pointer->on_frame(now_, {id, link}, FrameWatcher::Way::out, frame);
      }
      send({id, link}, std::move(frame), 0);
    }
    burst_.clear();
  }
}

// Gives a frame to the cable at that port.
void World::send(Port from, Frame frame, std::uint8_t hops) {
  const std::optional<CableEnd> end = end_at(from);
  if (!end) return;  // a link without a cable: the frame is gone
  CableBetween& between = cables_[end->cable];
  const bool is_watched = watcher_.pointer != nullptr && !from.is_of_switch();
  const Frame seen = is_watched ? frame : Frame{};
  between.cable.send(end->side, std::move(frame), now_, arrivals_);
  if (arrivals_.empty() && is_watched) watcher_.pointer->on_lost(now_, from, seen);
  const Port to = between.ports[index_of(other(end->side))];
  for (Cable::Arrival& arrival : arrivals_) queue(to, std::move(arrival), hops);
  arrivals_.clear();
}

void World::count_event() {
  ++events_;
  if (++events_at_instant_ < most_events_at_one_instant || !failure_.empty()) return;
  failure_ =
      "livelock: " + std::to_string(events_at_instant_) + " events within one instant, and no end";
}

std::uint64_t World::digest() const {
  Digest digest;
  digest.add(seed_);
  digest.add(now_);
  rng_.digest(digest);
  for (const auto& node : nodes_) {
    node->host.digest(digest);
    digest.add(node->is_started ? 1 : 0);
    if (node->application) node->application->digest(digest);
  }
  for (const CableBetween& between : cables_) between.cable.digest(digest);
  for (const SwitchNode& node : switches_) {
    node.device.digest(digest);
    if (node.spreader) node.spreader->digest(digest);
  }

  std::vector<Due> in_order = due_;
  std::sort(in_order.begin(), in_order.end(),
            [](const Due& left, const Due& right) { return right > left; });
  for (const Due& due : in_order) {
    const Delivery& delivery = deliveries_[due.delivery];
    digest.add(due.at);
    digest.add((std::uint64_t{delivery.to.host} << 16) | std::uint64_t{delivery.hops} << 8 |
               delivery.to.link);
    digest.add(Bytes{delivery.frame.bytes.flatten()});
  }
  return digest.value();
}

}  // namespace acksu::sim
