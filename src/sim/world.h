// A world of hosts in virtual time, joined by cables. Everything that happens follows from the
// seed: a world is a value that can be copied, run on, rewound by keeping a copy, and compared by
// digest.
//
//   World world{4711};
//   const HostId client = world.add_host(settings), server = world.add_host(others);
//   world.connect({client, 0}, {server, 0}, CableSettings::both({.delay = 10ms, .loss = 10'000}));
//   world.install(server, std::make_unique<MyServer>());
//   const bool is_quiet = world.run_until_quiet(1h);
//
// One step is one instant: what is due is delivered, then timers fire, then applications are told,
// then everything that hosts want to say goes onto the cables.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/rng.h"
#include "base/slab.h"
#include "base/time.h"
#include "host/application.h"
#include "host/host.h"
#include "host/spreader.h"
#include "sim/cable.h"
#include "sim/switch.h"

namespace acksu::sim {

using HostId = std::uint32_t;
using CableId = std::uint32_t;
using SwitchId = std::uint32_t;

// One end of a cable: a host and its link, or a switch (whose number stands above those of hosts)
// and its port.
struct Port {
  static constexpr HostId first_switch = 0x8000'0000;

  HostId host = 0;
  LinkId link = 0;

  static constexpr Port of_switch(SwitchId id, LinkId port) { return {first_switch + id, port}; }
  constexpr bool is_of_switch() const { return host >= first_switch; }
  constexpr auto operator<=>(const Port&) const = default;
};

// Sees every frame where it leaves a host's link, and where it arrives at one.
class FrameWatcher {
 public:
  enum class Way : std::uint8_t { out, in };
  virtual ~FrameWatcher() = default;
  virtual void on_frame(Instant now, Port port, Way way, const Frame& frame) = 0;
  // A frame that left will not arrive: the cable took it and gives nothing.
  virtual void on_lost(Instant /*now*/, Port /*port*/, const Frame& /*frame*/) {}
};

class World {
 public:
  explicit World(std::uint64_t seed);
  World(const World& other);
  World(World&&) noexcept;
  World& operator=(World other) noexcept;
  ~World();

  // ---- Building
  // The host's secrets follow from the world's seed and the host's number.
  HostId add_host(HostSettings settings);
  SwitchId add_switch(SwitchSettings settings = {});
  // What stands before several hosts with one address: port 0 leads out, port 1 + N to shard N.
  SwitchId add_spreader(const Steering& steering);
  // Both links exist and have no cable yet. A link of bare packets goes to another one only, never
  // to a switch.
  CableId connect(Port a, Port b, CableSettings settings);
  // Starts with the next step.
  void install(HostId host, std::unique_ptr<Application> application);

  // ---- Running
  // Moves on to the next instant at which something is due and does all of it. False: nothing will
  // ever be due by itself, or the world has failed.
  bool step();
  // All that is due up to and at `until`; the clock then stands there. False: the world has failed.
  bool run_until(Instant until);
  // Until nothing is due any more; false when that takes longer than `limit`, or fails.
  bool run_until_quiet(Duration limit);
  // When the next step would take place; `never` when nothing is due. May be early.
  Instant next_instant() const;
  // Tells every application to end.
  void stop();
  // Of all the times at which that host's timers are due the `number`-th, counted from 1, comes
  // `by` late: as where nobody ran the host for a while. Applications' are their own.
  void delay_timer(HostId host, std::uint64_t number, Duration by);
  std::uint64_t timers_fired(HostId host) const { return nodes_[host]->timers_fired; }
  // A frame from nowhere, which arrives at that port at `at`, now or later.
  void inject(Port to, Frame frame, Instant at);

  // ---- Looking
  std::uint64_t seed() const { return seed_; }
  Instant now() const { return now_; }
  std::uint64_t events() const { return events_; }  // deliveries, timers, tellings, emissions
  std::uint32_t host_count() const { return static_cast<std::uint32_t>(nodes_.size()); }
  std::uint32_t switch_count() const { return static_cast<std::uint32_t>(switches_.size()); }
  const Switch& switch_at(SwitchId id) const { return switches_[id].device; }
  std::uint32_t cable_count() const { return static_cast<std::uint32_t>(cables_.size()); }
  // Calls made between steps are spoken about in the next one.
  Host& host(HostId id) { return nodes_[id]->host; }
  const Host& host(HostId id) const { return nodes_[id]->host; }
  Application* application(HostId id) { return nodes_[id]->application.get(); }
  const Application* application(HostId id) const { return nodes_[id]->application.get(); }
  Cable& cable(CableId id) { return cables_[id].cable; }
  const Cable& cable(CableId id) const { return cables_[id].cable; }
  const std::array<Port, 2>& ports_of(CableId id) const { return cables_[id].ports; }  // by side
  // Whether the last step touched that host.
  bool was_busy(HostId id) const { return nodes_[id]->is_busy; }
  // Why the world went no further: it did not come to an end at one instant. Empty: it has not
  // failed.
  const std::string& failure() const { return failure_; }
  BufferPool& pool() { return *pool_; }
  const BufferPool& pool() const { return *pool_; }
  // Whether copies of this world hold buffers of the same pool.
  bool is_pool_shared() const { return family_.use_count() > 1; }
  // Null: nobody looks. Not owned, not copied with the world.
  void watch(FrameWatcher* watcher) { watcher_.pointer = watcher; }
  // Of all state: hosts, applications, cables, frames under way.
  std::uint64_t digest() const;

 private:
  struct CableEnd {
    CableId cable = 0;
    Side side = Side::a;
  };
  struct Node {
    Host host;
    std::unique_ptr<Application> application;
    std::vector<std::optional<CableEnd>> ends;  // by link
    bool is_started = false;
    bool is_busy = false;
    std::uint64_t timers_fired = 0;  // times at which `host` was told that some are due
    std::uint64_t late_timer = 0;    // the number of that which comes late; 0: none
    Duration late_by{};

    Instant deadline() const;  // of the host
    std::unique_ptr<Node> clone() const;
  };
  struct CableBetween {
    Cable cable;
    std::array<Port, 2> ports;  // by side
  };
  struct SwitchNode {
    Switch device;
    std::vector<std::optional<CableEnd>> ends;  // by port
    std::optional<Spreader> spreader{};         // which then decides, and nothing is learned
  };
  struct Delivery {
    Port to;
    Frame frame;
    std::uint8_t hops = 0;  // switches that it has crossed
  };
  // A delivery's place in the queue: by time, then by the order in which it was sent.
  struct Due {
    Instant at{};
    std::uint64_t sequence = 0;
    std::uint32_t delivery = 0;  // index into deliveries_
    constexpr bool operator>(const Due& other) const {
      return at != other.at ? at > other.at : sequence > other.sequence;
    }
  };
  struct Watch {
    FrameWatcher* pointer = nullptr;
    Watch() = default;
    Watch(const Watch&) {}
    Watch& operator=(const Watch&) { return *this; }
  };

  void advance_to(Instant instant);
  void deliver();
  void deliver_burst(Port to);
  Delivery take_delivery();
  void deliver_to_switch();
  void spread(Spreader& spreader, Delivery delivery);
  void fire_timers();
  void tell_applications();
  void tell(Node& node);
  void emit();
  void emit(HostId id, LinkId link);
  std::optional<CableEnd>& end_at(Port port);
  LinkKind kind_of(Port port) const;
  void send(Port from, Frame frame, std::uint8_t hops);
  void queue(Port to, Cable::Arrival arrival, std::uint8_t hops);
  void count_event();

  std::uint64_t seed_;
  std::shared_ptr<BufferPool> pool_;    // before all that holds slices
  std::shared_ptr<const bool> family_;  // one owner a copy of this world
  Rng rng_;
  Instant now_{};
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<SwitchNode> switches_;
  std::vector<CableBetween> cables_;
  std::vector<Due> due_;  // a heap, earliest on top
  Slab<Delivery> deliveries_;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t events_at_instant_ = 0;
  std::string failure_;
  Watch watcher_;
  std::vector<Frame> burst_;              // empty between calls; kept for its room
  std::vector<Cable::Arrival> arrivals_;  // the same
  std::vector<LinkId> switch_ports_;      // the same
  std::vector<Steered> steered_;          // the same
};

}  // namespace acksu::sim
