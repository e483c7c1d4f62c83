// One end of a PPP line (RFC 1661): octets of the line in, packets of IP out, and frames for the
// line out. Joins LCP, IPCP and IPV6CP; keeps the line alive by echoes, notices one that loops
// back, and tries again after a while when it failed. Sans-I/O: the time is handed in, and it can
// be copied.
//
//   IN    next_arrival(stream, now), or next_packet(stream, now)   until it gives nothing
//   OUT   next_frame()               frames of the protocols; those of packets: framing(),
//   may_send() TIME  deadline(), on_time(now) CALL  open(now), close(now), next_news()
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "host/ppp_layer.h"
#include "host/ppp_options.h"
#include "wire/ppp_frame.h"

namespace acksu {

struct PppNews {
  enum class Kind : std::uint8_t { ipv4_up, ipv4_down, ipv6_up, ipv6_down, failed };
  enum class Failure : std::uint8_t {
    none,
    no_answer,             // or no agreement
    ended_by_peer,         // a Terminate-Request
    wants_authentication,  // and we have nothing to show
    looped_back,           // we hear ourselves
    dead,                  // echoes were not answered
    no_ipv4,               // the line is up, but the peer refuses or ends IPCP
    no_address,            // IPCP is up, and neither end knows an address for us
  };
  Kind kind = Kind::failed;
  Failure failure = Failure::none;
  std::uint16_t mtu = 0;  // of packets that the peer takes
  IpAddress local{};      // of IPv6: link-local addresses
  IpAddress remote{};     // any: it was not told
  std::vector<IpAddress> name_servers{};
  bool operator==(const PppNews&) const = default;
};
const char* name(PppNews::Failure failure);

class PppSession {
 public:
  PppSession(const PppSettings& settings, SipKey key);

  // ---- CALL
  void open(Instant now);
  // Ends in order (Terminate-Request).
  void close(Instant now);

  // ---- IN: reads on in `stream`. What is given is good until the next call. A packet's protocol
  // is PppProtocol::ipv4 or ipv6. What was dropped is counted.
  struct Arrival {
    Bytes frame;  // between its flags, without escapes and checksum; empty: it was not intact
    Drop drop = Drop::none;
    std::optional<wire::PppFrame> packet;  // of IP; else it was for the session, who has taken it
  };
  std::optional<Arrival> next_arrival(Bytes& stream, Instant now);
  std::optional<wire::PppFrame> next_packet(Bytes& stream, Instant now);

  // ---- OUT
  std::optional<std::vector<std::uint8_t>> next_frame();
  bool has_frame() const { return !to_send_.empty(); }
  // How packets are framed, and whether the peer takes any of that protocol.
  const wire::PppFraming& framing() const { return lcp_options_.framing(); }
  bool may_send(std::uint16_t protocol) const;
  // Nothing is left to say after close().
  bool is_closed() const {
    return lcp_.state() == PppState::initial || lcp_.state() == PppState::closed;
  }
  std::optional<PppNews> next_news();

  // ---- TIME
  Instant deadline() const;
  void on_time(Instant now);

  const PppLayer& lcp() const { return lcp_; }
  const PppLayer& ipcp() const { return ipcp_; }
  const PppLayer& ipv6cp() const { return ipv6cp_; }
  const DropCounters& refused() const { return refused_; }
  // What was refused since it was asked for last; null: nothing.
  std::optional<DropCounters> take_refused();
  void digest(Digest& digest) const;

 private:
  void refuse(Drop drop);
  Drop take(const wire::PppFrame& frame, Instant now);
  Drop take_control(const wire::PppFrame& frame, PppLayer& layer, PppNegotiator& options,
                    Instant now);
  Drop take_link(const wire::PppControl& packet, Instant now);
  void take_protocol_reject(std::uint16_t protocol, Instant now);
  void reject_protocol(const wire::PppFrame& frame);
  // After anything that may have moved a layer.
  void follow(Instant now);
  void follow_lcp(PppLayer::News news, Instant now);
  void fail(PppNews::Failure failure, Instant now);
  void collect(PppLayer& layer, std::uint16_t protocol);
  void tell_ipv4(PppLayer::News news);
  void tell_ipv6(PppLayer::News news);
  void send_echo(Instant now);
  void for_network(PppEvent event, Instant now);

  PppSettings settings_;
  LcpOptions lcp_options_;
  IpcpOptions ipcp_options_;
  Ipv6cpOptions ipv6cp_options_;
  PppLayer lcp_;
  PppLayer ipcp_;
  PppLayer ipv6cp_;
  wire::PppDeframer deframer_;
  Instant echo_due_ = never;
  Instant retry_due_ = never;
  unsigned silent_echoes_ = 0;
  bool is_wanted_ = false;
  bool is_looped_ = false;  // an echo of ours came back
  bool was_ended_ = false;  // by the peer
  std::deque<std::vector<std::uint8_t>> to_send_;
  std::deque<PppNews> news_;
  DropCounters refused_;
  bool has_refused_ = false;
};

}  // namespace acksu
