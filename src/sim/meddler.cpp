// Waiting for the state, and what is done then.
#include "sim/meddler.h"

#include <optional>
#include <utility>

#include "sim/packet.h"
#include "sim/words.h"

namespace acksu::sim {
namespace {

using tcp::State;

constexpr CableId the_cable = 0;
constexpr std::uint32_t far_beyond = 1u << 30;

void inject_forgery(const Meddler& meddler, const tcp::Info& info, World& world) {
  const HostId peer = 1 - meddler.host;
  TcpPacket packet;
  packet.source_mac = world.host(peer).settings().links[0].mac;
  packet.destination_mac = world.host(meddler.host).settings().links[0].mac;
  packet.source = info.tuple.remote.address;
  packet.destination = info.tuple.local.address;
  packet.segment = forged(info, meddler.meddling);
  world.inject({meddler.host, 0}, make_frame(packet, world.pool()), world.now());
}

// Quotes the oldest segment that is not acknowledged, or one that never was.
void inject_unreachable(const Meddler& meddler, const tcp::Info& info, World& world) {
  TcpPacket packet;
  packet.source_mac = world.host(meddler.host).settings().links[0].mac;
  packet.destination_mac = world.host(1 - meddler.host).settings().links[0].mac;
  packet.source = info.tuple.local.address;
  packet.destination = info.tuple.remote.address;
  packet.segment.source_port = info.tuple.local.port;
  packet.segment.destination_port = info.tuple.remote.port;
  packet.segment.seq = info.snd.una;
  world.inject({meddler.host, 0}, make_port_unreachable(packet, world.pool()), world.now());
}

bool act(Meddler& meddler, const tcp::Info& info, World& world) {
  Host& host = world.host(meddler.host);
  auto& traffic = static_cast<Traffic&>(*world.application(meddler.host));
  switch (meddler.meddling) {
    case Meddling::abort: return traffic.abort(host, info.tuple, world.now());
    case Meddling::close: return traffic.close(host, info.tuple, world.now());
    case Meddling::shut_down: return traffic.shut_down(host, info.tuple, world.now());
    case Meddling::cut: world.cable(the_cable).cut(true); return true;
    case Meddling::cut_a_while:
      for (const Side side : {Side::a, Side::b}) {
        const Cut cut{world.now(), world.now() + meddler.pause};
        world.cable(the_cable).direction(side).cuts.push_back(cut);
      }
      return true;
    case Meddling::unreachable: inject_unreachable(meddler, info, world); return true;
    default: inject_forgery(meddler, info, world); return true;
  }
}

}  // namespace

const char* name(Meddling meddling) {
  switch (meddling) {
    case Meddling::reset: return "forges a reset";
    case Meddling::reset_in_window: return "forges a reset inside the window";
    case Meddling::reset_elsewhere: return "forges a reset outside the window";
    case Meddling::syn: return "forges a SYN inside the window";
    case Meddling::newer_syn: return "forges a SYN beyond the window";
    case Meddling::old_ack: return "forges an old ACK";
    case Meddling::ack_of_unsent: return "forges an ACK of what was not sent";
    case Meddling::unreachable: return "says by ICMP that the port is unreachable";
    case Meddling::abort: return "makes the application abort";
    case Meddling::close: return "makes the application close";
    case Meddling::shut_down: return "makes the application shut down";
    case Meddling::cut: return "cuts the cable for good";
    case Meddling::cut_a_while: return "cuts the cable for a while";
  }
  return "";
}

bool is_harmless(Meddling meddling, tcp::State state) {
  if (state == State::syn_sent || state == State::syn_received || state == State::time_wait) {
    return false;
  }
  return meddling != Meddling::reset && meddling < Meddling::abort;
}

std::string to_string(const Meddler& meddler) {
  std::string text = std::string{name(meddler.meddling)} + " when host " +
                     std::to_string(meddler.host) + " is in " + name(meddler.state);
  if (meddler.patience > 0) text += " for " + std::to_string(meddler.patience) + " steps";
  if (meddler.meddling == Meddling::cut_a_while) text += " (" + to_text(meddler.pause) + ")";
  return text;
}

Segment forged(const tcp::Info& info, Meddling meddling) {
  Segment segment;
  segment.source_port = info.tuple.remote.port;
  segment.destination_port = info.tuple.local.port;
  segment.seq = info.rcv.nxt;
  segment.ack = info.snd.nxt;
  segment.window = 1000;
  const bool is_in_syn_sent = info.state == State::syn_sent;
  switch (meddling) {
    case Meddling::reset:
      segment.flags.set(Flags::rst);
      // In SYN-SENT a reset counts when it acknowledges the SYN (RFC 9293 3.10.7.3).
      if (is_in_syn_sent) segment.flags.set(Flags::ack);
      break;
    case Meddling::reset_in_window:
      segment.flags.set(Flags::rst);
      segment.seq += info.rcv.wnd > 1 ? info.rcv.wnd / 2 : far_beyond;
      break;
    case Meddling::reset_elsewhere:
      segment.flags.set(Flags::rst);
      segment.seq += far_beyond;
      break;
    case Meddling::syn: segment.flags.set(Flags::syn); break;
    case Meddling::newer_syn:
      segment.flags.set(Flags::syn);
      segment.seq += far_beyond;
      break;
    case Meddling::old_ack:
      segment.flags.set(Flags::ack);
      segment.ack = info.snd.una - far_beyond;
      break;
    default:
      segment.flags.set(Flags::ack);
      segment.ack = info.snd.nxt + 1000;
      break;
  }
  return segment;
}

void meddle(Meddler& meddler, World& world) {
  if (meddler.is_done || meddler.tried_at == world.now()) return;
  for (const tcp::Info& info : world.host(meddler.host).sockets()) {
    if (info.state != meddler.state) continue;
    if (meddler.seen++ < meddler.patience) return;
    meddler.tried_at = world.now();
    meddler.is_done = act(meddler, info, world);
    return;
  }
}

}  // namespace acksu::sim
