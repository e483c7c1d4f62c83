// Time stamps: what is to be told of each send and each arrival, noted beside the stream. The host
// keeps none: what has been sent, acknowledged and received is looked at after it has moved.
#include "api/posix_stamps.h"

#include <sys/time.h>
#include <time.h>

#include <linux/errqueue.h>

#include <algorithm>
#include <array>

#include "api/posix_control.h"
#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr std::size_t most_awaited = 4096;  // beyond it the last two count as one
constexpr std::size_t most_arrived = 4096;  // as those
constexpr std::size_t most_reports = 1024;  // not taken; what comes then is not told

// As Linux has them whatever the C library does.
struct NewTimeval {
  std::int64_t tv_sec, tv_usec;
};
struct NewTimespec {
  std::int64_t tv_sec, tv_nsec;
};

template <class Timespec>
Timespec timespec_at(Instant time) {
  constexpr std::int64_t second = 1'000'000'000;
  using Seconds = decltype(Timespec::tv_sec);
  using Rest = decltype(Timespec::tv_nsec);
  return {static_cast<Seconds>(nanoseconds(time) / second),
          static_cast<Rest>(nanoseconds(time) % second)};
}

template <class Timeval>
Timeval timeval_at(Instant time) {
  const auto precise = timespec_at<NewTimespec>(time);
  return {static_cast<decltype(Timeval::tv_sec)>(precise.tv_sec),
          static_cast<decltype(Timeval::tv_usec)>(precise.tv_nsec / 1000)};
}

// SCM_TIMESTAMP, SCM_TIMESTAMPNS.
void put_one_time(Transfer& transfer, const StampOptions& options, Instant time) {
  if (options.in_nanoseconds && options.is_new) {
    put_control(transfer, SOL_SOCKET, SO_TIMESTAMPNS_NEW, timespec_at<NewTimespec>(time));
  } else if (options.in_nanoseconds) {
    put_control(transfer, SOL_SOCKET, SO_TIMESTAMPNS_OLD, timespec_at<timespec>(time));
  } else if (options.is_new) {
    put_control(transfer, SOL_SOCKET, SO_TIMESTAMP_NEW, timeval_at<NewTimeval>(time));
  } else {
    put_control(transfer, SOL_SOCKET, SO_TIMESTAMP_OLD, timeval_at<timeval>(time));
  }
}

// What is to be told of one send; nothing: its control messages are not good. As Linux: of
// SOL_SOCKET only what it knows, of other levels anything.
std::optional<std::uint32_t> wanted_of(const StampOptions& options, const msghdr& message) {
  std::uint32_t wanted = options.flags;
  if (message.msg_control == nullptr) return wanted;
  const auto* const begin = static_cast<const std::uint8_t*>(message.msg_control);
  std::size_t length = 0;
  for (Bytes rest{begin, message.msg_controllen}; rest.size() >= sizeof(cmsghdr);
       rest = rest.subspan(std::min(CMSG_ALIGN(length), rest.size()))) {
    cmsghdr header;
    std::memcpy(&header, rest.data(), sizeof header);
    length = header.cmsg_len;
    if (length < CMSG_LEN(0) || length > rest.size()) return std::nullopt;
    if (header.cmsg_level != SOL_SOCKET) continue;
    const bool is_known =
        header.cmsg_type == SO_TIMESTAMPING_OLD || header.cmsg_type == SO_TIMESTAMPING_NEW;
    std::uint32_t given = 0;
    if (!is_known || length != CMSG_LEN(sizeof given)) return std::nullopt;
    std::memcpy(&given, rest.data() + CMSG_LEN(0), sizeof given);
    if ((given & ~stamping::of_one_send) != 0) return std::nullopt;
    wanted = (wanted & ~stamping::of_one_send) | given;
  }
  return wanted;
}

std::uint64_t written_bytes(const tcp::Info& info) {
  const bool has_fin = info.snd.is_closed && info.snd.queued_bytes > 0;
  return info.bytes_acked + info.snd.queued_bytes - (has_fin ? 1u : 0u);
}

}  // namespace

// ---- Options ------------------------------------------------------------------------------------

// Errno, or 0.
int Sockets::set_stamping(Description& description, bool is_new, std::uint32_t flags) {
  const auto has = [flags](std::uint32_t flag) { return (flags & flag) != 0; };
  if (has(~stamping::all)) return EINVAL;
  if (has(stamping::opt_id_tcp) && !has(stamping::opt_id)) return EINVAL;
  StampOptions& options = description.options.stamps;
  const bool begins_to_count = has(stamping::opt_id) && !options.has(stamping::opt_id);
  if (begins_to_count && description.is_stream()) {
    const tcp::State state = standing(description).state;
    if (state == tcp::State::closed) return EINVAL;
    const std::optional<tcp::Info> info = host_->info(description.handle);
    std::uint64_t first = has(stamping::opt_id_tcp) ? written_bytes(*info) : info->bytes_acked;
    // As Linux: our SYN, as long as it is not acknowledged, is counted as an octet.
    const bool counts_syn = !standing(description).may_send && !has(stamping::opt_id_tcp);
    if (counts_syn) --first;
    description.stamps.make().first = first;
  }
  if (has(stamping::opt_stats)) return EINVAL;
  if (has(stamping::bind_phc)) return EOPNOTSUPP;
  options.flags = flags;
  options.is_new = is_new;
  return 0;
}

// Looks at what arrives from now on, if it is to be told and was not so far.
void Sockets::watch_arrivals(Description& description, std::uint64_t received) {
  const bool is_wanted = description.is_stream() && description.options.stamps.wants_arrivals();
  if (!is_wanted && !description.stamps) return;
  Stamps& stamps = description.stamps.make();
  if (stamps.hears_arrivals == is_wanted) return;
  stamps.hears_arrivals = is_wanted;
  stamps.arrived.clear();
  stamps.from = stamps.seen = received;
  if (is_wanted) stamped_.insert(description.number);
}

// ---- Out ----------------------------------------------------------------------------------------

bool Sockets::has_good_controls(const Description& description, const Transfer& transfer) {
  return wanted_of(description.options.stamps, transfer.message).has_value();
}

void Sockets::note_stamp(Description& description, const Transfer& transfer,
                         const Outcome& outcome) {
  const std::uint32_t wanted =
      wanted_of(description.options.stamps, transfer.message).value_or(0) & stamping::told_of_sends;
  if (wanted == 0 || !outcome.is_over() || outcome.value <= 0) return;
  const std::optional<tcp::Info> info = host_->info(description.handle);
  if (!info) return;
  Stamps& stamps = description.stamps.make();
  const AwaitedStamp stamp{written_bytes(*info), wanted};
  const bool is_full = stamps.awaited.size() == most_awaited;
  if (is_full && stamps.sent < most_awaited) {
    stamps.awaited.back() = stamp;
  } else if (!is_full) {
    stamps.awaited.push_back(stamp);
  }
  stamped_.insert(description.number);
}

void Sockets::report_stamp(Description& description, int which, std::uint64_t end, Instant time) {
  ErrorQueue& reports = description.reports.make();
  if (reports.size() >= most_reports) return;
  StreamReport report{StreamReport::Kind::stamp, static_cast<std::uint32_t>(which), 0, time};
  if (description.options.stamps.has(stamping::opt_id)) {
    report.data = static_cast<std::uint32_t>(end - 1 - description.stamps->first);
  }
  reports.push_back(report);
}

// What has left and what was acknowledged since, in that order.
bool Sockets::follow_sends(Description& description, const tcp::Info& info) {
  Stamps& stamps = *description.stamps;
  bool has_news = false;
  const std::uint64_t sent = written_bytes(info) - info.snd.unsent_bytes;
  for (; stamps.sent < stamps.awaited.size(); ++stamps.sent) {
    const AwaitedStamp& each = stamps.awaited[stamps.sent];
    if (each.end > sent) break;
    const auto tell = [&](std::uint32_t flag, int which) {
      if ((each.wanted & flag) == 0) return;
      report_stamp(description, which, each.end, info.snd.last_sent);
      has_news = true;
    };
    tell(stamping::tx_sched, SCM_TSTAMP_SCHED);
    tell(stamping::tx_software, SCM_TSTAMP_SND);
  }
  while (stamps.sent > 0 && stamps.awaited.front().end <= info.bytes_acked) {
    const AwaitedStamp acked = stamps.awaited.front();
    stamps.awaited.pop_front();
    --stamps.sent;
    if ((acked.wanted & stamping::tx_ack) == 0) continue;
    report_stamp(description, SCM_TSTAMP_ACK, acked.end, info.last_heard);
    has_news = true;
  }
  if (info.state == tcp::State::closed) {
    stamps.awaited.clear();  // what is left never will
    stamps.sent = 0;
  }
  return has_news;
}

// ---- In -----------------------------------------------------------------------------------------

void Sockets::follow_arrivals(Stamps& stamps, const tcp::Info& info) {
  if (!stamps.hears_arrivals || info.bytes_received <= stamps.seen) return;
  stamps.seen = info.bytes_received;
  const ArrivedText news{stamps.seen, info.last_heard};
  if (stamps.arrived.size() == most_arrived) {
    stamps.arrived.back() = news;
  } else {
    stamps.arrived.push_back(news);
  }
}

// When the last of what a call has read arrived.
void Sockets::tell_arrival(Description& description, Transfer& transfer) {
  if (!description.stamps || !description.stamps->hears_arrivals || transfer.done == 0) return;
  follow_stamps(description);
  Stamps& stamps = *description.stamps;
  const bool is_peeking = (transfer.flags & MSG_PEEK) != 0;
  std::uint64_t reach = stamps.seen - standing(description).unread_bytes;
  if (is_peeking) reach += transfer.done + transfer.hole;
  if (reach <= stamps.from) return;
  const auto last = std::find_if(stamps.arrived.begin(), stamps.arrived.end(),
                                 [&](const ArrivedText& each) { return each.end >= reach; });
  if (last == stamps.arrived.end()) return;
  const StampOptions& options = description.options.stamps;
  put_time(transfer, options, last->time, options.tells_arrivals_in_full());
  if (is_peeking) return;
  stamps.arrived.erase(stamps.arrived.begin(), last->end == reach ? last + 1 : last);
}

void put_time(Transfer& transfer, const StampOptions& options, Instant time, bool in_full) {
  if (options.tells_arrival) put_one_time(transfer, options, time);
  if (!in_full) return;
  // Software's, none, and hardware's.
  if (options.is_new) {
    const std::array<NewTimespec, 3> times{timespec_at<NewTimespec>(time)};
    put_control(transfer, SOL_SOCKET, SO_TIMESTAMPING_NEW, times);
  } else {
    const std::array<timespec, 3> times{timespec_at<timespec>(time)};
    put_control(transfer, SOL_SOCKET, SO_TIMESTAMPING_OLD, times);
  }
}

// ---- Following ----------------------------------------------------------------------------------

bool Sockets::follow_stamps(Description& description) {
  if (!description.stamps || !description.handle) return false;
  const std::optional<tcp::Info> info = host_->info(description.handle);
  if (!info) return false;
  follow_arrivals(*description.stamps, *info);
  const bool has_news = follow_sends(description, *info);
  follow_loans(description);
  if (has_news) wake(description.number, EPOLLERR);
  return has_news;
}

bool Sockets::follow_stamps() {
  bool has_news = false;
  for (auto each = stamped_.begin(); each != stamped_.end();) {
    Description* const description = find(*each);
    const bool has_stamps = description != nullptr && description->stamps && description->handle;
    if (has_stamps && follow_stamps(*description)) has_news = true;
    const bool waits = has_stamps && (description->stamps->hears_arrivals ||
                                      !description->stamps->awaited.empty());
    each = waits ? std::next(each) : stamped_.erase(each);
  }
  return has_news;
}

}  // namespace acksu::posix
