// recvmsg(2) with MSG_ERRQUEUE on a stream: one report a call, in the order in which they came.
#include "api/posix_error_queue.h"

#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>

#include "api/posix_control.h"
#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

// As Linux: nobody else has told it, so that no name stands behind it.
void put_record(Transfer& transfer, int family, const sock_extended_err& error) {
  struct {
    sock_extended_err error;
    sockaddr_in nobody;
  } of_v4{error, {}};
  struct {
    sock_extended_err error;
    sockaddr_in6 nobody;
  } of_v6{error, {}};
  if (family == AF_INET) {
    put_control(transfer, IPPROTO_IP, IP_RECVERR, of_v4);
  } else {
    put_control(transfer, IPPROTO_IPV6, IPV6_RECVERR, of_v6);
  }
}

sock_extended_err record_of(const StreamReport& report) {
  sock_extended_err error{};
  const bool is_stamp = report.kind == StreamReport::Kind::stamp;
  if (is_stamp) error.ee_errno = ENOMSG;
  error.ee_origin = is_stamp ? SO_EE_ORIGIN_TIMESTAMPING : SO_EE_ORIGIN_ZEROCOPY;
  if (!is_stamp) error.ee_code = SO_EE_CODE_ZEROCOPY_COPIED;
  error.ee_info = report.info;
  error.ee_data = report.data;
  return error;
}

}  // namespace

bool Sockets::has_reports(Description& description) {
  follow_stamps(description);
  follow_loans(description);
  return description.reports && !description.reports->empty();
}

Outcome Sockets::receive_report(Description& description, Transfer& transfer) {
  if (!has_reports(description)) return Outcome::failed(EAGAIN);
  const StreamReport report = description.reports->front();
  description.reports->pop_front();
  transfer.message.msg_flags |= MSG_ERRQUEUE;
  if (report.kind == StreamReport::Kind::stamp) {
    const StampOptions& stamps = description.options.stamps;
    put_time(transfer, stamps, report.time, stamps.has(stamping::software));
    // The packet that Linux tells with it is cut to nothing.
    if (!stamps.has(stamping::opt_tsonly)) transfer.message.msg_flags |= MSG_TRUNC;
  }
  put_record(transfer, description.family, record_of(report));
  return Outcome::of(0);
}

}  // namespace acksu::posix
