// One direction of one connection, as it was seen at one place: what a plot draws. Sequence numbers
// count from the initial one, so that a SYN is 0 and the first byte of text 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "tcp/observer.h"

namespace acksu::trace {

// From where it was seen.
enum class Vantage : std::uint8_t {
  capture,   // packets only, somewhere on the way
  sender,    // by the end that sends the text, from inside
  receiver,  // by the other end
};

struct SentText {
  Instant at{};
  std::int64_t seq = 0;
  std::uint32_t bytes = 0;
  std::int64_t end() const { return seq + bytes; }
};
// At the place where it was seen, text before it, or behind it, had passed already: it was sent
// again; on the way it may also be late.
struct RepeatedText {
  SentText text;
  std::string cause;  // "fast recovery"; empty: not known
};
struct SeenAck {
  Instant at{};
  std::int64_t ack = 0;
  std::int64_t edge = 0;  // of the window it offers
};
struct SeenSack {
  Instant at{};
  std::int64_t start = 0, end = 0;
  bool is_duplicate = false;  // text that had arrived before (RFC 2883)
};
struct Mark {
  enum class Kind : std::uint8_t {
    syn,
    fin,
    rst,
    probe  // nothing new, to be answered: of a closed window, or to keep a connection alive
  };
  Instant at{};
  std::int64_t seq = 0;
  Kind kind = Kind::syn;
};
struct WindowPoint {
  Instant at{};
  std::uint32_t cwnd = 0, ssthresh = 0, in_flight = 0;  // bytes
};
struct RttPoint {
  Instant at{};
  Duration sample{}, srtt{}, rto{};  // zero: not known
};
struct LimitPoint {
  Instant at{};
  tcp::LimitedBy reason = tcp::LimitedBy::nothing_to_send;
};

// Each list is in the order of time.
struct Flow {
  FourTuple tuple;  // local: the end that sends the text
  std::string place;
  Vantage vantage = Vantage::capture;
  Instant began{};           // of the connection
  std::int64_t highest = 0;  // behind all text
  std::uint64_t text_bytes = 0, repeated_bytes = 0, repeated_segments = 0, segments = 0;

  std::vector<SentText> text;  // each byte the first time
  std::vector<RepeatedText> repeated;
  std::vector<SeenAck> acks;
  std::vector<SeenSack> sacks;
  std::vector<Mark> marks;
  std::vector<WindowPoint> windows;
  std::vector<RttPoint> rtts;
  std::vector<LimitPoint> limits;

  Instant last() const;  // when the last segment or ACK was seen
};

}  // namespace acksu::trace
