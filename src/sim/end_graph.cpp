// Running the real code once for each state and event.
#include "sim/end_graph.h"

#include <algorithm>
#include <utility>

#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace acksu::sim {

std::uint32_t PacketBook::number_of(const Packet& packet) {
  const auto [place, is_new] = numbers_.emplace(packet, size());
  if (!is_new) return place->second;
  packets_.push_back(&place->first);
  Segment segment;
  std::uint32_t header_bytes = 0;
  const Bytes behind_ip = Bytes{packet}.subspan(wire::Ipv4Header::size);
  const Drop drop = wire::read_tcp_header(behind_ip, segment, header_bytes);
  is_reset_.push_back(drop == Drop::none && segment.has(Flags::rst));
  return place->second;
}

std::vector<Packet> PacketBook::all() const {
  std::vector<Packet> packets;
  for (const Packet* each : packets_) packets.push_back(*each);
  return packets;
}

EndGraph::EndGraph(std::uint8_t side, const ExploreSettings& settings, PacketBook& book)
    : settings_(settings),
      book_(book),
      broken_(1),
      first_(std::make_shared<ExploredEnd>(side, settings)) {
  intern(*first_, 0, {});
}

Bytes EndGraph::packet_of(EndEvent event) const {
  return event.deed == Deed::hear ? Bytes{book_[event.number]} : Bytes{};
}

// From the nearest of those that led to it and are kept.
std::shared_ptr<const ExploredEnd> EndGraph::find_end(std::uint32_t state) {
  std::vector<std::uint32_t> way;
  std::shared_ptr<const ExploredEnd> found = first_;
  for (std::uint32_t at = state; at != root; at = states_[at].parent) {
    const auto& [number, end] = kept_[at % places];
    if (end && number == at) {
      found = end;
      break;
    }
    way.push_back(at);
  }
  if (way.empty()) return found;
  auto made = std::make_shared<ExploredEnd>(*found);
  std::vector<Packet> unheard;
  for (std::size_t i = way.size(); i-- > 0;) {
    const EndEvent event = states_[way[i]].event;
    made->apply(event, packet_of(event), unheard);
  }
  kept_[state % places] = {state, made};
  return made;
}

EndGraph::Edge EndGraph::follow(std::uint32_t state, EndEvent event) {
  for (const Edge& edge : states_[state].edges) {
    if (edge.event == event) return edge;
  }
  const std::shared_ptr<const ExploredEnd> before = find_end(state);
  auto after = std::make_shared<ExploredEnd>(*before);
  Edge edge = run(*before, event, *after);
  const std::uint32_t known = size();
  edge.target = intern(*after, state, event);
  states_[state].edges.push_back(edge);
  if (edge.target == known) {
    kept_[edge.target % places] = {edge.target, std::move(after)};
  } else if (settings_.audited_one_of != 0 && met_again_++ % settings_.audited_one_of == 0) {
    audit(edge.target, *after);
  }
  return edge;
}

EndGraph::Edge EndGraph::run(const ExploredEnd& before, EndEvent event, ExploredEnd& after) {
  ++transitions_;
  std::vector<Packet> leaving;
  std::string broken = after.apply(event, packet_of(event), leaving);
  if (broken.empty()) broken = check(before, after);
  Edge edge{.event = event};
  edge.broken = note(std::move(broken));
  edge.first_packet = static_cast<std::uint32_t>(sent_.size());
  edge.packets = static_cast<std::uint16_t>(leaving.size());
  for (const Packet& each : leaving) sent_.push_back(book_.number_of(each));
  return edge;
}

std::uint32_t EndGraph::intern(const ExploredEnd& end, std::uint32_t parent, EndEvent event) {
  const auto [place, is_new] = numbers_.emplace(end.digest(), size());
  if (is_new) states_.push_back({parent, event, end.facts(), {}});
  return place->second;
}

// The promises that one end can break alone, as in every simulated world.
std::string EndGraph::check(const ExploredEnd& before, const ExploredEnd& after) const {
  Checker checker;
  const std::string& host = after.host().settings().name;
  checker.stand_at(0, after.now(), host);
  checker.check_sockets(before.sockets(), false);
  checker.check_sockets(after.sockets(), after.host().has_output(0));
  return checker.violation() ? checker.violation()->text : std::string{};
}

std::uint16_t EndGraph::note(std::string broken) {
  if (broken.empty()) return 0;
  if (broken_.size() < 0xffff) broken_.push_back(std::move(broken));
  return static_cast<std::uint16_t>(broken_.size() - 1);
}

// A state met again by another way must have the same future: all that is known of the one is done
// to the other.
void EndGraph::audit(std::uint32_t state, const ExploredEnd& end) {
  const std::vector<Edge> known = states_[state].edges;
  for (std::size_t i = 0; i < known.size(); ++i) {
    ExploredEnd after = end;
    std::vector<Packet> leaving;
    after.apply(known[i].event, packet_of(known[i].event), leaving);
    ++audited_;
    const auto place = numbers_.find(after.digest());
    bool is_same = place != numbers_.end() && place->second == known[i].target &&
                   leaving.size() == known[i].packets;
    for (std::size_t p = 0; is_same && p < leaving.size(); ++p) {
      is_same = leaving[p] == book_[sent_[known[i].first_packet + p]];
    }
    if (!is_same) {
      states_[state].edges[i].broken =
          note(std::string{"equal states of an end have different futures: "} +
               name(known[i].event.deed));
    }
  }
}

}  // namespace acksu::sim
