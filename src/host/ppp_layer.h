// One control protocol of PPP at one end: follows the automaton (ppp_table.h) with its timer and
// counters (RFC 1661 section 4), and says what is to be sent. What options mean is known to its
// negotiator, which it is given with each call, so that both stay values.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "base/drop.h"
#include "base/time.h"
#include "host/ppp_settings.h"
#include "host/ppp_table.h"
#include "wire/ppp_control.h"

namespace acksu {

class PppNegotiator {
 public:
  struct Judgement {
    enum class Verdict : std::uint8_t { ack, nak, reject } verdict = Verdict::ack;
    wire::PppOption better{};  // of a nak
  };

  virtual ~PppNegotiator() = default;
  // Forgets what was agreed.
  virtual void begin() = 0;
  // What we ask for now.
  virtual std::vector<wire::PppOption> wishes() const = 0;
  // What we say to an option that the peer asks for.
  virtual Judgement judge(const wire::PppOption& option) = 0;
  // The peer has got all it asked for.
  virtual void grant(const std::vector<wire::PppOption>& options) = 0;
  // The peer wants another value of an option of ours, or does not want it at all.
  virtual void take_nak(const wire::PppOption& option) = 0;
  virtual void take_reject(std::uint8_t type) = 0;
};

class PppLayer {
 public:
  enum class News : std::uint8_t { up, down, finished };

  PppLayer(std::uint16_t protocol, const PppTimes& times) : protocol_(protocol), times_(times) {}

  // What the owner does to it: up, down, open, close, or a reject that it heard of.
  void step(PppEvent event, PppNegotiator& negotiator, Instant now);
  // A packet with a code up to Code-Reject. Drops: ppp_wrong_answer, ppp_unexpected.
  Drop take(const wire::PppControl& packet, PppNegotiator& negotiator, Instant now);
  // One with a code that is not known; `packet` is all of it.
  void take_unknown(Bytes packet, PppNegotiator& negotiator, Instant now);

  std::optional<std::vector<std::uint8_t>> next_packet();
  std::optional<News> next_news();

  Instant deadline() const { return due_; }
  void on_time(PppNegotiator& negotiator, Instant now);

  PppState state() const { return state_; }
  bool is_open() const { return state_ == PppState::opened; }
  std::uint8_t next_id() { return ++last_id_; }
  void send(const wire::PppControl& packet);
  void digest(Digest& digest) const;

 private:
  bool is_answer(const wire::PppControl& packet) const;
  PppEvent judge(const wire::PppControl& request, PppNegotiator& negotiator);
  void learn(const wire::PppControl& answer, PppNegotiator& negotiator);
  void act(PppStep step, PppNegotiator& negotiator);
  void set_counter(PppStep step);
  void send_request(const PppNegotiator& negotiator);

  std::uint16_t protocol_;
  PppTimes times_;
  PppState state_ = PppState::initial;
  Instant due_ = never;
  unsigned tries_left_ = 0;
  unsigned naks_sent_ = 0;
  unsigned naks_taken_ = 0;
  std::uint8_t last_id_ = 0;
  bool awaits_answer_ = false;          // to `request_`
  wire::PppControl request_;            // our last one
  wire::PppControl reply_;              // to the peer's packet that is being taken
  std::vector<std::uint8_t> rejected_;  // the same, when its code is not known
  std::deque<std::vector<std::uint8_t>> to_send_;
  std::deque<News> news_;
};

}  // namespace acksu
