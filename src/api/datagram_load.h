// One end of a measurement of UDP: datagrams at a rate, numbered and stamped as those of iperf 2,
// so that it or acksu can be the other end. Who hears them counts losses, late ones and jitter, and
// tells who sent them at the end.
// The other way round (the listener sends) is acksu's own: a peer asks for datagrams, and has to
// show that it is where it says before it gets any (nobody can have them sent to somebody else).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "api/load.h"
#include "base/siphash.h"
#include "host/application.h"
#include "host/socket.h"

namespace acksu {

class DatagramLoad : public Application {
 public:
  static constexpr std::uint32_t min_datagram_bytes = 64;

  DatagramLoad(const LoadSettings& settings, TellLoad tell);

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override;
  void on_time(Host& host, Instant now) override;
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return sockets_.empty(); }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<DatagramLoad>(*this);
  }

  Error error() const { return error_; }
  std::uint32_t streams() const { return made_; }

 private:
  struct Key {
    Handle socket;
    Endpoint remote;
    auto operator<=>(const Key&) const = default;
  };
  struct Stream {
    StreamFigures figures;
    bool sends = false;
    bool is_over = false;  // and told so
    Instant heard{};       // from the peer, last
    // Sending.
    Instant next = never;        // when the next datagram, or question, is due
    std::uint32_t attempts = 0;  // to ask, or to say that this was all
    std::uint64_t token = 0;     // what the other end knows us by
    // Hearing.
    std::int64_t expected = 0;  // number
    Duration transit{};         // of the last one; only differences mean something
  };
  using Streams = std::map<Key, Stream>;

  void take_all(Host& host, Handle socket, Instant now);
  void give_up(Handle socket, Error error);
  void take(Host& host, const Key& from, Bytes datagram, Instant now);
  void take_request(Host& host, const Key& from, Bytes datagram, Instant now);
  void count(Stream& stream, Bytes datagram, Instant now);
  void take_answer(Stream& stream, Bytes datagram);
  void answer(Host& host, const Key& to, const Stream& stream, Instant now);
  void ask(Host& host, const Key& to, Stream& stream, Instant now);
  void send_due(Host& host, const Key& to, Stream& stream, Instant now);
  void send_one(Host& host, const Key& to, Stream& stream, Instant now);
  void on_time_of(Host& host, const Key& key, Stream& stream, Instant now);
  void say_end(Host& host, const Key& to, Stream& stream, Instant now);
  Streams::iterator find_or_add(const Key& key, Instant now);
  void begin_run(Instant now);
  void end_run_if_over(Host& host, Instant now);
  bool is_all_sent(const Stream& stream, Instant now) const;
  std::uint64_t token_of(const Endpoint& remote) const;
  std::vector<StreamFigures> figures() const;

  LoadSettings settings_;
  LoadMeter meter_;
  std::vector<Handle> sockets_;
  Streams streams_;
  SipKey key_{};
  Duration gap_;                    // between two datagrams
  std::vector<std::uint8_t> text_;  // of the next one
  std::uint32_t made_ = 0;
  Instant end_ = never;
  Error error_ = Error::none;
};

}  // namespace acksu
