// One of the two machines of an exploration: a real host, the application on it, which does what it
// is told to, and its own clock, which stands still but for timers. A value: copied, run on,
// compared by digest.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/seq.h"
#include "host/host.h"
#include "sim/explore_settings.h"
#include "tcp/observer.h"

namespace acksu::sim {

// What may happen to an end.
enum class Deed : std::uint8_t {
  hear,  // a segment arrives
  timer,
  wait,
  pass,  // so many microseconds pass, as they do at the other end until its timer
  connect,
  listen,
  accept,
  write,
  read,
  shut_down,
  close,
  abort,
  close_listener,
};
inline constexpr std::size_t deed_count = 13;
const char* name(Deed deed);

// A deed and, of `hear`, which packet; of `pass`, how long.
struct EndEvent {
  Deed deed = Deed::hear;
  std::uint32_t number = 0;
  constexpr bool operator==(const EndEvent&) const = default;
};

using Packet = std::vector<std::uint8_t>;  // from the IP header on

// What an exploration has to know of a state of an end without looking into its host.
struct EndFacts {
  std::uint32_t deeds = 0;  // a bit for each that may happen now, `hear` left out
  Duration until_timer = Duration::max();
  bool is_time_out = false;  // that timer says that something is lost
  bool is_long_timer =
      false;               // TIME-WAIT, or an orphan's patience: longer than anything is under way
  bool is_open = false;    // the peer has acknowledged a SYN
  bool is_deaf = false;    // resets mean nothing to it any more, whatever happens
  bool is_over = false;    // nothing is held, and the application is gone
  bool is_broken = false;  // a connection ended by a reset, an abort or for want of answers
  bool is_harsh = false;   // the application gave the peer reason to break
  bool has_ended = false;  // it has read the peer's end
  bool is_shut = false;    // it has said that it writes no more
  bool is_left = false;    // its connection is CLOSED, and it has not let go
  std::uint32_t written = 0, read = 0, unread = 0;  // bytes
  tcp::State state = tcp::State::closed;
  bool has_numbers = false;  // the next ones are of a connection that knows both
  Seq iss, irs, una, snd_nxt, rcv_nxt;
};

class ExploredEnd {
 public:
  ExploredEnd(std::uint8_t side, const ExploreSettings& settings);

  // Does what `facts` allow, and appends the packets that leave. Empty, or what promise was broken.
  std::string apply(const EndEvent& event, Bytes packet, std::vector<Packet>& out);
  EndFacts facts() const;
  // Of two kinds, so that states that differ have the same ones by no chance worth a thought.
  std::array<std::uint64_t, 2> digest() const;
  // What the checkers of all worlds look at.
  std::vector<tcp::Info> sockets() const { return host_.sockets(); }
  const Host& host() const { return host_; }
  Host& host() { return host_; }
  Instant now() const { return now_; }

  static Endpoint endpoint(std::uint8_t side);
  // How long `wait` waits.
  static Duration wait_of(const EndFacts& facts);

 private:
  // A host that shows what decides its future, and nothing of its past.
  class OpenHost : public Host {
   public:
    using Host::Host;
    void digest_future(Digest& digest) const;
    bool holds_nothing() const;
    bool has_ready_connection() const;
  };
  struct Application {
    Handle connection, listener;
    std::uint32_t written = 0, read = 0;  // bytes
    std::uint8_t waits = 0;
    bool has_opened = false;
    bool has_accepted = false;
    bool is_shut = false;
    bool has_ended = false;
    bool is_harsh = false;
  };

  static HostSettings settings_of(std::uint8_t side, const ExploreSettings& settings);
  void open(Deed deed);
  std::string read_all();
  void write_piece();
  void let_go(Deed deed);
  void notice();
  void pass_time_since(const HostHoldings& before);
  bool may_read() const;
  void find_timer(EndFacts& facts) const;
  std::uint32_t application_deeds() const;
  std::uint32_t connection_deeds() const;
  bool was_broken() const;
  void digest(Digest& digest) const;

  std::shared_ptr<BufferPool> pool_;
  ExploreSettings settings_;
  std::uint8_t side_;
  Instant now_;
  OpenHost host_;
  Application application_;
};

}  // namespace acksu::sim
