// One end of a measurement of TCP: streams of octets, many at once, one way or both. Nothing is
// negotiated: every sink of octets (RFC 863, nc) and every source can be the other end.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "api/load.h"
#include "base/result.h"
#include "host/application.h"

namespace acksu {

class StreamLoad : public Application {
 public:
  StreamLoad(const LoadSettings& settings, TellLoad tell);

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override;
  void on_time(Host& host, Instant now) override;
  // Ends the run as if its time were over; who listens stops to listen.
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return !listener_ && streams_.empty(); }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<StreamLoad>(*this);
  }

  // Of the first stream that failed, or of listening.
  Error error() const { return error_; }
  // How many began, in all runs.
  std::uint32_t streams() const { return made_; }

 private:
  struct Stream {
    StreamFigures figures;
    std::uint64_t written = 0;
    bool is_shut_down = false;  // all that it sends was written
    bool is_acked = false;      // and has arrived
    bool is_ended = false;      // the peer has closed its side
  };
  using Streams = std::map<Handle, Stream>;

  void accept_all(Host& host, Instant now);
  void add(Host& host, Handle socket, Instant now);
  void begin_run(Instant now);
  void serve(Host& host, Streams::iterator stream, Instant now);
  bool read_all(Host& host, Handle socket, Stream& stream, Instant now);
  Result<std::uint32_t> read_part(Host& host, Handle socket, Instant now) const;
  // What follows what was written, at most so much.
  Result<std::uint32_t> write_part(Host& host, Streams::iterator stream, std::uint64_t most,
                                   Instant now) const;
  void write_some(Host& host, Streams::iterator stream, Instant now);
  bool is_over(const Stream& stream) const;
  void note(const Host& host, Handle socket, Stream& stream) const;
  void forget(Host& host, Streams::iterator stream, Instant now, bool is_broken);
  void end_time(Host& host, Instant now);
  void end_run_if_over(Host& host, Instant now);
  std::vector<StreamFigures> figures(const Host& host);

  LoadSettings settings_;
  LoadMeter meter_;
  std::shared_ptr<const std::vector<std::uint8_t>> text_;
  // The same in a block of the host's pool, which lives as long: without copies.
  std::shared_ptr<BufferPool> pool_;
  Slice shared_text_;
  Handle listener_;
  Streams streams_;
  std::vector<StreamFigures> ended_;  // streams of this run that are over
  std::uint32_t made_ = 0;
  bool is_time_over_ = false;
  Instant end_ = never;      // of what this end sends or hears
  Instant give_up_ = never;  // waiting for the peer to close
  Error error_ = Error::none;
};

}  // namespace acksu
