// MSG_ZEROCOPY: memory that a program lends to a send, and is told by its error queue to have back.
// acksu copies all text, and says so (SO_EE_CODE_ZEROCOPY_COPIED); as on Linux it says it when the
// peer has acknowledged the text.
#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr std::size_t most_loans = 4096;  // that are out; beyond it the last two count as one

}  // namespace

void Sockets::note_loan(Description& description, const Transfer& transfer,
                        const Outcome& outcome) {
  const bool is_lent = description.options.lends_memory && (transfer.flags & MSG_ZEROCOPY) != 0;
  if (!is_lent || !outcome.is_over() || outcome.value <= 0) return;
  const std::optional<tcp::Info> info = host_->info(description.handle);
  if (!info) return;
  Lending& lending = description.lending ? *description.lending : description.lending.make();
  const std::uint64_t end = info->bytes_acked + info->snd.queued_bytes;
  const std::uint32_t number = lending.next++;
  if (lending.lent.size() == most_loans) {
    lending.lent.back().last = number;
    lending.lent.back().end = end;
  } else {
    lending.lent.push_back({number, number, end});
  }
}

// What has come back since; next to what came back before it as one.
void Sockets::follow_loans(Description& description) {
  if (!description.lending || description.lending->lent.empty()) return;
  const std::optional<tcp::Info> info = host_->info(description.handle);
  std::deque<Loan>& lent = description.lending->lent;
  ErrorQueue& reports = description.reports.make();
  const bool is_over = !info || info->state == tcp::State::closed;
  while (!lent.empty() && (is_over || info->bytes_acked >= lent.front().end)) {
    const Loan loan = lent.front();
    lent.pop_front();
    const bool follows_loan =
        !reports.empty() && reports.back().kind == StreamReport::Kind::returned_loans;
    if (follows_loan && reports.back().data + 1 == loan.first) {
      reports.back().data = loan.last;
    } else {
      reports.push_back({StreamReport::Kind::returned_loans, loan.first, loan.last, {}});
    }
  }
}

}  // namespace acksu::posix
