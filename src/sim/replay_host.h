// The host that plays a recorded end: its settings, the packets that its peer sends it, with their
// numbers made to fit, and what it says.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "host/host.h"
#include "sim/replay.h"
#include "sim/replay_script.h"

namespace acksu::sim {

// Settings of an end that offers what that one has offered.
HostSettings settings_like(const RecordedFlow& flow, End end, HostSettings settings);

class ReplayHost {
 public:
  ReplayHost(const RecordedFlow& flow, End end, const HostSettings& settings);

  // Plays all of it, and what follows in a moment more.
  void play(const ReplayScript& script, Duration more);
  // Of our end, in the order of time; numbers as they were sent.
  const std::vector<ReplayedSegment>& said() const { return said_; }
  std::optional<Seq> isn() const { return isn_; }
  std::uint64_t early_acks() const { return early_acks_; }
  std::uint64_t unsettled() const { return unsettled_; }

 private:
  Instant own_time(Instant recorded) const { return recorded - shift_; }
  void advance_to(Instant until);
  void take(const ReplayStep& step);
  void call_what_waits();
  bool call(const ReplayStep& step);
  void write_rest();
  void arrive(const RecordedSegment& recorded);
  void absorb(Segment& segment, Bytes text, std::uint8_t dscp_ecn);
  void repeat_early_ack();
  void fit(Segment& segment);
  void fit_ack(Segment& segment);
  void fit_sacks(SackBlocks& blocks) const;
  std::uint32_t fitted_echo(std::uint32_t echo) const;
  void settle();
  void serve_application();
  bool emit();
  void hear(const Frame& frame);

  const RecordedFlow& flow_;
  Endpoint own_, peer_;
  std::shared_ptr<BufferPool> pool_;
  Host host_;
  Duration shift_{};  // from our time to that of the capture
  Instant now_{};
  Handle listener_, connection_;
  std::vector<const ReplayStep*> waiting_;  // calls that cannot be made yet
  std::vector<std::uint8_t> rest_;          // written, and not yet taken
  bool may_write_ = true;
  bool has_nagle_ = true;
  std::vector<Frame> frames_;
  std::vector<ReplayedSegment> said_;
  std::optional<Seq> isn_, recorded_isn_;
  Seq nxt_;                                    // behind all that was said
  std::optional<Seq> early_ack_;               // of what had not been said yet
  Segment last_of_peer_;                       // without text; stands behind it
  std::map<std::uint32_t, Instant> clock_;     // when the recorded end has stamped what
  std::optional<std::uint32_t> stamp_offset_;  // of our clock
  std::uint64_t early_acks_ = 0;
  std::uint64_t unsettled_ = 0;  // moments that ended before all was said
};

}  // namespace acksu::sim
