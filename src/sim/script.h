// The language of TCP tests: a host of acksu, a peer that says what the script says, and an
// application that does what the script says, in virtual time.
//
//   Script s{"the peer closes first: CLOSE-WAIT, LAST-ACK, CLOSED"};
//   s.peer(syn(0).win(32792).mss(1000));   s.expect(syn_ack(0).ack(1).mss(1460));
//   s.peer(pure_ack(1).seq(1));            s.expect_state(State::established);
//   s.after(10ms);
//   s.peer(fin(1).ack(1));                 s.expect(pure_ack(2));   s.app.reads_end();
//   s.app.closes();                        s.expect(fin(1).ack(2));
//   s.peer(pure_ack(2).seq(2));            s.expect_state(State::closed);   s.expect_silence();
//
// An active open:
//   Script s{"refused"};   s.app.connects();   s.expect(syn(0));
//   s.peer(rst_ack(0).ack(1));   s.app.fails(Error::connection_refused);
//
// Rules of the language
//   - Every `expect` takes exactly one segment, the oldest not yet taken. A segment that nobody
//     expected before the next `peer`, `after` or call of the application fails the script; so do
//     what a checker finds broken, and any frame that is no TCP. ARP is answered without a word.
//   - A script that has failed prints the whole dialogue once, and does nothing more.
//   - The host listens on 10.0.0.1:80, the peer is 10.0.0.2:40000, and accepted connections are
//     taken at once. `connection(n)` goes on with another one, of peer port 40000 + n.
//   - Between `hold` and `release` the host says nothing: what happens there is answered together.
//
// In tests include "sim/script_gtest.h", where Script is a Dialogue that fails a GoogleTest.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/error.h"
#include "base/time.h"
#include "host/host.h"
#include "sim/checker.h"
#include "sim/line.h"
#include "sim/packet.h"
#include "tcp/state.h"

namespace acksu::sim {

using tcp::State;
using Where = std::source_location;

inline constexpr IpAddress script_peer_address = IpAddress::v4(10, 0, 0, 2);

class Dialogue;

// The application of the host, on the connection that the script is at.
class ScriptedApplication {
 public:
  explicit ScriptedApplication(Dialogue& dialogue) : dialogue_(dialogue) {}

  void connects(Where where = Where::current());
  // With Fast Open; what is written goes with the SYN if it may.
  void connects_fast(std::uint32_t bytes, Where where = Where::current());
  // Listens anew, and lets so many in by a cookie.
  void lets_in_fast(std::uint32_t limit, Where where = Where::current());
  // The listener is closed; SYNs are refused from now on.
  void stops_listening(Where where = Where::current());
  // Only needed after `accepts_later`: takes the oldest connection.
  void accepts(Where where = Where::current());
  void accepts_later() { is_accepting_ = false; }
  // All of it is taken.
  void writes(std::uint32_t bytes, Where where = Where::current());
  // No more than `taken` of it is.
  void writes_only(std::uint32_t taken, std::uint32_t bytes, Where where = Where::current());
  void cannot_write(Error error, Where where = Where::current());
  // Exactly so many are there, and they are what the peer said.
  void reads(std::uint32_t bytes, Where where = Where::current());
  void reads_nothing(Where where = Where::current());
  void reads_end(Where where = Where::current());
  // Reading and `error_of` both say so.
  void fails(Error error, Where where = Where::current());
  void shuts_down(Where where = Where::current());
  void closes(Where where = Where::current());
  void aborts(Where where = Where::current());
  void sets(const ConnectionOptions& options, Where where = Where::current());
  // All these bits of `Readiness` were told since this was last asked.
  void is_told(std::uint8_t bits, Where where = Where::current());

 private:
  friend class Dialogue;
  std::optional<Handle> begins(const std::string& what, Where where);
  void connect(const ConnectOptions& options, Where where);
  void answers(Error error, Error expected, Where where);
  Error try_read(Handle handle, std::uint32_t& count);

  Dialogue& dialogue_;
  Handle listener_;
  bool is_accepting_ = true;
};

// The host of scripts: one link eth0 with 10.0.0.1/24. Change what the test is about.
HostSettings script_host();

class Dialogue {
 public:
  using Failure = std::function<void(const std::string& text)>;

  Dialogue(std::string title, HostSettings settings, Failure on_failure);
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;
  ~Dialogue();

  // ---- The peer
  void peer(const Line& line, Where where = Where::current());
  // All in one burst, answered together.
  void peer(std::initializer_list<Line> lines, Where where = Where::current());
  // The handshake in three lines: `first` is the peer's SYN.
  void establish(const Line& first = syn(0).win(65535).mss(1460), Where where = Where::current());
  // Goes on with connection `number`, a new one when it was not spoken of yet.
  void connection(std::uint16_t number);
  // The same ports again, with a peer's ISN so much further on.
  void begin_again(std::uint32_t isn_step);

  // ---- Expectations
  void expect(const Line& line, Where where = Where::current());
  // Exactly after `wait` from now, and nothing before.
  void expect_after(Duration wait, const Line& line, Where where = Where::current());
  void expect_silence(Where where = Where::current());
  void expect_silence_for(Duration wait, Where where = Where::current());
  // `closed`: the host knows no such connection (any more).
  void expect_state(State state, Where where = Where::current());
  // Nothing is held, after the listener was closed too.
  void expect_nothing_held(Where where = Where::current());

  // ---- Time
  void after(Duration wait, Where where = Where::current());
  void hold() { is_held_ = true; }
  void release(Where where = Where::current());

  // ---- Looking
  Instant now() const { return now_; }
  Host& host() { return host_; }
  // Of the connection that the script is at; an empty one when the host knows none.
  tcp::Info info() const;
  // The last that the host gave to anybody.
  FastOpenOption cookie() const { return cookie_; }
  bool has_failed() const { return has_failed_; }
  const std::string& transcript() const { return transcript_; }
  // Fails the script by hand.
  void fail(const std::string& text, Where where = Where::current());

  ScriptedApplication app{*this};

 private:
  friend class ScriptedApplication;

  struct Talk {  // one connection
    std::uint16_t number = 0;
    Voice voice;
    std::optional<Handle> handle;
    std::uint8_t told = 0;  // bits of Readiness
    std::uint64_t written = 0, read = 0;
  };
  struct Said {
    Instant at{};
    Segment segment;
  };

  Talk& talk() { return *talks_[current_]; }
  const Talk& talk() const { return *talks_[current_]; }
  Talk* find_talk(const Segment& segment);

  bool begins(Where where);  // of a statement that needs silence before it
  bool is_stopped(Where where);
  void settle();
  void run_until(Instant until);
  void tell_application();
  void on_event(const SocketEvent& event);
  bool accept_one();
  bool emit_some();
  void on_frame(Frame& frame);
  void check();
  void write_down(const std::string& what);
  void write_state();

  std::string title_;
  Failure on_failure_;
  Where where_ = Where::current();
  std::shared_ptr<BufferPool> pool_ = std::make_shared<BufferPool>();
  Host host_;
  Instant now_{};
  std::vector<std::unique_ptr<Talk>> talks_;
  std::size_t current_ = 0;
  std::deque<Said> said_;  // by the host, and not yet expected
  Checker checker_;
  std::string transcript_;
  State last_state_ = State::closed;
  FastOpenOption cookie_;
  bool is_held_ = false;
  bool has_failed_ = false;
};

}  // namespace acksu::sim
