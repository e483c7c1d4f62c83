// Numbers mapped both ways, and the rules by which packets find their conversation.
#include "packetdrill/conversation.h"

#include <netinet/in.h>

#include "base/bytes.h"

namespace acksu::packetdrill {
namespace {

void shift_blocks(TcpOptions& options, std::uint32_t offset) {
  for (TcpOption& option : options) {
    if (option.kind != TcpOption::sack) continue;
    for (std::size_t at = 0; at + 4 <= option.data.size(); at += 4) {
      store_be32(&option.data[at], load_be32(&option.data[at]) + offset);
    }
  }
}

template <class Options>
auto* stamps_of(Options& options) {
  for (auto& option : options) {
    if (option.kind == TcpOption::timestamps && option.data.size() == 8) return &option;
  }
  return static_cast<decltype(&options[0])>(nullptr);
}

}  // namespace

std::optional<PacketLine> Conversation::to_wire(PacketLine line, bool scales_stamps) const {
  if (auto* icmp = std::get_if<IcmpLine>(&line.content)) {
    icmp->quote.seq += local_offset(false);
    return line;
  }
  auto* tcp = std::get_if<TcpLine>(&line.content);
  if (tcp == nullptr) return line;
  const bool is_syn = tcp->flags.has(Flags::syn), has_ack = tcp->flags.has(Flags::ack);
  tcp->seq += remote_offset(is_syn);
  if (has_ack) tcp->ack += local_offset(is_syn);
  shift_blocks(*tcp->options, local_offset(is_syn));
  TcpOption* const stamps = stamps_of(*tcp->options);
  if (stamps == nullptr || !has_ack) return line;
  const std::uint32_t echo = load_be32(&stamps->data[4]);
  if (const auto known = stamps_.find(echo); known != stamps_.end()) {
    store_be32(&stamps->data[4], known->second);
  } else if (scales_stamps && first_script_stamp_) {
    store_be32(&stamps->data[4], echo - *first_script_stamp_ + first_stamp_);
  } else {
    return std::nullopt;
  }
  return line;
}

PacketLine Conversation::to_script(PacketLine line) const {
  if (auto* icmp = std::get_if<IcmpLine>(&line.content)) {
    icmp->quote.seq -= remote_offset(false);
    return line;
  }
  auto* tcp = std::get_if<TcpLine>(&line.content);
  if (tcp == nullptr) return line;
  const bool is_syn = tcp->flags.has(Flags::syn);
  tcp->seq -= local_offset(is_syn);
  if (tcp->flags.has(Flags::ack)) tcp->ack -= remote_offset(is_syn);
  shift_blocks(*tcp->options, 0u - remote_offset(is_syn));
  return line;
}

void Conversation::take_from_peer(const TcpLine& line) {
  const bool has_ack = line.flags.has(Flags::ack);
  if (phase == Phase::answered && has_ack) phase = Phase::speaking;
  // Also a SYN that crosses ours (RFC 9293 3.5, simultaneous open).
  const bool is_answer = phase == Phase::asking && line.flags.has(Flags::syn);
  if (!is_answer) return;
  remote_isn_ = line.seq;
  if (has_ack) phase = Phase::speaking;
}

void Conversation::take_from_host(const TcpLine& expected, const TcpLine& actual_on_wire) {
  const bool is_syn = expected.flags.has(Flags::syn) && actual_on_wire.flags.has(Flags::syn);
  if (phase != Phase::spoken_to || !is_syn || !expected.flags.has(Flags::ack)) return;
  script_local_isn_ = expected.seq;
  local_isn_ = actual_on_wire.seq;
  phase = Phase::answered;
}

void Conversation::learn_stamps(const TcpOptions& expected, const TcpOptions& actual_on_wire) {
  const TcpOption* const script = stamps_of(expected);
  const TcpOption* const actual = stamps_of(actual_on_wire);
  if (script == nullptr || actual == nullptr) return;
  const std::uint32_t called = load_be32(script->data.data()), is = load_be32(actual->data.data());
  stamps_[called] = is;
  if (first_script_stamp_) return;
  first_script_stamp_ = called;
  first_stamp_ = is;
}

void Conversation::count_stamps(TcpOptions& options) const {
  TcpOption* const stamps = stamps_of(options);
  if (stamps == nullptr || !first_script_stamp_) return;
  const std::uint32_t is = load_be32(stamps->data.data());
  store_be32(stamps->data.data(), is - first_stamp_ + *first_script_stamp_);
}

namespace {

bool is_first_syn(const PacketLine& line, const Conversation& conversation) {
  const auto* tcp = std::get_if<TcpLine>(&line.content);
  return tcp != nullptr && tcp->flags.has(Flags::syn) && !tcp->flags.has(Flags::ack) &&
         conversation.phase == Conversation::Phase::asking;
}

Conversation* learn(Conversation& conversation, const HeardPacket& heard) {
  if (is_first_syn(heard.line, conversation)) {
    conversation.learn_isn(std::get<TcpLine>(heard.line.content).seq);
  }
  return &conversation;
}

}  // namespace

Conversation& Conversations::begin(const FourTuple& tuple, int protocol) {
  Conversation& conversation = all_.emplace_back();
  conversation.tuple = tuple;
  conversation.protocol = protocol;
  current_ = &conversation;
  return conversation;
}

void Conversations::listen() {
  begin({{options_.local, options_.bind_port}, {options_.remote, 0}}, IPPROTO_TCP).phase =
      Conversation::Phase::listening;
}

void Conversations::connect(int protocol, const Endpoint& remote, std::uint16_t local_port) {
  Conversation& conversation = begin({{options_.local, local_port}, remote}, protocol);
  conversation.phase = Conversation::Phase::connecting;
  conversation.has_port = local_port != 0;
}

void Conversations::bind(int protocol, std::uint16_t local_port) {
  begin({{options_.local, local_port}, {options_.remote, options_.connect_port}}, protocol);
}

// As packetdrill has it: also where nobody listens, so that scripts can try that.
Conversation* Conversations::of_listener(const PacketLine& line) {
  const auto* tcp = std::get_if<TcpLine>(&line.content);
  const bool is_free = current_ == nullptr || current_->phase == Conversation::Phase::listening;
  if (tcp == nullptr || line.is_from_host || !is_free) return nullptr;
  const Endpoint local{options_.local, options_.bind_port}, remote{options_.remote, next_port_++};
  Conversation& conversation = begin({local, remote}, IPPROTO_TCP);
  conversation.phase = Conversation::Phase::spoken_to;
  conversation.begin_at(tcp->seq);
  return &conversation;
}

Conversation* Conversations::of_script(const PacketLine& line) {
  if (Conversation* const fresh = of_listener(line)) return fresh;
  if (current_ == nullptr) return nullptr;
  const auto* tcp = std::get_if<TcpLine>(&line.content);
  const bool is_first_syn = tcp != nullptr && line.is_from_host && tcp->flags.has(Flags::syn) &&
                            !tcp->flags.has(Flags::ack) &&
                            current_->phase == Conversation::Phase::connecting;
  if (is_first_syn) current_->begin_to_ask(tcp->seq);
  return current_;
}

Conversation* Conversations::of_wire(const HeardPacket& heard) {
  const bool is_icmp = std::holds_alternative<IcmpLine>(heard.line.content);
  for (std::size_t i = all_.size(); i-- > 0;) {
    Conversation& each = all_[i];
    const bool is_peer = heard.tuple.remote.address == each.tuple.remote.address &&
                         heard.tuple.local.address == each.tuple.local.address;
    const bool has_ports = each.has_port && heard.tuple == each.tuple;
    if (each.phase == Conversation::Phase::listening) continue;
    if (has_ports || (is_icmp && is_peer)) return learn(each, heard);
  }
  const bool is_waiting = current_ != nullptr && !current_->has_port;
  if (!is_waiting || heard.tuple.remote != current_->tuple.remote) return nullptr;
  const bool is_tcp = std::holds_alternative<TcpLine>(heard.line.content);
  if (is_tcp && !is_first_syn(heard.line, *current_)) return nullptr;
  current_->tuple = heard.tuple;
  current_->has_port = true;
  return learn(*current_, heard);
}

}  // namespace acksu::packetdrill
