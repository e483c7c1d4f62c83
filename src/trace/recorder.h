// Takes the streams of several hosts and joins them to one trace: a frame that leaves one host and
// reaches another is one record with a departure and its arrivals. A host that is not observed
// costs nothing. Observers must not outlive their recorder.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/observer.h"
#include "trace/event.h"
#include "trace/numbers.h"

namespace acksu::trace {

class Recorder {
 public:
  Recorder();
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // The observer to give to a host. Asked again for the same host, the same observer. Of links that
  // `links` does not tell, frames are Ethernet's.
  HostObserver* observer(std::uint32_t host, std::string name, std::string address = {},
                         std::vector<LinkKind> links = {});

  // Records only what concerns connections for which this is true, and frames of no connection.
  void keep_only(std::function<bool(const FourTuple&)> condition) { keeps_ = std::move(condition); }

  // For those who set scenes: a word in the stream; a frame that no observed host sent, as if
  // `host` had; that a frame which a host sends now does not arrive, and why (`nobody`: one that
  // whoever sent some time ago: behind a switch).
  void remark(Instant at, std::string english, std::string korean);
  void sent(Instant at, std::uint32_t host, Bytes frame);
  void lost(Instant at, std::uint32_t host, Bytes frame, const char* how);

  const Trace& trace() const { return trace_; }
  void clear();  // forgets events and frames, keeps hosts

 private:
  class Ear;
  struct Current {  // the arrival that is being judged
    std::uint32_t frame = nobody;
    std::uint32_t arrival = 0;
  };
  using Connection = std::pair<std::uint32_t, FourTuple>;  // host, its view

  void add(Instant at, std::uint32_t host, const FourTuple& tuple, What what);
  void on_sent(Instant at, std::uint32_t host, LinkId link, std::vector<std::uint8_t> bytes);
  void on_arrived(Instant at, std::uint32_t host, LinkId link, std::vector<std::uint8_t> bytes);
  void on_verdict(std::uint32_t host, Drop drop);
  void on_moved(Instant at, std::uint32_t host, const FourTuple& tuple, const tcp::Row& row);
  void on_retransmission(Instant at, std::uint32_t host, const FourTuple& tuple, const char* cause);
  // Why that segment was sent again, if that was announced; null otherwise.
  const char* take_retransmission(const Connection& connection, const Summary& summary);
  // The record that arrives: sent by another host, or by a loopback, with the same bytes.
  std::uint32_t find_departure(const Arrival& arrival, Bytes bytes) const;
  std::uint32_t find_changed(std::uint32_t host, Instant at,
                             const std::vector<std::uint8_t>& bytes) const;

  bool keeps(const FourTuple& tuple) const { return !keeps_ || keeps_(tuple); }
  bool keeps(const Summary& summary) const {
    const bool is_of_connection = summary.kind == FrameKind::tcp || summary.kind == FrameKind::udp;
    return !is_of_connection || keeps(summary.tuple);
  }

  Trace trace_;
  std::function<bool(const FourTuple&)> keeps_;
  std::vector<std::unique_ptr<Ear>> ears_;
  std::vector<Current> current_;                                   // by host
  std::map<std::uint64_t, std::vector<std::uint32_t>> by_digest_;  // frames of equal bytes
  std::map<Connection, tcp::State> states_;
  std::map<Connection, std::deque<const char*>> retransmissions_;  // announced, not yet sent
  Numbers numbers_;
  Duration shortest_way_ = forever;  // from a departure to its arrival
};

}  // namespace acksu::trace
