// What one ACK says has arrived, cumulatively or by SACK: gathered piece by piece while the
// scoreboard is marked, for those who judge losses by it (RFC 8985 6.2).
#pragma once

#include <cstdint>
#include <optional>

#include "base/seq.h"
#include "base/time.h"

namespace acksu::tcp {

// One sending of one piece of text, as RFC 8985 orders them: by time, then by sequence number.
struct Transmission {
  Instant at{};
  Seq end;
};
constexpr bool is_later(const Transmission& a, const Transmission& b) {
  return a.at > b.at || (a.at == b.at && is_after(a.end, b.end));
}

class Delivery {
 public:
  // A piece that had not been reported before.
  void add(const Transmission& last, std::uint32_t bytes, bool was_sent_again, bool was_lost) {
    bytes_ += bytes;
    ++pieces_;
    std::optional<Transmission>& latest = was_sent_again ? latest_again_ : latest_once_;
    if (!latest || is_later(last, *latest)) latest = last;
    if (!highest_ || is_after(last.end, *highest_)) highest_ = last.end;
    if (was_sent_again) return;
    if (!lowest_once_ || is_before(last.end, *lowest_once_)) lowest_once_ = last.end;
    is_loss_refuted_ |= was_lost;
  }

  std::uint32_t bytes() const { return bytes_; }  // of sequence space
  std::uint32_t pieces() const { return pieces_; }
  // The latest transmissions that arrived, of pieces sent once and of others. Which transmission of
  // the latter it was, the ACK does not tell.
  const std::optional<Transmission>& latest_once() const { return latest_once_; }
  const std::optional<Transmission>& latest_again() const { return latest_again_; }
  // The lowest end of a piece sent once, and the highest of all.
  const std::optional<Seq>& lowest_once() const { return lowest_once_; }
  const std::optional<Seq>& highest() const { return highest_; }
  // Something believed lost and never sent again was there.
  bool is_loss_refuted() const { return is_loss_refuted_; }

 private:
  std::optional<Transmission> latest_once_, latest_again_;
  std::optional<Seq> lowest_once_, highest_;
  std::uint32_t bytes_ = 0, pieces_ = 0;
  bool is_loss_refuted_ = false;
};

}  // namespace acksu::tcp
