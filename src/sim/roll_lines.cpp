// A roll as people read it: what differs from the defaults.
#include <string>
#include <vector>

#include "sim/roll.h"
#include "sim/swarm.h"
#include "sim/words.h"

namespace acksu::sim {
namespace {

// Collects "name value" where a value is not the default.
class Differences {
 public:
  template <class Value>
  void add(const char* what, Value value, Value usual) {
    if (value != usual) put(what, text_of(value));
  }
  void put(const char* what, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + std::string{what} + " " + value;
  }
  std::string text() const { return text_.empty() ? "nothing special" : text_; }

 private:
  static std::string text_of(bool value) { return value ? "on" : "off"; }
  static std::string text_of(tcp::BufferSize value) {
    const std::string most = value.grows() ? " to " + std::to_string(value.most) : "";
    return std::to_string(value.first) + most;
  }
  static std::string text_of(Duration value) { return to_text(value); }
  static std::string text_of(tcp::CongestionAlgorithm value) { return tcp::name(value); }
  template <class Number>
  static std::string text_of(Number value) {
    return std::to_string(value);
  }

  std::string text_;
};

void add_tcp(Differences& text, const tcp::Settings& tcp) {
  const tcp::Settings usual;
  text.add("receive buffer", tcp.receive_buffer, usual.receive_buffer);
  text.add("send buffer", tcp.send_buffer, usual.send_buffer);
  text.add("unsent at most", tcp.notsent_lowat_bytes, usual.notsent_lowat_bytes);
  text.add("out-of-order pieces", tcp.max_out_of_order_pieces, usual.max_out_of_order_pieces);
  text.add("initial window", tcp.initial_window_segments, usual.initial_window_segments);
  text.add("congestion control", tcp.congestion, usual.congestion);
  text.add("pacing", tcp.pacing, usual.pacing);
  text.add("ECN", static_cast<std::uint32_t>(tcp.ecn), static_cast<std::uint32_t>(usual.ecn));
  text.add("window scaling", tcp.window_scaling, usual.window_scaling);
  text.add("timestamps", tcp.timestamps, usual.timestamps);
  text.add("SACK", tcp.sack, usual.sack);
  text.add("Nagle", tcp.nagle, usual.nagle);
  text.add("min RTO", tcp.min_rto, usual.min_rto);
  text.add("delayed ACK", tcp.delayed_ack, usual.delayed_ack);
  text.add("quick ACKs", tcp.quick_acks, usual.quick_acks);
  text.add("MSL", tcp.msl, usual.msl);
  text.add("FIN-WAIT-2", tcp.fin_wait_2, usual.fin_wait_2);
  text.add("keep-alive idle", tcp.keepalive_idle, usual.keepalive_idle);
  text.add("keep-alive interval", tcp.keepalive_interval, usual.keepalive_interval);
  text.add("R2", tcp.r2, usual.r2);
  text.add("R2 of SYN", tcp.r2_syn, usual.r2_syn);
  text.add("R2 of orphans", tcp.r2_orphan, usual.r2_orphan);
  text.add("half-open", tcp.max_half_open, usual.max_half_open);
  text.add("TIME-WAITs", tcp.max_time_wait, usual.max_time_wait);
  text.add("cookies", tcp.syn_cookies, usual.syn_cookies);
  text.add("SYN+ACK retries", tcp.syn_ack_retries, usual.syn_ack_retries);
  text.add("tells user timeout", tcp.tells_user_timeout, usual.tells_user_timeout);
  text.add("Fast Open keys", tcp.fast_open_key_life, usual.fast_open_key_life);
  text.add("Fast Open pause", tcp.fast_open_pause, usual.fast_open_pause);
  text.add("Fast Open cookies", tcp.max_fast_open_cookies, usual.max_fast_open_cookies);
}

std::string host_line(const HostSettings& host) {
  const HostSettings usual;
  Differences text;
  text.add("MTU", host.links[0].mtu, LinkSettings{}.mtu);
  add_tcp(text, host.tcp);
  text.add("splits", host.links[0].max_split_bytes, LinkSettings{}.max_split_bytes);
  text.add("last ephemeral port", host.last_ephemeral_port, usual.last_ephemeral_port);
  text.add("memory", host.max_memory_bytes, usual.max_memory_bytes);
  text.add("replies", host.max_replies, usual.max_replies);
  return host.name + ": " + text.text();
}

std::string direction_line(const DirectionSettings& direction, bool is_to_server) {
  const DirectionSettings usual;
  Differences text;
  text.put("delay", to_text(direction.delay));
  text.add("jitter", direction.jitter, usual.jitter);
  text.add("bit/s", direction.rate, usual.rate);
  text.add("queue", direction.queue_bytes, usual.queue_bytes);
  text.add("CoDel", direction.has_codel, usual.has_codel);
  text.add("marks", direction.has_ecn, usual.has_ecn);
  text.add("loss ppm", direction.loss, usual.loss);
  text.add("bursts ppm", direction.bursts.enter, usual.bursts.enter);
  if (direction.bursts.is_on()) text.add("ending ppm", direction.bursts.leave, 0u);
  text.add("reorder ppm", direction.reorder, usual.reorder);
  if (direction.reorder > 0) text.put("by", to_text(direction.reorder_delay));
  text.add("duplicate ppm", direction.duplicate, usual.duplicate);
  if (direction.duplicate > 0) text.add("late by", direction.duplicate_delay, Duration::zero());
  text.add("corrupt ppm", direction.corrupt, usual.corrupt);
  for (const Cut& cut : direction.cuts) {
    text.put("cut", to_text(cut.from) + " to " + to_text(cut.to));
  }
  return std::string{is_to_server ? "towards the server: " : "towards the client: "} + text.text();
}

std::string features_line(const std::vector<bool>& features) {
  std::string text;
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (features[i]) text += (text.empty() ? "with " : ", ") + std::string{feature_name(i)};
  }
  return text.empty() ? "without any feature" : text;
}

}  // namespace

std::vector<std::string> Roll::lines() const {
  std::vector<std::string> lines;
  lines.push_back(std::string{name(kind)} + (is_gentle ? ", gentle" : "") +
                  (is_copied ? ", copied halfway" : "") + ", " + name(family) +
                  (topology.has_v4 && topology.has_v6 ? " of both" : "") +
                  (topology.tries_addresses ? ", addresses are tried first" : ""));
  if (!features.empty()) lines.push_back(features_line(features));
  lines.push_back(describe(topology));
  for (const HostSettings& host : hosts) lines.push_back(host_line(host));
  for (std::size_t i = 0; i < topology.networks.size(); ++i) {
    const Network& network = topology.networks[i];
    const std::string where = "network " + std::to_string(i);
    const std::string mtu = topology.is_routed() ? ", MTU " + std::to_string(network.mtu) : "";
    lines.push_back(where + mtu + ", " + direction_line(network.cable.directions[0], true));
    lines.push_back(where + ", " + direction_line(network.cable.directions[1], false));
  }
  for (std::size_t id = 0; id < hosts.size(); ++id) {
    for (const Opening& opening : traffic[id].openings) {
      lines.push_back(hosts[id].name + " opens " + to_string(opening.remote) + " at " +
                      to_text(opening.at) + ": " + to_string(opening.plan));
    }
    if (traffic[id].fast_open_limit > 0) {
      lines.push_back(hosts[id].name + " lets in fast: at most " +
                      std::to_string(traffic[id].fast_open_limit) + " at a time");
    }
    for (const Plan& plan : traffic[id].accepted) {
      lines.push_back(hosts[id].name + " accepts: " + to_string(plan));
    }
  }
  for (const Meddler& meddler : meddlers) lines.push_back("somebody " + to_string(meddler));
  return lines;
}

}  // namespace acksu::sim
