// MSG_ZEROCOPY: memory that a program lends to a send, and is told by its error queue to have back.
// acksu copies all text, and says so (SO_EE_CODE_ZEROCOPY_COPIED); as on Linux it says it when the
// peer has acknowledged the text.
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>

#include "api/posix_control.h"
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

// What has come back since, next to what came back before it as one.
void Sockets::follow_loans(Description& description) {
  if (!description.lending || description.lending->lent.empty()) return;
  const std::optional<tcp::Info> info = host_->info(description.handle);
  Lending& lending = *description.lending;
  const bool is_over = !info || info->state == tcp::State::closed;
  while (!lending.lent.empty() && (is_over || info->bytes_acked >= lending.lent.front().end)) {
    const Loan loan = lending.lent.front();
    lending.lent.pop_front();
    if (lending.returned && lending.returned->last + 1 == loan.first) {
      lending.returned->last = loan.last;
    } else {
      lending.returned = loan;
    }
  }
}

bool Sockets::has_returned_loans(Description& description) {
  follow_loans(description);
  return description.lending && description.lending->returned;
}

Outcome Sockets::tell_returned_loans(Description& description, Transfer& transfer) {
  if (!has_returned_loans(description)) return Outcome::failed(EAGAIN);
  struct {
    sock_extended_err error;
    sockaddr_in6 nobody;
  } record{};
  record.error.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
  record.error.ee_code = SO_EE_CODE_ZEROCOPY_COPIED;
  record.error.ee_info = description.lending->returned->first;
  record.error.ee_data = description.lending->returned->last;
  description.lending->returned.reset();
  const bool is_v4 = description.family == AF_INET;
  if (transfer.control_room > 0 && is_v4) {
    struct {
      sock_extended_err error;
      sockaddr_in nobody;
    } of_v4{record.error, {}};
    put_control(transfer, IPPROTO_IP, IP_RECVERR, of_v4);
  } else if (transfer.control_room > 0) {
    put_control(transfer, IPPROTO_IPV6, IPV6_RECVERR, record);
  }
  transfer.message.msg_flags |= MSG_ERRQUEUE;
  return Outcome::of(0);
}

}  // namespace acksu::posix
