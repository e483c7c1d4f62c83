// An application for simulated hosts that does what it is told with connections: opens and accepts
// them, writes and reads in pieces of chosen sizes and at chosen times, ends them in every way
// there is. What it writes can be told from anything else: byte i of a stream is a function of the
// stream's tag and i, and the first bytes are the tag itself, so a reader knows what must follow.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/time.h"
#include "host/application.h"
#include "host/host.h"

namespace acksu::sim {

// Eight bytes at word `index` of the stream with that tag; word 0 is the tag.
std::uint64_t stream_word(std::uint64_t tag, std::uint64_t index);
// Fills `to` with the stream's bytes from `offset` on.
void fill_stream(std::uint64_t tag, std::uint64_t offset, MutableBytes to);

enum class Ending : std::uint8_t {
  shut_down,         // FIN after the last byte; closes when the peer has ended too
  after_peer,        // reads until the peer's end, and only then writes, then closes
  close_at_once,     // closes after the last byte is written, whatever is still to be read
  close_when_acked,  // closes when all was acknowledged
  abort_when_done,   // aborts after the last byte is written
  abort_at_byte,     // aborts when so many bytes were written or read; else as shut_down
};
inline constexpr std::size_t ending_count = 6;
const char* name(Ending ending);

// What one end of a connection does.
struct Plan {
  std::uint64_t bytes = 1000;  // to write
  std::uint32_t write_chunk = 16384;
  std::uint32_t read_chunk = 16384;
  Duration write_pause{};     // between two writes; none: as fast as it can
  Duration read_pause{};      // between two reads
  Duration reads_after{};     // it does not read sooner after it began
  Duration ends_after{};      // it does not shut down, close or abort sooner
  Duration close_pause{};     // between the last thing to do and close
  bool writes_early = false;  // before the handshake is done
  bool opens_fast = false;    // with Fast Open, as far as a cookie is known
  bool shares_text = false;   // writes and reads without copies
  Ending ending = Ending::shut_down;
  std::uint64_t abort_at = 0;  // bytes, for `abort_at_byte`
  Duration patience = 2h;      // then it aborts what has not ended by itself
  ConnectionOptions options;
  // Once it has read so many bytes its receive buffer gets a new size.
  std::uint64_t resize_at = never_resized;
  std::uint32_t new_receive_buffer = 0;

  static constexpr std::uint64_t never_resized = ~0ull;
};
std::string to_string(const Plan& plan);

struct Opening {
  Instant at{};
  Endpoint remote;
  std::optional<Endpoint> local;
  Plan plan;
};

struct TrafficSettings {
  std::uint64_t tag = 1;  // different for each application of a world
  std::optional<Endpoint> listen;
  std::uint32_t backlog = 0;
  std::uint32_t fast_open_limit = 0;
  Duration accept_pause{};        // between "can be accepted" and accept
  std::vector<Plan> accepted;     // the plans of accepted connections, in turn
  std::vector<Opening> openings;  // by rising time
};

// One end of a connection and how it went.
struct Exchange {
  Plan plan;
  Handle handle;
  FourTuple tuple;
  Instant began{};
  Instant write_at = never;  // when there is something to write and may be room
  Instant read_at = never;   // when there may be something to read
  Instant end_at = never;    // until then it does not end; `never` once that has passed
  Instant close_at = never;  // when all is done
  Instant last_write{}, last_read{};
  std::uint64_t tag = 0;  // of what this end writes
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  std::uint64_t read_tag = 0;   // as far as its bytes have been read
  std::uint64_t broken_at = 0;  // first wrong byte, counted from 1; 0: all right
  Error error = Error::none;    // why it failed
  bool is_active = false;
  bool is_connected = false;
  bool is_shut_down = false;
  bool has_peer_ended = false;  // read to the peer's FIN
  bool has_failed = false;      // so it was told: what is still to be read is read
  bool is_all_acked = false;
  bool is_over = false;  // the handle was given up
  bool has_aborted = false;
  bool was_impatient = false;
};

class Traffic final : public Application {
 public:
  explicit Traffic(TrafficSettings settings) : settings_(std::move(settings)) {}

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override;
  void on_time(Host& host, Instant now) override;
  // Stops listening and opening; open connections go on by their plans.
  void stop(Host& host, Instant now) override;
  bool is_done() const override;
  std::unique_ptr<Application> clone() const override { return std::make_unique<Traffic>(*this); }
  void digest(Digest& digest) const override;

  const TrafficSettings& settings() const { return settings_; }
  const std::vector<Exchange>& exchanges() const { return exchanges_; }
  std::uint32_t failed_openings() const { return failed_openings_; }

  // For those who meddle: what a program may do at any moment with the connection of that tuple.
  // False: it has none, or gave it up.
  bool abort(Host& host, const FourTuple& tuple, Instant now);
  bool close(Host& host, const FourTuple& tuple, Instant now);
  bool shut_down(Host& host, const FourTuple& tuple, Instant now);

 private:
  void open_due(Host& host, Instant now);
  void open(Host& host, const Opening& opening, Instant now);
  void accept_all(Host& host, Instant now);
  void begin(Host& host, Exchange exchange, Instant now);
  Exchange* find(const FourTuple& tuple);

  void on_readiness(Exchange& exchange, Readiness readiness, Instant now);
  void go_on(Host& host, Exchange& exchange, Instant now);
  void read_some(Host& host, Exchange& exchange, Instant now);
  void write_some(Host& host, Exchange& exchange, Instant now);
  // traffic_text.cpp
  static Result<std::uint32_t> write_part(Host& host, const Exchange& exchange, Instant now);
  static Result<std::uint32_t> read_part(Host& host, Exchange& exchange, Instant now);
  void end_if_done(Host& host, Exchange& exchange, Instant now);
  void resize_if_due(Host& host, Exchange& exchange, Instant now);
  void give_up(Host& host, Exchange& exchange, Instant now);

  TrafficSettings settings_;
  Handle listener_;
  Instant accept_at_ = never;
  std::size_t next_opening_ = 0;
  std::size_t accepted_ = 0;
  std::vector<Exchange> exchanges_;
  std::uint32_t failed_openings_ = 0;
};

}  // namespace acksu::sim
