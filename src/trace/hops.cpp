// Following packets, and choosing what belongs to a link.
#include "trace/hops.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/digest.h"

namespace acksu::trace {
namespace {

// Of all that neither a router nor a translator changes.
std::uint64_t identity_of(const FrameRecord& frame) {
  const Summary& summary = frame.summary;
  Digest digest;
  digest.add(std::uint64_t{summary.protocol} << 32 | summary.ip.identification);
  digest.add(std::uint64_t{summary.ipv6.flow_label} << 32 | summary.ip.fragment_offset_bytes);
  digest.add(std::uint64_t{summary.text_bytes});
  if (summary.kind == FrameKind::tcp) {
    digest.add(std::uint64_t{summary.tcp.seq.value()} << 32 | summary.tcp.ack.value());
    digest.add(std::uint64_t{summary.tcp.flags.bits});
  }
  if (summary.kind == FrameKind::icmp) {
    digest.add(std::uint64_t{summary.icmp_type} << 8 | summary.icmp_code);
    // An error quotes a packet, and what it quotes is translated too.
    constexpr std::uint8_t echo_request = 8, echo_reply = 0;
    if (summary.icmp_type != echo_request && summary.icmp_type != echo_reply) return digest.value();
  }
  digest.add(frame.text());
  return digest.value();
}

bool is_given_on(const Summary& arrived, const Summary& sent) {
  const bool is_answer =
      sent.tuple.local == arrived.tuple.remote && sent.tuple.remote == arrived.tuple.local;
  return sent.hops_left + 1 == arrived.hops_left && !is_answer;
}

}  // namespace

Paths::Paths(const Trace& trace)
    : before_(trace.frames.size(), nobody), after_(trace.frames.size(), nobody) {
  // What came to a host and was not given on yet.
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::deque<std::uint32_t>> waiting;
  for (const Event& event : trace.events) {
    if (const auto* arrived = std::get_if<FrameArrived>(&event.what)) {
      const FrameRecord& frame = trace.frames[arrived->frame];
      if (!frame.summary.is_ip() || frame.summary.ethernet.destination.is_group()) continue;
      waiting[{event.host, identity_of(frame)}].push_back(arrived->frame);
    }
    const auto* sent = std::get_if<FrameSent>(&event.what);
    if (sent == nullptr || !trace.frames[sent->frame].summary.is_ip()) continue;
    const FrameRecord& frame = trace.frames[sent->frame];
    const auto found = waiting.find({event.host, identity_of(frame)});
    if (found == waiting.end()) continue;
    auto& queue = found->second;
    const auto origin = std::find_if(queue.begin(), queue.end(), [&](std::uint32_t index) {
      return is_given_on(trace.frames[index].summary, frame.summary);
    });
    if (origin == queue.end()) continue;
    before_[sent->frame] = *origin;
    if (after_[*origin] == nobody) after_[*origin] = sent->frame;
    queue.erase(origin);
    if (queue.empty()) waiting.erase(found);
  }
}

std::vector<std::uint32_t> Paths::path_of(std::uint32_t frame) const {
  while (before_[frame] != nobody) frame = before_[frame];
  std::vector<std::uint32_t> path;
  for (; frame != nobody; frame = after_[frame]) path.push_back(frame);
  return path;
}

namespace {

// Copies the part of a trace that two hosts see, under new numbers.
class View {
 public:
  View(const Trace& trace, const Paths& paths, std::uint32_t left, std::uint32_t right)
      : trace_(trace), paths_(paths), new_frame_(trace.frames.size(), nobody) {
    hosts_ = {left, right};
    view_.hosts = {trace.hosts[left], trace.hosts[right]};
  }

  // A frame as the two ends saw it, of a column, with those arrivals that belong to the view.
  void keep(std::uint32_t frame, std::vector<Arrival> arrivals, const char* loss) {
    new_frame_[frame] = static_cast<std::uint32_t>(view_.frames.size());
    FrameRecord record = trace_.frames[frame];
    record.sender = column(record.sender);
    for (Arrival& arrival : arrivals) arrival.host = column(arrival.host);
    record.arrivals = std::move(arrivals);
    record.loss = loss;
    record.effects.clear();
    view_.frames.push_back(std::move(record));
  }
  // Another frame whose arrival is that of a kept one.
  void keep_as(std::uint32_t frame, std::uint32_t kept) { new_frame_[frame] = new_frame_[kept]; }

  Trace take() {
    for (const Event& event : trace_.events) {
      if (event.host == nobody) {
        view_.events.push_back(event);
      } else if (column(event.host) != nobody) {
        take(event);
      }
    }
    return std::move(view_);
  }

  std::uint32_t column(std::uint32_t host) const {
    const auto found = std::find(hosts_.begin(), hosts_.end(), host);
    return found == hosts_.end() ? nobody : static_cast<std::uint32_t>(found - hosts_.begin());
  }

 private:
  void take(const Event& event) {
    if (const auto* sent = std::get_if<FrameSent>(&event.what)) {
      const std::uint32_t index = new_frame_[sent->frame];
      if (index == nobody || view_.frames[index].sender != column(event.host)) return;
      add(event, FrameSent{index});
      tell_translation(event, paths_.before(sent->frame), sent->frame);
    } else if (const auto* arrived = std::get_if<FrameArrived>(&event.what)) {
      const std::uint32_t index = new_frame_[arrived->frame];
      const std::uint32_t position = index == nobody ? nobody : place_of(event, index);
      if (position == nobody) return;
      add(event, FrameArrived{index, position});
      tell_translation(event, arrived->frame, paths_.after(arrived->frame));
    } else {
      add(event, event.what);
    }
  }

  std::uint32_t place_of(const Event& event, std::uint32_t index) const {
    const auto& arrivals = view_.frames[index].arrivals;
    const auto found = std::find_if(arrivals.begin(), arrivals.end(), [&](const Arrival& arrival) {
      return arrival.host == column(event.host) && arrival.at == event.at;
    });
    return found == arrivals.end() ? nobody : static_cast<std::uint32_t>(found - arrivals.begin());
  }

  void add(const Event& event, What what) {
    Event copy{event.at, column(event.host), nobody, std::move(what)};
    if (event.cause != nobody && new_frame_[event.cause] != nobody) {
      copy.cause = new_frame_[event.cause];
      view_.frames[copy.cause].effects.push_back(static_cast<std::uint32_t>(view_.events.size()));
    }
    view_.events.push_back(std::move(copy));
  }

  void tell_translation(const Event& event, std::uint32_t came, std::uint32_t went) {
    if (came == nobody || went == nobody) return;
    const FourTuple& in = trace_.frames[came].summary.tuple;
    const FourTuple& out = trace_.frames[went].summary.tuple;
    Translated told;
    if (in.local != out.local) {
      told = {trace_.frames[came].summary.protocol, in.local, out.local};
    } else if (in.remote != out.remote) {
      told = {trace_.frames[came].summary.protocol, out.remote, in.remote};
    } else {
      return;
    }
    if (told_.insert({told.protocol, told.inside, told.outside}).second) add(event, told);
  }

  const Trace& trace_;
  const Paths& paths_;
  std::vector<std::uint32_t> hosts_;
  std::vector<std::uint32_t> new_frame_;
  std::set<std::tuple<std::uint8_t, Endpoint, Endpoint>> told_;
  Trace view_;
};

// What of a frame's arrivals happened there.
std::vector<Arrival> arrivals_at(const FrameRecord& frame, LinkEnd end) {
  std::vector<Arrival> found;
  for (const Arrival& arrival : frame.arrivals) {
    if (arrival.host == end.host && arrival.link == end.link) found.push_back(arrival);
  }
  return found;
}

std::set<MacAddress> macs_of(const Trace& trace, LinkEnd end) {
  std::set<MacAddress> macs;
  for (const FrameRecord& frame : trace.frames) {
    const bool is_its = frame.sender == end.host && frame.link == end.link;
    if (is_its) macs.insert(frame.summary.ethernet.source);
  }
  return macs;
}

}  // namespace

Trace link_view(const Trace& trace, const Paths& paths, LinkEnd left, LinkEnd right) {
  View view{trace, paths, left.host, right.host};
  const std::set<MacAddress> left_macs = macs_of(trace, left), right_macs = macs_of(trace, right);
  for (std::uint32_t i = 0; i < trace.frames.size(); ++i) {
    const FrameRecord& frame = trace.frames[i];
    const bool is_left = frame.sender == left.host && frame.link == left.link;
    const bool is_right = frame.sender == right.host && frame.link == right.link;
    if (!is_left && !is_right) continue;
    std::vector<Arrival> arrivals = arrivals_at(frame, is_left ? right : left);
    const MacAddress& to = frame.summary.ethernet.destination;
    // Where there are no MAC addresses, there is nobody else.
    const bool is_to_other = to.is_group() || !has_ethernet(frame.link_kind) ||
                             (is_left ? right_macs : left_macs).contains(to);
    const bool is_meant = frame.is_lost() && is_to_other;
    if (!arrivals.empty() || is_meant) view.keep(i, std::move(arrivals), frame.loss);
  }
  return view.take();
}

Trace ends_view(const Trace& trace, const Paths& paths, std::uint32_t left, std::uint32_t right) {
  View view{trace, paths, left, right};
  std::set<IpAddress> met;  // a lost packet to the other end is known by where others went
  for (const bool is_first_round : {true, false}) {
    for (std::uint32_t i = 0; i < trace.frames.size(); ++i) {
      const FrameRecord& frame = trace.frames[i];
      const bool is_end = frame.sender == left || frame.sender == right;
      if (!is_end || !frame.summary.is_ip()) continue;
      const std::uint32_t other = frame.sender == left ? right : left;
      const FrameRecord& last = trace.frames[paths.path_of(i).back()];
      std::vector<Arrival> arrivals;
      for (const Arrival& arrival : last.arrivals) {
        if (arrival.host == other) arrivals.push_back(arrival);
      }
      if (is_first_round) {
        if (!arrivals.empty()) met.insert(frame.summary.tuple.remote.address);
        continue;
      }
      const bool is_meant = last.is_lost() && met.contains(frame.summary.tuple.remote.address);
      if (arrivals.empty() && !is_meant) continue;
      view.keep(i, std::move(arrivals), last.loss);
      if (paths.path_of(i).back() != i) view.keep_as(paths.path_of(i).back(), i);
    }
  }
  return view.take();
}

}  // namespace acksu::trace
